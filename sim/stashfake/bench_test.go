package stashfake

import (
	"slices"
	"strconv"
	"testing"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// filled is a store of epoch 1 with n collections' metadata and policies.
func filled(t testing.TB, n int) *Store {
	s := &Store{}
	var r stash.Result
	s.Apply(1, &stash.Call{Op: stash.OpTakeOver, Txn: stash.TxnID{Hi: 1}, Nonce: 1}, &r)
	for i := range n {
		key := "u" + strconv.Itoa(i)
		c := commit(uint64(i)+1, stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionMetadata, Key: key, Value: key},
			stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionPolicies, Key: key, Value: key})
		if s.Apply(1, &c, &r); r.Outcome != outcome.Done {
			t.Fatalf("commit: %+v", r)
		}
	}
	return s
}

func commit(txn uint64, writes ...stash.Write) stash.Call {
	return stash.Call{Op: stash.OpCommit, Epoch: 1, Nonce: 1, Txn: stash.TxnID{Hi: 2, Lo: txn}, Writes: writes}
}

// Entries that were returned stay as they were, and copies share nothing that
// either of them writes.
func TestResultsAndCopiesAreFrozen(t *testing.T) {
	s := filled(t, 50)
	var before, after stash.Result
	peek := stash.Call{Op: stash.OpPeek, Epoch: 1, Nonce: 1, Collections: []stash.Collection{stash.CollectionPolicies}}
	s.Apply(1, &peek, &before)
	kept := slices.Clone(before.Entries)
	var clone Store
	clone.CopyFrom(s)
	for i := range uint64(100) {
		c := commit(1000+i, stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionPolicies, Key: "u" + strconv.Itoa(int(i)), Value: "new"})
		s.Apply(1, &c, &after)
		if clone.Committed(c.Txn) || !s.Committed(c.Txn) {
			t.Fatal("a copy remembers a transaction of the original")
		}
	}
	if !slices.Equal(before.Entries, kept) {
		t.Error("a result has changed")
	}
	if !slices.Equal(clone.Entries(stash.CollectionPolicies), kept) {
		t.Error("a copy has changed")
	}
	if v, ok := s.Get(stash.CollectionPolicies, "u99"); !ok || v != "new" || s.Epoch() != 1 {
		t.Errorf("the original holds %q, %v", v, ok)
	}
	s.Reset()
	if _, ok := s.Get(stash.CollectionPolicies, "u99"); ok || s.Epoch() != 0 || clone.Epoch() != 1 {
		t.Error("reset is not the empty store, or reaches its copy")
	}
}

func BenchmarkEmptyCommit(b *testing.B) {
	s := filled(b, 64)
	var r stash.Result
	b.ReportAllocs()
	for n := range b.N {
		c := commit(uint64(n) + 1000)
		s.Apply(1, &c, &r)
	}
}

func BenchmarkUpsert(b *testing.B) {
	s := filled(b, 64)
	var r stash.Result
	write := []stash.Write{{Kind: stash.WriteUpsert, Collection: stash.CollectionPolicies, Key: "u7", Value: "p"}}
	b.ReportAllocs()
	for n := range b.N {
		c := commit(uint64(n)+1000, write...)
		s.Apply(1, &c, &r)
	}
}

func BenchmarkCopyFrom(b *testing.B) {
	s := filled(b, 64)
	var clone Store
	b.ReportAllocs()
	for range b.N {
		clone.CopyFrom(s)
	}
}
