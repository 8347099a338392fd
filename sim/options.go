package sim

import (
	"example.com/tidemark/core/digest"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/plan"
)

// Options are what a run may differ in without becoming another run: they never
// change what happens, only what is looked at and how long.
type Options struct {
	// Judged runs the oracles. Without them a run cannot know when the world is at
	// rest, and ends one fetch period after the clients' work has.
	Judged bool
	// Trace gets a line for everything that happens; nil: no line is ever built.
	Trace func(line string)
	// Record gets everything that happens with what it refers to; nil: no record is
	// ever built.
	Record func(*Record)
	// RecordDraws collects the rates that fired into Result.Pins.
	RecordDraws bool
	// MaxEvents ends the run, interrupted, after so many events; 0: none.
	MaxEvents uint64
	// OnObserve gets every observation, judged or not; for tests.
	OnObserve func(*invariants.Observation)
	// Stop is polled every few thousand events; true interrupts the run.
	Stop func() bool
}

// Count is how often something with a name happened.
type Count struct {
	Name string
	N    uint64
}

// Counters are what a run must have done to be worth anything.
type Counters struct {
	// Acked counts appends acknowledged to clients, SinceMoves downgrades that moved
	// a shard's since, Snapshots reads answered with rows or an empty collection.
	Acked, SinceMoves, Snapshots uint64
	// Boots and Halts count incarnations that started, and that halted.
	Boots, Halts uint64
}

// Result is what became of a run.
type Result struct {
	TraceHash digest.Sum
	// Events counts queue entries that delivered an input to a core or let an outside
	// call take effect. Wakes that had no effect do not count.
	Events uint64
	SimMs  int64
	// Violations that ended the run; none if nothing was found.
	Violations []invariants.Violation
	// Trial is the one that failed, if the violation is of a trial at the end of the run
	// and not of its world.
	Trial *plan.Trial
	// Faults and Ops have every name that exists, zeros included, in a fixed order.
	Faults, Ops []Count
	Oracles     []invariants.Stat
	// Pins are the rates that fired, with Options.RecordDraws.
	Pins []plan.Pin
	// Story is the last trace lines that matter for the first violation. It is empty
	// unless Options.Trace was set.
	Story       []string
	Counters    Counters
	Interrupted bool
	// Stuck says that the bound of the calm phase passed before the world was at
	// rest, and Waiting what it was waiting for.
	Stuck   bool
	Waiting string
	// Beyond says why nobody could be asked to bring the world to rest: the plan
	// exceeds what it is judged for, and only safety is. Empty if it does not.
	Beyond string
}

// Run runs a plan in a fresh world.
func Run(p *plan.Plan, o Options) *Result { return RunIn(NewWorld(), p, o) }

// RunIn runs a plan in w, reusing its memory.
func RunIn(w *World, p *plan.Plan, o Options) *Result {
	w.Reset(p, o)
	for w.Next() {
	}
	return w.Result()
}
