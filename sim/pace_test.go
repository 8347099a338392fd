package sim

import (
	"strings"
	"testing"

	"example.com/tidemark/sim/kernel"
)

// TestWokenForEver lets a controller ask to be woken at once without end.
func TestWokenForEver(t *testing.T) {
	w := NewWorld()
	w.Reset(small(), Options{Judged: true})
	for range mostWakes - 1 {
		w.nowUs++
		w.woken(1)
	}
	if w.pace.broken {
		t.Fatal("accused too early")
	}
	w.nowUs++
	w.woken(1)
	wantAccused(t, w, "woken for ever", 1)
}

// TestWakesThatComeLater lets time pass between wakes.
func TestWakesThatComeLater(t *testing.T) {
	w := NewWorld()
	w.Reset(small(), Options{})
	for range 3 * mostWakes {
		w.nowUs += 2
		w.woken(0)
	}
	if w.pace.broken {
		t.Fatal("accused of waking at one instant, although time went on")
	}
}

// TestFloods puts an entry after the other into the queue: all at one instant, and
// slowly enough for no single second to be too full.
func TestFloods(t *testing.T) {
	for _, c := range []struct {
		apartUs int64
		message string
	}{{0, "within one simulated second"}, {50, "simulated seconds"}} {
		w := NewWorld()
		p := small()
		p.ChaosMs = 10_000_000
		w.Reset(p, Options{})
		for i := int64(0); !w.over && i < 10_000_000; i++ {
			at := i * c.apartUs
			w.push(kernel.Event{AtUs: at, Kind: evTimeout})
			for w.nowUs < at && w.Next() {
			}
			if c.apartUs == 0 {
				w.Next()
			}
		}
		wantAccused(t, w, c.message, nobody)
	}
}

func wantAccused(t *testing.T, w *World, message string, node int) {
	t.Helper()
	if w.Next() {
		t.Error("the run goes on")
	}
	r := w.Result()
	if len(r.Violations) != 1 || r.Violations[0].Invariant != "S12" || r.Violations[0].Node != node ||
		!strings.Contains(r.Violations[0].Message, message) {
		t.Errorf("violations %v, want one of S12 about %q at node %d", r.Violations, message, node)
	}
	fresh := NewWorld()
	fresh.Reset(w.plan, w.o)
	fresh.CopyFrom(w)
	if got := fresh.Result().Violations; len(got) != 1 {
		t.Errorf("a copy of the world has violations %v", got)
	}
	w.Reset(small(), Options{})
	if len(w.Result().Violations) != 0 {
		t.Error("the next run begins accused")
	}
}
