package campaign

import (
	"sync/atomic"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
)

// worker is how far one worker has come, for whoever looks whether it hangs.
type worker struct {
	seed  atomic.Uint64
	busy  atomic.Bool
	polls atomic.Uint64
	// seen is what polls was at the latest tick.
	seen uint64
}

func (w *worker) begin(seed uint64) {
	w.seed.Store(seed)
	w.polls.Add(1)
	w.busy.Store(true)
}

func (w *worker) end() {
	w.busy.Store(false)
	w.polls.Add(1)
}

// hangs looks at every worker, and takes the seed of one that has got nowhere since the
// latest tick into the sum as a failure.
func (c *state) hangs() bool {
	for i := range c.workers {
		w := &c.workers[i]
		polls := w.polls.Load()
		if w.busy.Load() && polls == w.seen {
			c.mu.Lock()
			c.count(w.seed.Load(), hung())
			c.mu.Unlock()
			return true
		}
		w.seen = polls
	}
	return false
}

const hangs = "a step does not end: nothing has happened for a long time"

func hung() *sim.Result {
	return &sim.Result{Violations: []invariants.Violation{{Invariant: "S12", Node: invariants.Foreign, Message: hangs}}}
}

// Hung says that a violation is a run which did not end: to run it again would not end
// either.
func Hung(v *invariants.Violation) bool { return v.Invariant == "S12" && v.Message == hangs }

// Watched runs f, which asks giveUp whether to go on as long as it gets anywhere. If it has
// not asked between two ticks, the result says that it hangs, and f is left behind.
func Watched(ticks <-chan struct{}, f func(giveUp func() bool) *sim.Result, interrupted func() bool) *sim.Result {
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
