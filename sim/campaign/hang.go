package campaign

import (
	"sync/atomic"
	"time"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
)

const hangs = "a step does not end: nothing has happened for a long time"

func hung() *sim.Result {
	return &sim.Result{Violations: []invariants.Violation{{Invariant: "S12", Node: invariants.Foreign, Message: hangs}}}
}

// Hung says that a violation is a run which did not end: to run it again would not end
// either.
func Hung(v *invariants.Violation) bool { return v.Invariant == "S12" && v.Message == hangs }

// Watched runs f, which asks giveUp whether to go on as long as it gets anywhere: every few
// thousand events. If it has not asked between two ticks, the result says that it hangs, and
// f is left behind.
func Watched(ticks <-chan time.Time, f func(giveUp func() bool) *sim.Result, interrupted func() bool) *sim.Result {
	var polls atomic.Uint64
	ended := make(chan *sim.Result, 1)
	go func() {
		ended <- f(func() bool {
			polls.Add(1)
			return interrupted()
		})
	}()
	seen := ^uint64(0)
	for {
		select {
		case r := <-ended:
			return r
		case <-ticks:
			if now := polls.Load(); now != seen {
				seen = now
			} else {
				return hung()
			}
		}
	}
}
