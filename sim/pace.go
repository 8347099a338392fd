package sim

import (
	"fmt"

	"example.com/tidemark/invariants"
)

// pace is how much happens while time does not go on, or hardly does: a controller
// that asks to be woken again and again, or that floods the world with calls,
// would otherwise keep a run from ever ending.
type pace struct {
	// secondUs is where the present second of simulated time began, lately how many
	// entries were taken in it and mayTake how many are bearable; all and rate are the
	// same for the run as a whole.
	secondUs        int64
	lately, mayTake uint64
	all, rate       uint64
	wakes           [nodeCount]wakes
	broken          bool
	violation       invariants.Violation
}

// wakes are those of one node that followed each other at once.
type wakes struct {
	atUs int64
	row  uint32
}

// mostWakes is how often in a row a controller may be woken at once. Work in small
// pieces needs a few such wakes; sound controllers were seen to need three.
const mostWakes = 10_000

// resetPace sets the bounds for a plan: some fifty times what the busiest plan of
// its size was seen to do in its busiest second, and on average.
func (w *World) resetPace() {
	p := w.plan
	clients := uint64(len(p.Writers) + len(p.Owners) + 10*len(p.Loops))
	ops := uint64(len(p.Ops))
	seconds := uint64(p.ChaosMs/1000 + 1)
	w.pace = pace{mayTake: 30_000 + 700*clients + 70*ops, rate: 5000 + 500*clients + 500*ops/seconds}
	for n := range w.pace.wakes {
		w.pace.wakes[n].atUs = -2
	}
}

// pass notes that an entry was taken at the present moment.
func (w *World) pass() {
	p := &w.pace
	p.all++
	p.lately++
	if w.nowUs-p.secondUs >= second {
		p.secondUs, p.lately = w.nowUs, 0
		if p.all >= p.mayTake+p.rate*uint64(w.nowUs/second) {
			w.accuse(nobody, "the world is flooded: %d things happened in %d simulated seconds", p.all, w.nowUs/second)
		}
	}
	if p.lately >= p.mayTake {
		w.accuse(nobody, "the world is flooded: %d things happened within one simulated second", p.lately)
	}
}

// woken notes a wake of node n that leads to a step. The world delays a wake that
// would follow another at the same instant by a microsecond.
func (w *World) woken(n int) { w.wokenAgain(&w.pace.wakes[n], n) }

// wokenAgain does the same for whoever's wakes these are.
func (w *World) wokenAgain(v *wakes, n int) {
	if w.nowUs > v.atUs+1 {
		v.row = 0
	}
	v.atUs = w.nowUs
	if v.row++; v.row >= mostWakes {
		if n >= nodeCount {
			w.accuse(nobody, "a host asks to be woken for ever at one instant: %d wakes in a row", v.row)
			return
		}
		w.accuse(n, "the controller asks to be woken for ever at one instant: %d wakes in a row", v.row)
	}
}

// accuse ends the run with a violation that the judges cannot see, because they see
// no wakes.
func (w *World) accuse(n int, format string, args ...any) { w.accuseOf("S12", n, format, args...) }

// accuseOf does so in the name of an invariant.
func (w *World) accuseOf(invariant string, n int, format string, args ...any) {
	if w.pace.broken {
		return
	}
	w.pace.broken = true
	w.pace.violation = invariants.Violation{
		Invariant: invariant, Step: w.step, AtUs: w.nowUs, Node: n, Message: fmt.Sprintf(format, args...),
	}
}
