package determinism

import (
	"slices"
	"testing"

	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// A determinism test on a tiny run proves little: these are seeds of the default
// profile with at least so many events each, chosen so that every kind of fault
// happens in at least one of them.
const (
	longEvents  = 20_000
	longSeeds   = 20
	scannedMost = 20_000
	// longOps is how many operations most long runs have, and few others.
	longOps = 300
	// shortSeeds is how many do for a short test, such as one under the race detector,
	// whatever faults they meet.
	shortSeeds = 2
)

// longRun is a seed and what its run came to.
type longRun struct {
	seed   uint64
	result *sim.Result
}

// findLong returns the first long seeds, and after them those that meet a kind of
// fault which no earlier one met.
func findLong(t testing.TB) []longRun {
	t.Helper()
	world := sim.NewWorld()
	met := map[string]bool{}
	var runs []longRun
	for seed := uint64(1); seed <= scannedMost; seed++ {
		p := generate(t, seed)
		if len(p.Ops) < longOps {
			continue
		}
		// Judges take longer than all the rest, so they are asked about few.
		if r := sim.RunIn(world, p, sim.Options{}); r.Events < longEvents || len(runs) >= longSeeds && !meetsMore(met, r) {
			continue
		}
		r := sim.RunIn(world, p, sim.Options{Judged: true})
		if len(r.Violations) > 0 || r.Events < longEvents {
			continue
		}
		meet(met, r)
		runs = append(runs, longRun{seed, r})
		if testing.Short() && len(runs) == shortSeeds {
			return runs
		}
		if len(runs) >= longSeeds && len(unmet(met, r)) == 0 {
			return runs
		}
	}
	if len(runs) < longSeeds {
		t.Fatalf("only %d of the seeds 1..%d have %d events", len(runs), scannedMost, longEvents)
	}
	t.Fatalf("none of the long seeds up to %d meets the faults %v", scannedMost, unmet(met, runs[0].result))
	return nil
}

func meetsMore(met map[string]bool, r *sim.Result) bool {
	return slices.ContainsFunc(r.Faults, func(c sim.Count) bool { return c.N > 0 && !met[c.Name] })
}

func meet(met map[string]bool, r *sim.Result) {
	for _, c := range r.Faults {
		met[c.Name] = met[c.Name] || c.N > 0
	}
}

// unmet leaves out the one fault that exceeds what runs are judged for: few seeds have
// it, and none of the long ones among the first.
func unmet(met map[string]bool, r *sim.Result) []string {
	var names []string
	for _, c := range r.Faults {
		if !met[c.Name] && c.Name != string(plan.FaultHostGone) {
			names = append(names, c.Name)
		}
	}
	return names
}
