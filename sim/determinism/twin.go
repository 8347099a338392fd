// Package determinism proves that a run is a function of its plan: it steps two
// worlds of the same plan side by side, compares them after every event, and names
// the first event in which they differ.
//
// Its tests do the same across processes, numbers of processors, word sizes, and
// with tracing on and off; and they plant a source of nondeterminism to see that the
// comparison can fail.
package determinism

import (
	"fmt"
	"strings"

	"example.com/tidemark/core/digest"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// Machine is one of the twins.
type Machine interface {
	// Next lets one event happen; false when the run is over.
	Next() bool
	// Digest covers everything that happened so far, and the state it led to.
	Digest() digest.Sum
	// Event says in words what the latest event was.
	Event() string
}

// Divergence is the first difference between twins.
type Divergence struct {
	// Event is how many events both had in common.
	Event uint64
	// First and Second say what the next one was.
	First, Second string
}

func (d *Divergence) String() string {
	return fmt.Sprintf("after %d equal events the runs differ:\n first: %s\nsecond: %s", d.Event, d.First, d.Second)
}

// Compare steps both machines to their end and returns how many events they had in
// common and where they first differed, nil if nowhere.
func Compare(a, b Machine) (uint64, *Divergence) {
	for n := uint64(0); ; n++ {
		more, moreB := a.Next(), b.Next()
		if more != moreB || a.Digest() != b.Digest() {
			return n, &Divergence{Event: n, First: describe(a, more), Second: describe(b, moreB)}
		}
		if !more {
			return n, nil
		}
	}
}

func describe(m Machine, more bool) string {
	text := m.Event()
	if text == "" {
		text = "an event without a trace"
	}
	if !more {
		text += " (and the end of the run)"
	}
	return text
}

// World is a simulated world as a Machine: it remembers the trace of its latest event.
type World struct {
	*sim.World
	lines []string
}

// NewWorld is a judged, traced world at the start of a plan.
func NewWorld(p *plan.Plan) *World {
	w := &World{World: sim.NewWorld()}
	w.Reset(p, sim.Options{Judged: true, Trace: func(line string) { w.lines = append(w.lines, line) }})
	return w
}

// Next implements Machine.
func (w *World) Next() bool {
	w.lines = w.lines[:0]
	return w.World.Next()
}

// Event implements Machine.
func (w *World) Event() string { return strings.Join(w.lines, "\n        ") }
