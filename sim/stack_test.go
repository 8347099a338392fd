package sim

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

// stackedSeed is a generated plan on the real shard machine.
func stackedSeed(t *testing.T, profile string, seed uint64) *plan.Plan {
	t.Helper()
	p := generated(t, profile, seed)
	p.Shards = plan.ShardsStack
	return p
}

func TestStackTwins(t *testing.T) {
	for _, seed := range seeds[:4] {
		for _, profile := range []string{"default", "hosts"} {
			if diff, ok := Twin(stackedSeed(t, profile, seed)); !ok {
				t.Errorf("%s %d: %s", profile, seed, diff)
			}
		}
	}
}

func TestStackTracingAndReuseChangeNothing(t *testing.T) {
	used := NewWorld()
	for _, seed := range seeds[:4] {
		for _, profile := range []string{"default", "hosts"} {
			p := stackedSeed(t, profile, seed)
			fresh := Run(p, Options{})
			RunIn(used, generated(t, profile, seed+1), Options{Judged: true})
			again := RunIn(used, p, Options{Judged: true, RecordDraws: true, Trace: func(string) {}})
			if len(again.Violations) > 0 {
				t.Fatalf("%s %d: %v", profile, seed, again.Violations[0])
			}
			model := Run(generated(t, profile, seed), Options{})
			if model.TraceHash == fresh.TraceHash {
				t.Errorf("%s %d: the model and the machine have the same hash", profile, seed)
			}
		}
	}
}

func TestStackCloneGoesOnAlike(t *testing.T) {
	for _, seed := range seeds[:4] {
		for _, profile := range []string{"default", "hosts"} {
			p := stackedSeed(t, profile, seed)
			whole := Run(p, Options{})
			w, clone := NewWorld(), NewWorld()
			RunIn(clone, stackedSeed(t, "tiny", seed), Options{})
			w.Reset(p, Options{})
			for w.Events() < whole.Events/2 && w.Next() {
			}
			clone.CopyFrom(w)
			for clone.Next() {
			}
			for w.Next() {
			}
			if a, b := w.Result(), clone.Result(); a.TraceHash != whole.TraceHash || b.TraceHash != whole.TraceHash {
				t.Errorf("%s %d: run %v, original %v, copy %v", profile, seed, whole.TraceHash, a.TraceHash, b.TraceHash)
			}
		}
	}
}

// TestStackPinsReplaceRates is what shrinking relies on, as it is for the model.
func TestStackPinsReplaceRates(t *testing.T) {
	fired := 0
	for _, seed := range seeds[:4] {
		p := stackedSeed(t, "default", seed)
		recorded := Run(p, Options{RecordDraws: true})
		q := *p
		q.Draws, q.OnlyPinned = recorded.Pins, true
		if again := Run(&q, Options{}); again.TraceHash != recorded.TraceHash {
			t.Errorf("seed %d: %v, with its draws pinned %v", seed, recorded.TraceHash, again.TraceHash)
		}
		fired += len(recorded.Pins)
	}
	if fired < 100 {
		t.Errorf("only %d rates fired", fired)
	}
}

// TestStackMeetsItsCases: worlds on the real machine have everything in them that the
// machine is to be judged for.
func TestStackMeetsItsCases(t *testing.T) {
	w, met := NewWorld(), map[string]int{}
	for _, seed := range seeds {
		p := stackedSeed(t, "default", seed)
		w.Reset(p, Options{Judged: true})
		for w.Next() {
			w.stack.meet(met)
		}
		if r := w.Result(); len(r.Violations) > 0 {
			t.Fatalf("seed %d: %v", seed, r.Violations[0])
		}
	}
	for _, what := range []string{"head", "compare-and-set", "truncate", "get", "put", "merge", "delete", "list", "several calls"} {
		if met[what] == 0 {
			t.Errorf("%s never happened", what)
		}
	}
	t.Log(met)
}

// meet counts the calls below that are under way, each for as long as it is.
func (s *stack) meet(met map[string]int) {
	for i := uint32(1); i < s.below.Span(); i++ {
		c := s.below.At(i)
		switch {
		case c.refs == 0:
			continue
		case c.inBlobs:
			met[c.batch.Op.String()]++
		default:
			met[c.consensus.Op.String()]++
		}
		if len(c.calls) > 1 {
			met["several calls"]++
		}
	}
}
