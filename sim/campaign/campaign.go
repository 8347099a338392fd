package campaign

import (
	"math"
	"sync"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// Options of a campaign.
type Options struct {
	// First and Last are the seeds to run, both included. Last = Endless: until Full
	// or Interrupted says so.
	First, Last uint64
	// Jobs is the number of workers, at least 1.
	Jobs int
	// StopOnFailure ends the campaign at its lowest failing seed.
	StopOnFailure bool
	// NewRunner makes what one worker runs its seeds with. The function it returns is
	// called by one goroutine only. Its result is read before the next call, so that
	// its memory may be reused. Once giveUp is true the run's result is not wanted any
	// more; a run that is cut short must come back with Interrupted set. After a result
	// that is Hung no further seed is handed out.
	NewRunner func() Runner
	// Full is polled before each seed is handed out: true starts no further one, and
	// what runs is finished. nil: never.
	Full func() bool
	// Interrupted is polled all the time: true gives up what runs. nil: never.
	Interrupted func() bool
	// Progress is called after every seed, by one goroutine at a time, with what the
	// campaign has come to so far; it must not keep the pointer. nil: nobody asks.
	Progress func(*Progress)
}

// Endless as Options.Last never ends a campaign by itself.
const Endless = uint64(math.MaxUint64)

// Runner runs one seed.
type Runner func(seed uint64, giveUp func() bool) *sim.Result

// Progress is what is known while a campaign runs, in the order in which seeds
// happen to end.
type Progress struct {
	Seeds, Events uint64
	SimMs         int64
	Failures      int
	// Total is the number of seeds asked for, 0 if endless.
	Total uint64
}

// Failure is a seed that violated an invariant.
type Failure struct {
	Seed uint64
	// Violation is the first one that the run met.
	Violation invariants.Violation
	// Trial is the one that failed, if it is not the seed's world that did (sim.Result).
	Trial *plan.Trial
}

// Summary is what a campaign comes to.
type Summary struct {
	Seeds, Events uint64
	SimMs         int64
	// Last is the highest seed that is counted, 0 if there is none.
	Last        uint64
	Failures    []Failure
	Faults, Ops []sim.Count
	Oracles     []invariants.Stat
	// Interrupted: the caller gave it up before it was through.
	Interrupted bool
}

// Run runs the campaign. It returns when every worker has ended.
func Run(o Options) *Summary {
	c := &state{o: o, next: o.First, tally: newTally(o.First, o.StopOnFailure), lowest: Endless}
	if o.Last != Endless {
		c.progress.Total = o.Last - o.First + 1
	}
	var workers sync.WaitGroup
	for range max(o.Jobs, 1) {
		workers.Go(c.work)
	}
	workers.Wait()
	s := c.tally.finish()
	s.Interrupted = c.cut
	return s
}

// state is what the workers share; mu guards all of it but the options.
type state struct {
	o        Options
	mu       sync.Mutex
	next     uint64
	handed   bool // no further seed is handed out
	lowest   uint64
	cut      bool
	tally    *tally
	progress Progress
}

func (c *state) work() {
	run := c.o.NewRunner()
	for {
		seed, ok := c.take()
		if !ok {
			return
		}
		c.done(seed, run(seed, func() bool { return c.unwanted(seed) }))
	}
}

// take hands out the next seed.
func (c *state) take() (uint64, bool) {
	full := c.o.Full != nil && c.o.Full()
	interrupted := c.interrupted()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handed || c.next > c.o.Last || c.o.StopOnFailure && c.next > c.lowest {
		return 0, false
	}
	if interrupted {
		c.cut = true
		return 0, false
	}
	if full {
		return 0, false
	}
	seed := c.next
	c.handed = seed == c.o.Last || seed == Endless
	c.next++
	return seed, true
}

// unwanted says that nobody waits for the result of this seed any more.
func (c *state) unwanted(seed uint64) bool {
	if c.interrupted() {
		return true
	}
	if !c.o.StopOnFailure {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return seed > c.lowest
}

func (c *state) interrupted() bool { return c.o.Interrupted != nil && c.o.Interrupted() }

// done takes a result into the sum.
func (c *state) done(seed uint64, r *sim.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	failed := len(r.Violations) > 0
	if r.Interrupted && !failed {
		c.cut = c.cut || seed <= c.lowest
		return
	}
	c.tally.add(seed, r)
	c.progress.Seeds++
	c.progress.Events += r.Events
	c.progress.SimMs += r.SimMs
	if failed {
		c.progress.Failures++
		c.lowest = min(c.lowest, seed)
		c.handed = c.handed || Hung(&r.Violations[0])
	}
	if c.o.Progress != nil {
		c.o.Progress(&c.progress)
	}
}
