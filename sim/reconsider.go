package sim

import (
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/storaged"
)

// A step derives all that follows from it, once, at its end (C-9). So a machine that looks
// at everything again at the same moment finds nothing to do: what it finds then, it has
// forgotten, and would have done late, or never.

// reconsiders reports whether a machine is made to look at everything again after so many
// steps: often in the short lives that most runs have.
func reconsiders(steps uint32) bool {
	return steps < 4096 && steps%8 == 3 || steps%8192 == 7
}

// reconsider lets a copy of a controller look at everything again, and tells what follows.
func (w *World) reconsider(n int, now clock.Now) {
	c, again := &w.nodes[n].core, &w.saved.controller
	if c.Phase() != core.PhaseRunning || c.NextWake() <= now.Mono {
		return // it has more to do at once, or has yet to be woken
	}
	if c.View(&w.view); w.view.QueuedParts == 0 && w.view.QueuedBytes != 0 {
		w.contradicted(n, fmt.Sprintf("nothing waits to be appended, and it counts %d bytes that do", w.view.QueuedBytes))
		return
	}
	again.CopyFrom(c)
	w.saved.effects.Reset()
	again.Reconsider(now, &w.saved.effects)
	if why := forgotten(w.saved.effects.Len(), c.Kept(), again.Kept(), c.NextWake(), again.NextWake()); why != "" {
		if w.saved.effects.Len() > 0 {
			e := w.saved.effects.At(0)
			why += fmt.Sprintf(", the first of kind %v %v %v host %+v", e.Kind, e.Persist.Op, e.Persist.Shard, e.Host)
		}
		w.contradicted(n, why)
	}
}

// reconsiderHost is reconsider for a host.
func (w *World) reconsiderHost(i int, now clock.Now) {
	h, again := &w.hosting.processes[i].core, &w.saved.host
	var v storaged.View
	if h.View(&v); v.Phase != storaged.PhaseRunning || h.NextWake() <= now.Mono {
		return
	}
	again.CopyFrom(h)
	w.saved.hostEffects.Reset()
	again.Reconsider(now, &w.saved.hostEffects)
	if why := forgotten(w.saved.hostEffects.Len(), h.Kept(), again.Kept(), h.NextWake(), again.NextWake()); why != "" {
		if w.saved.hostEffects.Len() > 0 {
			e := w.saved.hostEffects.At(0)
			why += ", the first of kind " + e.Kind.String() + " " + e.Persist.Op.String() + " " + e.Persist.Shard.String()
		}
		w.hostContradicted(i, why)
	}
}

// forgotten says what a machine does that looks at everything again.
func forgotten(effects, kept, keptAgain int, wake, wakeAgain clock.Instant) string {
	switch {
	case effects > 0:
		return fmt.Sprintf("looking at everything again, it has %d effects", effects)
	case kept != keptAgain:
		return fmt.Sprintf("looking at everything again, it keeps %d things, and before %d", keptAgain, kept)
	case wake != wakeAgain:
		return fmt.Sprintf("looking at everything again, it wants to be woken at %d µs, and before at %d µs", wakeAgain, wake)
	}
	return ""
}
