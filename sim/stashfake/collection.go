package stashfake

import (
	"sort"

	"example.com/tidemark/core/stash"
)

// collection is one keyed collection: its entries in key order, each key once.
type collection struct {
	entries []stash.Entry
	// shared says that a clone may refer to entries, which are not written then.
	shared bool
}

// find is where key is, or where it would have to be inserted.
func (k *collection) find(key string) (at int, found bool) {
	at = sort.Search(len(k.entries), func(i int) bool { return k.entries[i].Key >= key })
	return at, at < len(k.entries) && k.entries[at].Key == key
}

// write merges sorted writes into the entries. The merged list is built in spare;
// the old one, if nobody else has it, is the next spare.
func (k *collection) write(writes []stash.Write, spare []stash.Entry) []stash.Entry {
	merged, old := spare[:0], k.entries
	for i := range writes {
		w := &writes[i]
		for len(old) > 0 && old[0].Key < w.Key {
			merged, old = append(merged, old[0]), old[1:]
		}
		stored := len(old) > 0 && old[0].Key == w.Key
		switch {
		case w.Kind == stash.WriteInsert && stored:
			merged = append(merged, old[0])
		case w.Kind != stash.WriteDelete:
			merged = append(merged, stash.Entry{Collection: w.Collection, Key: w.Key, Value: w.Value})
		}
		if stored {
			old = old[1:]
		}
	}
	merged = append(merged, old...)
	next := k.entries
	if k.shared {
		next = nil
	}
	k.entries, k.shared = merged, false
	return next
}

func (k *collection) reset() {
	if k.shared {
		*k = collection{}
		return
	}
	clear(k.entries) // drops the references to keys and values
	k.entries = k.entries[:0]
}
