package sim

import (
	"testing"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/plan"
)

func ofDense(seed uint64) *plan.Plan {
	return new(plan.Plan).OfTrial(plan.Trial{Of: plan.TrialOfControllers, Seed: seed})
}

// Dense worlds are over soon, come to rest, and in most of them much is done.
func TestDenseWorldsAreShort(t *testing.T) {
	w := NewWorld()
	const worlds = 200
	events, simMs, acked, moved := uint64(0), int64(0), uint64(0), 0
	for seed := range uint64(worlds) {
		p := ofDense(seed)
		if p.Profile != plan.Dense || p.Seed != seed || p.Trial != nil {
			t.Fatalf("the plan of trial %d is of seed %d of %s", seed, p.Seed, p.Profile)
		}
		r := RunIn(w, p, Options{Judged: true})
		if len(r.Violations) > 0 || r.Stuck && r.Beyond == "" {
			t.Errorf("seed %d: %+v, waits for %q", seed, r.Violations, r.Waiting)
		}
		events, simMs, acked = events+r.Events, simMs+r.SimMs, acked+r.Counters.Acked
		if r.Counters.SinceMoves > 0 {
			moved++
		}
	}
	if events > 1300*worlds || simMs > 15_000*worlds || acked < 5*worlds || moved < worlds*3/4 {
		t.Errorf("%d events, %d ms, %d appends, %d worlds in which a since moved, of %d", events, simMs, acked, moved, worlds)
	}
	if w.trials.dense != nil {
		t.Error("a dense world ended with dense worlds")
	}
}

// What goes wrong in a dense world is the run's own violation, and its plan the one that
// failed. Nothing else of the run changes, and the next run knows nothing of it.
func TestADenseWorldFails(t *testing.T) {
	p := generated(t, "tiny", 1)
	w := NewWorld()
	r := RunIn(w, p, Options{Judged: true})
	if len(r.Violations) > 0 || r.Trial != nil || w.trials.dense == nil {
		t.Fatalf("%+v", r)
	}
	v := invariants.Violation{Invariant: "S3", Step: 7, AtUs: 8, Node: 1, Message: "u1 went back"}
	w.endAs(&plan.Trial{Of: plan.TrialOfControllers, Seed: 42}, v)
	again := w.Result()
	if len(again.Violations) != 1 || again.Violations[0] != v || again.TraceHash != r.TraceHash || again.Events != r.Events {
		t.Fatalf("%+v", again)
	}
	if failed := p.OfTrial(*again.Trial); failed.Hash() != ofDense(42).Hash() {
		t.Errorf("what failed is %+v", again.Trial)
	}
	if r := RunIn(w, p, Options{Judged: true}); len(r.Violations) > 0 || r.Trial != nil {
		t.Errorf("the next run: %+v", r)
	}
}

// Runs of different seeds end with different dense worlds.
func TestDenseWorldsBelongToTheSeed(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(5) {
		w := NewWorld()
		RunIn(w, generated(t, "tiny", seed), Options{Judged: true})
		tried := w.trials.dense.TraceHash().String()
		if seen[tried] {
			t.Errorf("seed %d: the dense world of another seed", seed)
		}
		seen[tried] = true
	}
}
