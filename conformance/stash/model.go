package stash

import (
	"slices"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// model is the store as dumb as it can be.
type model struct {
	epoch, nonce uint64
	takenBy      stash.TxnID
	values       map[modelKey]string
	// fates of all transactions: true is committed.
	fates map[stash.TxnID]bool
}

type modelKey struct {
	collection stash.Collection
	key        string
}

// apply is what the contract says of a well-formed call.
func (m *model) apply(c *stash.Call) stash.Result {
	committed, known := m.fates[c.Txn]
	if c.Op == stash.OpTakeOver {
		switch {
		case known && !committed:
			return notDone()
		case known && c.Txn != m.takenBy:
			return fenced(m.epoch)
		case !known:
			m.epoch++
			m.nonce, m.takenBy = c.Nonce, c.Txn
			m.fates[c.Txn] = true
		}
		return taken(m.epoch)
	}
	if c.Epoch != m.epoch || c.Nonce != m.nonce {
		return fenced(m.epoch)
	}
	if c.Op == stash.OpPeek {
		return m.peek(c.Collections)
	}
	if !known {
		committed = c.Op == stash.OpCommit
		m.fates[c.Txn] = committed
		if committed {
			m.write(c.Writes)
		}
	}
	if !committed {
		return notDone()
	}
	var entries []stash.Entry
	for _, w := range c.Writes {
		if w.Kind == stash.WriteInsert {
			entries = append(entries, entry(w.Collection, w.Key, m.values[modelKey{w.Collection, w.Key}]))
		}
	}
	return done(entries...)
}

func (m *model) write(writes []stash.Write) {
	for _, w := range writes {
		k := modelKey{w.Collection, w.Key}
		_, stored := m.values[k]
		switch {
		case w.Kind == stash.WriteDelete:
			delete(m.values, k)
		case w.Kind == stash.WriteUpsert || !stored:
			m.values[k] = w.Value
		}
	}
}

func (m *model) peek(collections []stash.Collection) stash.Result {
	var entries []stash.Entry
	for _, collection := range collections {
		var keys []string
		for k := range m.values {
			if k.collection == collection {
				keys = append(keys, k.key)
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			entries = append(entries, entry(collection, key, m.values[modelKey{collection, key}]))
		}
	}
	return stash.Result{Outcome: outcome.Done, Entries: entries}
}
