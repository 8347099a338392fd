package clock

import (
	"testing"

	"example.com/tidemark/core/clock"
	"pgregory.net/rapid"
)

// TestWhenMonoIsFirst checks the inverse: at the instant that WhenMono names the
// clock shows it, and a microsecond before it did not.
func TestWhenMonoIsFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Clock{DriftPpm: rapid.Int64Range(-500_000, 500_000).Draw(t, "ppm")}
		start := rapid.Int64Range(0, 1<<40).Draw(t, "start")
		i := clock.Instant(rapid.Int64Range(1, 1<<42).Draw(t, "instant"))
		at, ok := c.WhenMono(i, start)
		if !ok || c.Mono(at, start) < i || c.Mono(at-1, start) >= i {
			t.Fatalf("%+v: instant %d at %d (%v), where the clock shows %d, before %d",
				c, i, at, ok, c.Mono(at, start), c.Mono(at-1, start))
		}
	})
}

func TestMonoNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Clock{
			DriftPpm: rapid.Int64Range(-500_000, 500_000).Draw(t, "ppm"),
			Jumps:    []Jump{{AtUs: 50, ByMs: -1000}},
		}
		a := rapid.Int64Range(0, 1<<40).Draw(t, "a")
		b := a + rapid.Int64Range(0, 1<<20).Draw(t, "later")
		if c.Mono(b, 0) < c.Mono(a, 0) {
			t.Fatal("went back")
		}
	})
}

func TestNever(t *testing.T) {
	var c Clock
	if _, ok := c.WhenMono(clock.Never, 0); ok {
		t.Fatal("never comes")
	}
	if at, ok := c.WhenMono(-5, 70); !ok || at != 70 {
		t.Fatalf("an instant before the start comes at %d, %v", at, ok)
	}
}

func TestWall(t *testing.T) {
	c := Clock{OffsetMs: -200, DriftPpm: 1000, Jumps: []Jump{{AtUs: 5_000_000, ByMs: 300}, {AtUs: 9_000_000, ByMs: -50}}}
	for _, want := range []struct {
		atUs int64
		wall clock.Wall
	}{
		{0, Epoch - 200},
		{1_000_000, Epoch + 1001 - 200},
		{4_999_999, Epoch + 5004 - 200},
		{5_000_000, Epoch + 5005 + 100},
		{10_000_000, Epoch + 10_010 + 50},
	} {
		if got := c.Wall(want.atUs); got != want.wall {
			t.Errorf("wall at %d µs is %d, want %d", want.atUs, got, want.wall)
		}
	}
	c.CalmUs, c.CalmSkewMs = 9_000_000, 50
	if got := c.Wall(10_000_000); got != Epoch+10_000-50 {
		t.Errorf("in the calm the clock is %d, want it set to within its bound", got)
	}
}
