package network

import (
	"testing"

	"pgregory.net/rapid"
)

// TestPipeKeepsOrder: each direction of a pipe delivers in the order of sending, and
// the other one has no part in it.
func TestPipeKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Pipe
		var last [2]int64
		now := int64(0)
		for range rapid.IntRange(1, 50).Draw(t, "messages") {
			now += int64(rapid.IntRange(0, 5).Draw(t, "pause"))
			d := Direction(rapid.IntRange(0, 1).Draw(t, "direction"))
			latency := int64(rapid.IntRange(0, 20).Draw(t, "latency"))
			at := p.Send(d, now, latency)
			if want := max(last[d], now+latency); at != want {
				t.Fatalf("arrives at %d, want %d", at, want)
			}
			last[d] = at
		}
	})
}

func TestLinksAreCutOneByOne(t *testing.T) {
	var l, other Links
	l.Reset(2, 3)
	l.Cut(1, 2, ToHosts, 10)
	l.Cut(1, 2, ToHosts, 5)
	other.CopyFrom(&l)
	for c := range 2 {
		for m := range 3 {
			for _, d := range []Direction{ToController, ToHosts} {
				want := int64(0)
				if c == 1 && m == 2 && d == ToHosts {
					want = 10
				}
				if got := l.CutUntil(c, m, d); got != want {
					t.Errorf("link %d to %d in direction %d is cut until %d, want %d", c, m, d, got, want)
				}
			}
		}
	}
	l.Heal()
	if l.CutUntil(1, 2, ToHosts) != 0 || other.CutUntil(1, 2, ToHosts) != 10 {
		t.Error("healing is for one network and for all of it")
	}
}
