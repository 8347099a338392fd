package shardtrial

import (
	"fmt"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist/shard"
)

// Watcher is told of what happens in a trial, in the order in which it happens. What
// pointers lead to is valid during the call and not to be changed.
type Watcher interface {
	// Given: a machine is about to be given an input. Left: an effect left it.
	Given(who Machine, in *shard.Input)
	Left(who Machine, e *shard.Effect)
	// Applied: a call of a store took effect, whose machine may be no more; in has what came
	// of it.
	Applied(who Machine, e *shard.Effect, in *shard.Input)
	// Crashed: the machine's process is gone.
	Crashed(who Machine)
	// Noted: something else happened, to no machine if its process is 0.
	Noted(who Machine, what string)
}

// Machine is a machine of a trial, at a moment.
type Machine struct {
	// At is simulated time since the trial began.
	At clock.Instant
	// Place of the machine, from 0, and the number of the process that has it, from 1.
	Place   int
	Process uint32
}

// who is the machine at a place, now.
func (t *Trial) who(i int) Machine { return Machine{t.mono, i, t.machines[i].number} }

// note tells the watcher of something else. Callers see to it that there is one.
func (t *Trial) note(i int, format string, args ...any) {
	t.Watcher.Noted(t.who(i), fmt.Sprintf(format, args...))
}
