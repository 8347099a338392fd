// Package stashfake is the simple, obviously right model of the durable metadata
// store: the rules T-1 to T-4, T-6 and T-7 of docs/semantics.md as one function,
// Apply, over a state in memory. Whether a transaction takes effect, when, and
// whether anybody hears of it is the world's business. Values are opaque to it,
// so T-5 (their encoding) has nothing to do here.
//
// A store is a value. It changes rarely and is cloned often, so clones share what
// they store until one of them writes. A store and all its clones belong to one
// goroutine.
//
// The package reads the fields of core's types and calls none of core's functions.
package stashfake

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// Store is one metadata store. The zero value is an empty one of epoch 0, which
// nobody has taken over.
type Store struct {
	epoch, nonce uint64
	// takenBy is the transaction that established the epoch.
	takenBy     stash.TxnID
	collections [stash.CollectionCount]collection
	txns        txns

	// What follows is memory, not state.
	spare   []stash.Entry
	results []stash.Entry
}

// Apply runs the transaction now, where now is the *store's* own clock, and
// overwrites r with how it ended. The entries in r are frozen and stay valid for
// ever.
func (s *Store) Apply(now clock.Wall, c *stash.Call, r *stash.Result) {
	*r = stash.Result{}
	if reason := judgeArguments(c); reason != stash.ReasonNone {
		r.Outcome, r.Reason = outcome.Invalid, reason
		return
	}
	if c.Op == stash.OpTakeOver {
		s.takeOver(now, c, r)
		return
	}
	if c.Epoch != s.epoch || c.Nonce != s.nonce {
		r.Outcome, r.Epoch = outcome.Fenced, s.epoch
		return
	}
	switch c.Op {
	case stash.OpPeek:
		s.peek(c, r)
	case stash.OpCommit:
		s.commit(c, r)
	case stash.OpResolve:
		s.resolve(c, r)
	case stash.OpNone, stash.OpTakeOver: // dealt with above
	}
	if r.Outcome == outcome.Done {
		r.ServerTime = now
	}
}

// takeOver is T-1. A repeated take-over is recognised by its transaction as long
// as it is the current one; after that the repeat is as late as any other
// transaction of its epoch.
func (s *Store) takeOver(now clock.Wall, c *stash.Call, r *stash.Result) {
	if c.Txn != s.takenBy {
		switch s.txns.find(c.Txn) {
		case fateAbandoned:
			r.Outcome = outcome.NotDone
			return
		case fateCommitted:
			r.Outcome, r.Epoch = outcome.Fenced, s.epoch
			return
		case fateNone:
		}
		s.txns.add(c.Txn, fateCommitted)
		s.epoch++
		s.nonce, s.takenBy = c.Nonce, c.Txn
	}
	r.Outcome, r.Epoch, r.ServerTime = outcome.Done, s.epoch, now
}

// peek reads whole collections, in the order asked for, each in key order.
func (s *Store) peek(c *stash.Call, r *stash.Result) {
	n := 0
	for _, k := range c.Collections {
		n += len(s.collections[k].entries)
	}
	r.Outcome, r.Entries = outcome.Done, s.carve(n)
	n = 0
	for _, k := range c.Collections {
		n += copy(r.Entries[n:], s.collections[k].entries)
	}
}

// commit applies all writes, unless the transaction is known: what was committed
// is done and applied no second time, what was abandoned never will be (T-2).
func (s *Store) commit(c *stash.Call, r *stash.Result) {
	switch s.txns.find(c.Txn) {
	case fateAbandoned:
		r.Outcome = outcome.NotDone
		return
	case fateNone:
		s.txns.add(c.Txn, fateCommitted)
		s.write(c.Writes)
	case fateCommitted:
	}
	r.Outcome, r.Entries = outcome.Done, s.inserted(c.Writes)
}

// resolve says whether the transaction committed. One that did not is abandoned,
// so that a late original is refused (T-2).
func (s *Store) resolve(c *stash.Call, r *stash.Result) {
	switch s.txns.find(c.Txn) {
	case fateCommitted:
		r.Outcome, r.Entries = outcome.Done, s.inserted(c.Writes)
		return
	case fateNone:
		s.txns.add(c.Txn, fateAbandoned)
	case fateAbandoned:
	}
	r.Outcome = outcome.NotDone
}

// write applies sorted writes, one run per collection.
func (s *Store) write(writes []stash.Write) {
	for len(writes) > 0 {
		n := 1
		for n < len(writes) && writes[n].Collection == writes[0].Collection {
			n++
		}
		s.spare = s.collections[writes[0].Collection].write(writes[:n], s.spare)
		writes = writes[n:]
	}
}

// inserted lists what is stored now under the keys of the inserts, in their
// order; the value is empty if the key has been deleted since.
func (s *Store) inserted(writes []stash.Write) []stash.Entry {
	n := 0
	for i := range writes {
		if writes[i].Kind == stash.WriteInsert {
			n++
		}
	}
	list := s.carve(n)
	n = 0
	for i := range writes {
		w := &writes[i]
		if w.Kind != stash.WriteInsert {
			continue
		}
		value, _ := s.Get(w.Collection, w.Key)
		list[n] = stash.Entry{Collection: w.Collection, Key: w.Key, Value: value}
		n++
	}
	return list
}

const resultBlock = 256

// carve is a new list of n entries; what was carved is never written again.
func (s *Store) carve(n int) []stash.Entry {
	if n == 0 {
		return nil
	}
	used := len(s.results)
	if n > cap(s.results)-used {
		s.results, used = make([]stash.Entry, 0, max(n, resultBlock)), 0
	}
	s.results = s.results[:used+n]
	return s.results[used : used+n : used+n]
}

// Reset empties the store and keeps its memory.
func (s *Store) Reset() {
	s.epoch, s.nonce, s.takenBy = 0, 0, stash.TxnID{}
	for i := range s.collections {
		s.collections[i].reset()
	}
	s.txns.reset()
}

// CopyFrom makes s equal to src; the two are independent from then on.
func (s *Store) CopyFrom(src *Store) {
	if s == src {
		return
	}
	s.epoch, s.nonce, s.takenBy = src.epoch, src.nonce, src.takenBy
	for i := range s.collections {
		src.collections[i].shared = true
		s.collections[i] = src.collections[i]
	}
	src.txns.shared = true
	s.txns = src.txns
}
