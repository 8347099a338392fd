package sim

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

func TestForgotten(t *testing.T) {
	for _, c := range []struct {
		name                     string
		effects, kept, keptAgain int
		wake, again              clock.Instant
		found                    bool
	}{
		{"nothing", 0, 5, 5, 100, 100, false},
		{"an effect", 1, 5, 5, 100, 100, true},
		{"a timer", 0, 5, 6, 100, 100, true},
		{"an earlier wake", 0, 5, 5, 100, 90, true},
	} {
		if why := forgotten(c.effects, c.kept, c.keptAgain, c.wake, c.again); (why != "") != c.found {
			t.Errorf("%s: %q", c.name, why)
		}
	}
}

// Who looks at everything again finds what is due; before that there is nothing to do.
func TestReconsideringFindsWhatIsDue(t *testing.T) {
	w, due := NewWorld(), 0
	var c core.Controller
	var out core.Effects
	for seed := uint64(1); seed <= 12; seed++ {
		RunIn(w, generated(t, "default", seed), Options{})
		for n := range w.nodes {
			nd := &w.nodes[n]
			next := nd.core.NextWake()
			if !nd.up || nd.core.Phase() != core.PhaseRunning || next == clock.Never || next <= w.now(n).Mono {
				continue
			}
			for _, at := range []clock.Instant{next - 1, next} {
				out.Reset()
				c.CopyFrom(&nd.core)
				c.Reconsider(clock.Now{Mono: at}, &out)
				if out.Len() > 0 && at < next {
					t.Errorf("seed %d: %d effects before anything is due", seed, out.Len())
				}
				due += out.Len()
			}
		}
	}
	if due == 0 {
		t.Error("nothing was found")
	}
}
