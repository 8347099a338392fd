package sim

import (
	"bytes"
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/plan"
)

// What a machine encodes of itself restores to the same machine (C-3). Links, indexes,
// counts and timers are not encoded but made again, so that one which differs from what
// was made shows here, and so does everything that is kept although nothing leads to it
// any more.

// saves reports whether a machine is saved and loaded after so many steps.
func saves(steps uint32) bool {
	return steps == 200 || steps == 2000 || steps == 20_000
}

// saveAndLoad puts what a controller's encoded state restores in its place, now and
// then: it must be the same, and go on in the same way.
func (w *World) saveAndLoad(n int) {
	nd := &w.nodes[n]
	if why := w.saved.restored(&nd.core); why != "" {
		w.contradicted(n, why)
		return
	}
	w.beginShadow(n)
	nd.core.CopyFrom(&w.saved.controller)
}

func (w *World) saveAndLoadHost(i int) {
	p := &w.hosting.processes[i]
	if why := w.saved.restoredHost(&p.core); why != "" {
		w.hostContradicted(i, why)
		return
	}
	p.core.CopyFrom(&w.saved.host)
}

// lookInside saves and loads every machine at the end of a run, and compares how it and
// what was restored go on by themselves.
func (w *World) lookInside() {
	if w.plan.Profile != plan.Dense { // such a world is a trial itself
		w.rehearse()
		w.try()
	}
	for n := range w.nodes {
		if nd := &w.nodes[n]; nd.up && !nd.halted {
			why := w.saved.restored(&nd.core)
			if why == "" {
				why = ageAlike(w, &nd.core, &w.saved.controller, w.now(n), w.wakeAgedController, w.misleadController)
			}
			if why != "" {
				w.contradicted(n, why)
			}
		}
	}
	for i := range w.hosting.processes {
		if p := &w.hosting.processes[i]; p.up && !p.halted {
			why := w.saved.restoredHost(&p.core)
			if why == "" {
				why = ageAlike(w, &p.core, &w.saved.host, w.hostNow(p), w.wakeAgedHost, w.misleadHost)
			}
			if why != "" {
				w.hostContradicted(i, why)
			}
		}
	}
}

// contradicted tells what is wrong with a controller.
func (w *World) contradicted(n int, why string) {
	if w.observing() {
		o := w.observation(invariants.Contradicted, n)
		o.Message = why
		w.observe(o)
	}
}

// hostContradicted tells what is wrong with a host's process.
func (w *World) hostContradicted(i int, why string) {
	if w.observing() {
		o := w.observation(invariants.Contradicted, nobody)
		w.hosted(o, i)
		o.Message = fmt.Sprintf("process %d of %v: %s", o.Hosted.Process, *o.Hosted.Host, why)
		w.observe(o)
	}
}

// stateMachine is what controllers and hosts have in common.
type stateMachine interface {
	AppendCanonical(b []byte) []byte
	Restore(b []byte) error
	Digest() digest.Sum
	Kept() int
	NextWake() clock.Instant
}

// copies is what machines are saved to and loaded into.
type copies struct {
	controller   core.Controller
	host         storaged.Host
	saved, again []byte
	effects      core.Effects
	hostEffects  storaged.Effects
}

// restored loads what a controller encodes of itself, and says how the two differ.
func (m *copies) restored(c *core.Controller) string {
	loaded := &m.controller
	if why := m.reload(c, loaded); why != "" {
		return why
	}
	var a, b core.View
	c.View(&a)
	loaded.View(&b)
	a.Ignored, a.ClockAlarms, b.Ignored, b.ClockAlarms = 0, 0, 0, 0
	if a != b {
		return fmt.Sprintf("restored it is %+v, and was %+v", b, a)
	}
	for i := range c.Hosts() {
		var a, b core.HostView
		c.HostAt(i, &a)
		loaded.HostAt(i, &b)
		if a != b {
			return fmt.Sprintf("restored it sees a host as %+v, and before as %+v", b, a)
		}
	}
	return ""
}

// restoredHost is restored for a host.
func (m *copies) restoredHost(h *storaged.Host) string {
	loaded := &m.host
	if why := m.reload(h, loaded); why != "" {
		return why
	}
	var a, b storaged.View
	h.View(&a)
	loaded.View(&b)
	a.Ignored, a.ClockAlarms, b.Ignored, b.ClockAlarms = 0, 0, 0, 0
	if a != b {
		return fmt.Sprintf("restored it is %+v, and was %+v", b, a)
	}
	return ""
}

// reload loads into one machine what another encodes of itself.
func (m *copies) reload(from, loaded stateMachine) string {
	m.saved = from.AppendCanonical(m.saved[:0])
	if err := loaded.Restore(m.saved); err != nil {
		return "its own encoded state cannot be restored: " + err.Error()
	}
	m.again = loaded.AppendCanonical(m.again[:0])
	if !bytes.Equal(m.again, m.saved) || loaded.Digest() != from.Digest() {
		return "its restored state is another"
	}
	if from.Kept() != loaded.Kept() {
		return fmt.Sprintf("restored it keeps %d things, and before %d", loaded.Kept(), from.Kept())
	}
	if from.NextWake() != loaded.NextWake() {
		return fmt.Sprintf("restored it wants to be woken at %d µs, and before at %d µs", loaded.NextWake(), from.NextWake())
	}
	return ""
}
