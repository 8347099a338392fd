package blobfake

import (
	"sync"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/blob"
	"example.com/tidemark/core/persist/blob"
)

func TestConformance(t *testing.T) {
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Store {
		var lock sync.Mutex
		var store Store
		return &suite.Store{Bytewise: true, Do: func(c *blob.Call, r *blob.Result) {
			lock.Lock()
			defer lock.Unlock()
			store.Apply(c, r)
		}}
	})
}

// TestCopiesAreIndependent: what happens to a copy does not happen to the original.
func TestCopiesAreIndependent(t *testing.T) {
	var a, b Store
	var r blob.Result
	a.Apply(&blob.Call{Op: blob.OpSet, Key: "k", Data: "a"}, &r)
	b.CopyFrom(&a)
	b.Apply(&blob.Call{Op: blob.OpSet, Key: "k", Data: "b"}, &r)
	b.Apply(&blob.Call{Op: blob.OpSet, Key: "j", Data: "b"}, &r)
	if data, found := a.Get("k"); !found || data != "a" || a.Len() != 1 {
		t.Errorf("the original has %d keys and %q", a.Len(), data)
	}
	b.Apply(&blob.Call{Op: blob.OpDelete, Key: "k"}, &r)
	if _, found := b.Get("k"); found || b.Len() != 1 {
		t.Error("a deleted key is there")
	}
}
