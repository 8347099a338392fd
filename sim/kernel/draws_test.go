package kernel

import (
	"testing"

	"example.com/tidemark/core/digest"
)

// TestDrawsGolden pins the generator: if it moves, every seed and every saved plan
// moves with it.
func TestDrawsGolden(t *testing.T) {
	var d Draws
	d.Reset(42, nil, false, false)
	golden := []struct {
		purpose Purpose
		node    int
		cause   uint64
		nth     int
		want    uint64
	}{
		{0, 0, 0, 0, goldenZero},
		{1, 0, 0, 0, goldenPurpose},
		{0, -1, 0, 0, goldenNode},
		{0, 0, 7, 0, goldenCause},
		{0, 0, 0, 1, goldenNth},
	}
	for _, g := range golden {
		if got := d.U64(g.purpose, g.node, g.cause, g.nth); got != g.want {
			t.Errorf("U64(%d, %d, %d, %d) = %#x, want %#x", g.purpose, g.node, g.cause, g.nth, got, g.want)
		}
	}
}

func TestDrawsDoNotDependOnEachOther(t *testing.T) {
	var d, e Draws
	d.Reset(1, nil, false, false)
	e.Reset(1, nil, false, false)
	for i := range 100 {
		e.U64(3, 1, uint64(i), 0)
	}
	if d.U64(3, 1, 200, 0) != e.U64(3, 1, 200, 0) {
		t.Fatal("a draw depends on earlier draws")
	}
	e.Reset(2, nil, false, false)
	if d.U64(3, 1, 200, 0) == e.U64(3, 1, 200, 0) {
		t.Fatal("two seeds draw the same")
	}
}

func TestRatesAreMetAndRecorded(t *testing.T) {
	var d Draws
	d.Reset(5, nil, false, true)
	fired := 0
	for i := range 10_000 {
		k := d.Key(0, uint64(i), 0)
		if k.Happens(9, 100) {
			fired++
		}
		if k.Happens(8, 0) {
			t.Fatal("a rate of zero fired")
		}
	}
	if fired < 900 || fired > 1100 {
		t.Fatalf("a rate of 100 per mille fired %d times of 10000", fired)
	}
	if len(d.Recorded()) != fired {
		t.Fatalf("recorded %d of %d", len(d.Recorded()), fired)
	}
}

// TestRecordedPinsReplaceRates is what the shrinker relies on: with every rate off
// and what was recorded pinned, the same draws fire, and no others.
func TestRecordedPinsReplaceRates(t *testing.T) {
	var d, e Draws
	d.Reset(5, nil, false, true)
	for i := range 1000 {
		k := d.Key(i%3-1, uint64(i), i%2)
		k.Happens(Purpose(i%4), 50)
	}
	e.Reset(5, append([]Pin(nil), d.Recorded()...), true, false)
	d.Reset(5, nil, false, false)
	for i := range 1000 {
		k, l := d.Key(i%3-1, uint64(i), i%2), e.Key(i%3-1, uint64(i), i%2)
		p := Purpose(i % 4)
		if k.Happens(p, 50) != l.Happens(p, 50) {
			t.Fatalf("draw %d differs", i)
		}
		if k.U64(7) != l.U64(7) {
			t.Fatalf("an unpinned draw %d differs", i)
		}
	}
	e.Calm()
	for i := range 1000 {
		k := e.Key(i%3-1, uint64(i), i%2)
		if k.Happens(Purpose(i%4), 1000) {
			t.Fatal("a rate fired in the calm")
		}
	}
}

func TestPinnedValues(t *testing.T) {
	var d Draws
	d.Reset(1, []Pin{{Purpose: 2, Node: 1, Cause: 3, Nth: 4, Value: 77}}, false, false)
	if v := d.U64(2, 1, 3, 4); v != 77 {
		t.Fatalf("pinned draw is %d", v)
	}
	k := d.Key(1, 3, 4)
	if v := k.N(2, 10); v != 7 {
		t.Fatalf("pinned draw below 10 is %d", v)
	}
	if k.N(3, 0) != 0 {
		t.Fatal("a draw below 0")
	}
}

func TestCounter(t *testing.T) {
	var c Counter
	for i := range 5 {
		for key := range uint64(50) {
			if got := c.Next(key); got != i {
				t.Fatalf("key %d came %d times, counted %d", key, i, got)
			}
		}
	}
	for key := uint64(1000); key < 100_000; key++ {
		c.Next(key)
	}
	if got := c.Next(1); got != 0 {
		t.Fatalf("a forgotten key counts %d", got)
	}
}

func TestTraceHashSeesInstantKindAndNode(t *testing.T) {
	seen := map[digest.Sum]bool{}
	for _, e := range []Event{{}, {AtUs: 1}, {Kind: 1}, {Node: 1}, {Node: -1}} {
		var h TraceHash
		h.Reset()
		h.Event(&e)
		if seen[h.Sum()] {
			t.Fatalf("%+v hashes like another event", e)
		}
		seen[h.Sum()] = true
	}
}
