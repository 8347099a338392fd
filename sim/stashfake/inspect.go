package stashfake

import "example.com/tidemark/core/stash"

// Epoch is the stored epoch; 0 before the first take-over.
func (s *Store) Epoch() uint64 { return s.epoch }

// Get is the stored value of a key; ok is false if there is none.
func (s *Store) Get(k stash.Collection, key string) (value string, ok bool) {
	c := &s.collections[k]
	at, found := c.find(key)
	if !found {
		return "", false
	}
	return c.entries[at].Value, true
}

// Entries is a collection's contents in key order. It belongs to the store and is
// valid until the next call.
func (s *Store) Entries(k stash.Collection) []stash.Entry { return s.collections[k].entries }

// Committed reports whether the transaction took effect.
func (s *Store) Committed(id stash.TxnID) bool { return s.txns.find(id) == fateCommitted }
