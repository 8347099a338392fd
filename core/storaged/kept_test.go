package storaged_test

import (
	"testing"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
)

// TestNothingIsKept: of an ingestion that was dropped nothing is left, not even the
// binding of an append that was out when it ended.
func TestNothingIsKept(t *testing.T) {
	w := newWorld(t)
	w.source.head = 4
	p := w.start()
	w.connect(p, ingest())
	minting := func() bool {
		for i := range p.open {
			if c := &p.open[i].Persist; c.Op == persist.OpCompareAndAppend && c.Shard == ingest().Source.Remap {
				return true
			}
		}
		return false
	}
	for n := 0; !minting(); n++ {
		if n > 100 {
			t.Fatal("nothing is bound")
		}
		for n := len(p.open); n > 0 && !minting(); n-- {
			w.end(p, 0, fateDone)
		}
		w.wake(100 * clock.Millisecond)
	}
	w.send(p, drop(user(1)))
	w.calm(2 * clock.Second)
	var v storaged.View
	if p.h.View(&v); v.Objects != 0 || p.h.Kept() != 0 {
		t.Errorf("%d objects are left, and %d things are kept", v.Objects, p.h.Kept())
	}
}
