package consensusfake

import (
	"sync"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/consensus"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// underTest is a store behind a lock, as the suite wants it.
func underTest(hideHead bool) suite.Factory {
	return func(conformance.T) *suite.Store {
		var lock sync.Mutex
		var store Store
		store.HideHead(hideHead)
		return &suite.Store{Do: func(c *consensus.Call, r *consensus.Result) {
			lock.Lock()
			defer lock.Unlock()
			store.Apply(c, r)
		}}
	}
}

func TestConformance(t *testing.T) { suite.Run(conformance.Of(t), underTest(false)) }

func TestConformanceWithoutHeads(t *testing.T) { suite.Run(conformance.Of(t), underTest(true)) }

// TestCopiesAreIndependent: what happens to a copy does not happen to the original.
func TestCopiesAreIndependent(t *testing.T) {
	var a, b Store
	var r consensus.Result
	for n := consensus.Seqno(1); n < 4; n++ {
		a.Apply(&consensus.Call{Op: consensus.OpCompareAndSet, Key: "k", Expected: n - 1, New: n, Data: "a"}, &r)
	}
	b.CopyFrom(&a)
	b.Apply(&consensus.Call{Op: consensus.OpTruncate, Key: "k", Before: 3}, &r)
	b.Apply(&consensus.Call{Op: consensus.OpCompareAndSet, Key: "k", Expected: 3, New: 4, Data: "b"}, &r)
	b.Apply(&consensus.Call{Op: consensus.OpCompareAndSet, Key: "j", New: 1, Data: "b"}, &r)
	if a.Apply(&consensus.Call{Op: consensus.OpScan, Key: "k"}, &r); len(r.Entries) != 3 || r.Entries[0] != (consensus.Entry{Seqno: 1, Data: "a"}) {
		t.Errorf("the original has %v", r.Entries)
	}
	if b.Apply(&consensus.Call{Op: consensus.OpKeys}, &r); len(r.Keys) != 2 || b.Head("k").Seqno != 4 || a.Head("k").Seqno != 3 {
		t.Errorf("the copy has %v, head %v; the original's head is %v", r.Keys, b.Head("k"), a.Head("k"))
	}
	b.Reset()
	if b.Apply(&consensus.Call{Op: consensus.OpHead, Key: "k"}, &r); r.Outcome != outcome.Done || r.Head.Seqno != 0 {
		t.Errorf("after a reset the head is %v", r.Head)
	}
}
