// Package blobfake is the simple, obviously right model of the store of bulk data
// (P-31): keys with values, set whole. Like the other fakes it decides what a call
// does, and nothing else.
//
// A store is a value: CopyFrom is one flat copy. The package reads the fields of
// core's types and calls none of core's functions.
package blobfake

import (
	"strings"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

// Store is a set of keys with values. The zero value is an empty store.
type Store struct {
	// items are in the order of the bytes of their keys.
	items []item
}

type item struct{ key, data string }

// Reset empties the store and keeps its memory.
func (s *Store) Reset() {
	clear(s.items)
	s.items = s.items[:0]
}

// CopyFrom makes s equal to src; the two are independent from then on.
func (s *Store) CopyFrom(src *Store) {
	if s != src {
		s.items = append(s.items[:0], src.items...)
	}
}

// Len is the number of keys.
func (s *Store) Len() int { return len(s.items) }

// Get is the value of a key.
func (s *Store) Get(key string) (data string, found bool) {
	at, found := s.find(key)
	if !found {
		return "", false
	}
	return s.items[at].data, true
}

// Apply makes the call take effect now and overwrites r with how it ended.
func (s *Store) Apply(c *blob.Call, r *blob.Result) {
	*r = blob.Result{}
	if !wellFormed(c) {
		r.Outcome = outcome.Invalid
		return
	}
	r.Outcome = outcome.Done
	at, found := s.find(c.Key)
	switch c.Op {
	case blob.OpGet:
		if r.Found = found; found {
			r.Data = s.items[at].data
		}
	case blob.OpSet:
		if !found {
			s.items = append(s.items, item{})
			copy(s.items[at+1:], s.items[at:])
		}
		s.items[at] = item{c.Key, c.Data}
	case blob.OpDelete:
		if found {
			s.items = append(s.items[:at], s.items[at+1:]...)
		}
	case blob.OpList:
		for ; at < len(s.items) && strings.HasPrefix(s.items[at].key, c.Key); at++ {
			if s.items[at].key > c.After && (c.Limit == 0 || uint64(len(r.Keys)) < uint64(c.Limit)) {
				r.Keys = append(r.Keys, s.items[at].key)
			}
		}
	case blob.OpNone, blob.OpCount:
	}
}

// find is where the key is, or would be.
func (s *Store) find(key string) (at int, found bool) {
	low, high := 0, len(s.items)
	for low < high {
		if middle := (low + high) / 2; s.items[middle].key < key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(s.items) && s.items[low].key == key
}

// wellFormed reports whether the call may be made at all.
func wellFormed(c *blob.Call) bool {
	switch c.Op {
	case blob.OpGet, blob.OpSet, blob.OpDelete:
		return isKey(c.Key) && len(c.Data) <= blob.MaxData
	case blob.OpList:
		return ofKeys(c.Key) && ofKeys(c.After)
	case blob.OpNone, blob.OpCount:
	}
	return false
}

// isKey: segments that do not begin with a dot, with single slashes between them.
func isKey(key string) bool {
	for _, segment := range strings.Split(key, "/") {
		if segment == "" || segment[0] == '.' || len(segment) > blob.MaxSegment {
			return false
		}
	}
	return ofKeys(key)
}

func ofKeys(s string) bool {
	return len(s) <= blob.MaxKey && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_./") == ""
}
