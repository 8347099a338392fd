package core

import (
	"testing"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/stash"
)

// TestBoundsOfAStep: exactly so many entries are installed and collections walked over in
// one step as the bound says, and the rest by as many wakes as that takes.
func TestBoundsOfAStep(t *testing.T) {
	for _, n := range []int{maxInstallsPerStep - 1, maxInstallsPerStep, maxInstallsPerStep + 1, 2 * maxInstallsPerStep, 2*maxInstallsPerStep + 1} {
		parts := (n + maxInstallsPerStep - 1) / maxInstallsPerStep
		r := &rig{tb: t}
		cfg := benchConfig()
		cfg.HoldLease, cfg.FetchEvery = 10*clock.Minute, clock.Minute
		// Ids that were dropped long ago: an entry each, and nothing to do for any of them.
		var gone []stash.Entry
		for i := range n {
			gone = append(gone, stash.Entry{Collection: stash.CollectionDropped, Key: benchID(i).String()})
		}
		r.load(Boot{Entropy: [4]uint64{1}, Config: cfg}, gone)
		if wakes := r.wakes(); wakes != parts-1 || r.c.Phase() != PhaseRunning {
			t.Errorf("%d entries are installed in %d steps, want %d", n, wakes+1, parts)
		}

		live := newRig(t, benchEntries(n, KindReported))
		live.c.cfg.FetchEvery = clock.Minute
		live.c.touched = live.c.touched[:0]
		live.c.startSweep()
		if got := len(live.c.touched); got != min(n, maxInstallsPerStep) {
			t.Errorf("a walk over %d collections touches %d in its first step", n, got)
		}
	}
}
