package replay

import (
	"fmt"

	"example.com/tidemark/codec"
	"example.com/tidemark/codec/journal"
	"example.com/tidemark/core"
	"example.com/tidemark/sim"
)

// Report is what came of a replay.
type Report struct {
	Segments, Incarnations int
	Steps, Effects         uint64
	// Lives tell of the incarnations, in order.
	Lives []Life
	// Gaps are steps that are missing, and Damage is what cannot be read.
	Gaps   []Gap
	Damage []Damage
	// Divergence is the first thing that did not come out as it is recorded. The
	// replay ends there.
	Divergence *Divergence
	// Interrupted: it was told to stop.
	Interrupted bool
	// Result has what the oracles found.
	Result *sim.Result
}

// Whole reports whether everything that was written is there.
func (r *Report) Whole() bool { return len(r.Damage) == 0 }

// Life is one incarnation.
type Life struct {
	Build string
	// First and Last are the numbers of its steps that are in the journal.
	First, Last uint64
	// Judged: it is there from its first step on.
	Judged bool
	// Ended is how, and Epoch with what epoch.
	Ended journal.End
	Epoch uint64
	// Collections that it knew at its end.
	Collections int
}

// Gap is a run of steps that are not in the journal.
type Gap struct {
	Path        string
	First, Last uint64
}

// String says which, and what of them is missing.
func (g Gap) String() string {
	return fmt.Sprintf("%s: steps %d to %d are missing before it: they were not written, or their segment was removed", g.Path, g.First, g.Last)
}

// Damage is a segment that cannot be read, from somewhere on.
type Damage struct {
	Path string
	Err  error
}

// String says what is wrong with it.
func (d Damage) String() string { return d.Path + ": " + d.Err.Error() }

// Divergence is a step of which something else came than is recorded.
type Divergence struct {
	Path string
	Step uint64
	// Input is the kind of the step's input; "" if it is the checkpoint before the step
	// that is another.
	Input string
	// Detail says what was recorded and what came out.
	Detail string
}

// Error says where, and what it can mean.
func (d *Divergence) Error() string {
	if d.Input == "" {
		return fmt.Sprintf("%s: the checkpoint before step %d is not the state that the steps before it lead to: %s", d.Path, d.Step, d.Detail)
	}
	return fmt.Sprintf("%s: step %d (%s) does not come out as it is recorded: %s", d.Path, d.Step, d.Input, d.Detail)
}

// mostShown bounds how much of an effect is shown.
const mostShown = 300

func shown(e *core.Effect) string {
	line := string(codec.AppendEffect(nil, e))
	if len(line) > mostShown {
		line = line[:mostShown] + "…"
	}
	return line
}
