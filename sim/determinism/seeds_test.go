package determinism

import (
	"testing"

	"example.com/tidemark/sim"
)

// A determinism test on a tiny run proves little: these are seeds of the default
// profile with at least so many events each, chosen so that every kind of fault
// happens in at least one of them.
const (
	longEvents  = 20_000
	longSeeds   = 20
	scannedMost = 20_000
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
		r := sim.RunIn(world, generate(t, seed), sim.Options{Judged: true})
		if len(r.Violations) > 0 {
			t.Fatalf("seed %d violates %s: %s; simrun run %d", seed, r.Violations[0].Invariant, r.Violations[0].Message, seed)
		}
		if r.Events < longEvents || len(runs) >= longSeeds && !meetsMore(met, r) {
			continue
		}
		meetsMore(met, r)
		runs = append(runs, longRun{seed, r})
		if missing := unmet(met, r); len(runs) >= longSeeds && len(missing) == 0 {
			return runs
		}
	}
	t.Fatalf("only %d of the seeds 1..%d have %d events, or no such seed meets one of the faults %v",
		len(runs), scannedMost, longEvents, unmet(met, runs[0].result))
	return nil
}

func meetsMore(met map[string]bool, r *sim.Result) bool {
	more := false
	for _, c := range r.Faults {
		if c.N > 0 && !met[c.Name] {
			more, met[c.Name] = true, true
		}
	}
	return more
}

func unmet(met map[string]bool, r *sim.Result) []string {
	var names []string
	for _, c := range r.Faults {
		if !met[c.Name] {
			names = append(names, c.Name)
		}
	}
	return names
}
