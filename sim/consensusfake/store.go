// Package consensusfake is the simple, obviously right model of the store that
// shards are committed to (P-30): keys with numbered entries, compared and set one
// at a time. It decides what a call does, and nothing else: whether a call takes
// effect, when, and whether anybody hears of it is the world's business.
//
// A store is a value: CopyFrom is a few flat copies. The package reads the fields of
// core's types and calls none of core's functions.
package consensusfake

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// Store is a set of keys. The zero value is an empty store.
type Store struct {
	// keys are in the order of their bytes.
	keys []key
	// hideHead leaves the head out of mismatches, as P-30 allows.
	hideHead bool
}

// key is one key with what was not truncated, oldest first; there is one entry at
// least, the head.
type key struct {
	name    string
	entries []consensus.Entry
}

// HideHead sets whether mismatches from now on tell the head.
func (s *Store) HideHead(on bool) { s.hideHead = on }

// Reset empties the store and keeps its memory.
func (s *Store) Reset() {
	clear(s.keys)
	s.keys, s.hideHead = s.keys[:0], false
}

// CopyFrom makes s equal to src; the two are independent from then on.
func (s *Store) CopyFrom(src *Store) {
	if s == src {
		return
	}
	s.keys = append(s.keys[:0], src.keys...)
	for i := range s.keys {
		k := &s.keys[i]
		k.entries = append([]consensus.Entry(nil), k.entries...)
	}
	s.hideHead = src.hideHead
}

// Apply makes the call take effect now and overwrites r with how it ended.
func (s *Store) Apply(c *consensus.Call, r *consensus.Result) {
	*r = consensus.Result{}
	if !wellFormed(c) {
		r.Outcome = outcome.Invalid
		return
	}
	at, found := s.find(c.Key)
	if c.Op == consensus.OpKeys {
		s.list(at, found, c.Limit, r)
		return
	}
	var k *key
	if found {
		k = &s.keys[at]
	}
	r.Outcome = outcome.Done
	switch c.Op {
	case consensus.OpHead:
		r.Head = k.head()
	case consensus.OpCompareAndSet:
		s.compareAndSet(at, k, c, r)
	case consensus.OpScan:
		r.Entries = k.from(c.From, c.Limit)
	case consensus.OpTruncate:
		if k.head().Seqno < c.Before {
			r.Outcome = outcome.Mismatch
			return
		}
		k.truncate(c.Before)
	case consensus.OpNone, consensus.OpKeys, consensus.OpCount:
	}
}

// Head is the newest entry of a key, zero if it does not exist.
func (s *Store) Head(name string) consensus.Entry {
	if at, found := s.find(name); found {
		return s.keys[at].head()
	}
	return consensus.Entry{}
}

// Each calls f for every key, in order, with its head.
func (s *Store) Each(f func(name string, head consensus.Entry)) {
	for i := range s.keys {
		f(s.keys[i].name, s.keys[i].head())
	}
}

func (s *Store) compareAndSet(at int, k *key, c *consensus.Call, r *consensus.Result) {
	if head := k.head(); head.Seqno != c.Expected {
		r.Outcome = outcome.Mismatch
		if !s.hideHead {
			r.Head = head
		}
		return
	}
	if k == nil {
		s.keys = append(s.keys, key{})
		copy(s.keys[at+1:], s.keys[at:])
		s.keys[at] = key{name: c.Key}
		k = &s.keys[at]
	}
	k.entries = append(k.entries, consensus.Entry{Seqno: c.New, Data: c.Data})
}

func (s *Store) list(at int, found bool, limit uint32, r *consensus.Result) {
	r.Outcome = outcome.Done
	if found {
		at++
	}
	for ; at < len(s.keys) && (limit == 0 || uint64(len(r.Keys)) < uint64(limit)); at++ {
		r.Keys = append(r.Keys, s.keys[at].name)
	}
}

// find is where the key is, or would be.
func (s *Store) find(name string) (at int, found bool) {
	low, high := 0, len(s.keys)
	for low < high {
		if middle := (low + high) / 2; s.keys[middle].name < name {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(s.keys) && s.keys[low].name == name
}

func (k *key) head() consensus.Entry {
	if k == nil {
		return consensus.Entry{}
	}
	return k.entries[len(k.entries)-1]
}

// from is what is left from a number on.
func (k *key) from(first consensus.Seqno, limit uint32) (list []consensus.Entry) {
	if k == nil {
		return nil
	}
	for i := range k.entries {
		if k.entries[i].Seqno >= first && (limit == 0 || uint64(len(list)) < uint64(limit)) {
			list = append(list, k.entries[i])
		}
	}
	return list
}

func (k *key) truncate(before consensus.Seqno) {
	if k == nil {
		return
	}
	n := 0
	for k.entries[n].Seqno < before && n < len(k.entries)-1 {
		n++
	}
	kept := copy(k.entries, k.entries[n:])
	clear(k.entries[kept:])
	k.entries = k.entries[:kept]
}

// wellFormed reports whether the call may be made at all.
func wellFormed(c *consensus.Call) bool {
	if len(c.Key) > consensus.MaxKey || len(c.Data) > consensus.MaxData {
		return false
	}
	for i := range len(c.Key) {
		if c.Key[i] <= ' ' || c.Key[i] > '~' {
			return false
		}
	}
	for _, n := range [...]consensus.Seqno{c.New, c.From, c.Before} {
		if n > consensus.MaxSeqno {
			return false
		}
	}
	switch c.Op {
	case consensus.OpHead, consensus.OpScan, consensus.OpTruncate:
		return c.Key != ""
	case consensus.OpCompareAndSet:
		return c.Key != "" && c.New > c.Expected
	case consensus.OpKeys:
		return true
	case consensus.OpNone, consensus.OpCount:
	}
	return false
}
