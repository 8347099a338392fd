package sim

import (
	"bytes"
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
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
	w.rehearse()
	for n := range w.nodes {
		if nd := &w.nodes[n]; nd.up && !nd.halted {
			why := w.saved.restored(&nd.core)
			if why == "" {
				why = w.ageAlike(&nd.core, &w.saved.controller, w.now(n))
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
				why = w.hostsAgeAlike(&p.core, &w.saved.host, w.hostNow(p))
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

// copies is what machines are saved to and loaded into.
type copies struct {
	controller   core.Controller
	host         storaged.Host
	saved, again []byte
}

// restored loads what a controller encodes of itself, and says how the two differ.
func (m *copies) restored(c *core.Controller) string {
	loaded := &m.controller
	m.saved = c.AppendCanonical(m.saved[:0])
	if err := loaded.Restore(m.saved); err != nil {
		return "its own encoded state cannot be restored: " + err.Error()
	}
	m.again = loaded.AppendCanonical(m.again[:0])
	if !bytes.Equal(m.again, m.saved) || loaded.Digest() != c.Digest() {
		return "its restored state is another"
	}
	var a, b core.View
	c.View(&a)
	loaded.View(&b)
	a.Ignored, a.ClockAlarms, b.Ignored, b.ClockAlarms = 0, 0, 0, 0
	if a != b {
		return fmt.Sprintf("restored it is %+v, and was %+v", b, a)
	}
	if c.Kept() != loaded.Kept() {
		return fmt.Sprintf("restored it keeps %d things, and before %d", loaded.Kept(), c.Kept())
	}
	if c.NextWake() != loaded.NextWake() {
		return fmt.Sprintf("restored it wants to be woken at %d µs, and before at %d µs", loaded.NextWake(), c.NextWake())
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
	m.saved = h.AppendCanonical(m.saved[:0])
	if err := loaded.Restore(m.saved); err != nil {
		return "its own encoded state cannot be restored: " + err.Error()
	}
	m.again = loaded.AppendCanonical(m.again[:0])
	if !bytes.Equal(m.again, m.saved) || loaded.Digest() != h.Digest() {
		return "its restored state is another"
	}
	var a, b storaged.View
	h.View(&a)
	loaded.View(&b)
	a.Ignored, a.ClockAlarms, b.Ignored, b.ClockAlarms = 0, 0, 0, 0
	if a != b {
		return fmt.Sprintf("restored it is %+v, and was %+v", b, a)
	}
	if h.Kept() != loaded.Kept() {
		return fmt.Sprintf("restored it keeps %d things, and before %d", loaded.Kept(), h.Kept())
	}
	if h.NextWake() != loaded.NextWake() {
		return fmt.Sprintf("restored it wants to be woken at %d µs, and before at %d µs", loaded.NextWake(), h.NextWake())
	}
	return ""
}

// agings is how often machines that are compared are woken.
const agings = 32

// ageAlike wakes a controller and what was restored of it whenever they want to be, with
// nothing answered any more, and says how they differ. Neither is of use afterwards.
func (w *World) ageAlike(a, b *core.Controller, now clock.Now) string {
	kept := w.hash
	defer func() { w.hash = kept }()
	in := core.Input{Kind: core.InputWake}
	from := w.chance('a', uint64(now.Mono), agings/2)
	for n := range agings {
		next := a.NextWake()
		if next != b.NextWake() {
			return fmt.Sprintf("restored it wants to be woken at %d µs, it itself at %d µs", b.NextWake(), next)
		}
		if next == clock.Never {
			break
		}
		later(&now, next)
		var hashes [2]uint64
		for i, c := range [...]*core.Controller{a, b} {
			w.hash.Reset()
			w.effects.Reset()
			if message := step(c, now, &in, &w.effects); message != "" {
				return "it panicked: " + message
			}
			for k := range w.effects.Len() {
				w.hashEffect(0, w.effects.At(k))
			}
			hashes[i] = w.hash.Sum().Lo
		}
		if hashes[0] != hashes[1] {
			return fmt.Sprintf("woken at %d µs, what was restored of it does something else", now.Mono)
		}
		for k := 0; n >= from && k < w.effects.Len(); k++ {
			if e := *w.effects.At(k); answered(&e) && (e.Kind != core.EffectHost || e.Host.Op == core.HostConnect) {
				return w.misled(b, &e, now)
			}
		}
	}
	if a.Digest() != b.Digest() {
		return "what was restored of it has become something else"
	}
	return ""
}

// hostsAgeAlike is ageAlike for hosts.
func (w *World) hostsAgeAlike(a, b *storaged.Host, now clock.Now) string {
	kept := w.hash
	defer func() { w.hash = kept }()
	in := storaged.Input{Kind: storaged.InputWake}
	var nobodys process
	from := w.chance('a', uint64(now.Mono), agings/2)
	for n := range agings {
		next := a.NextWake()
		if next != b.NextWake() {
			return fmt.Sprintf("restored it wants to be woken at %d µs, it itself at %d µs", b.NextWake(), next)
		}
		if next == clock.Never {
			break
		}
		later(&now, next)
		var hashes [2]uint64
		for i, h := range [...]*storaged.Host{a, b} {
			w.hash.Reset()
			w.hostEffects.Reset()
			if message := stepHost(h, now, &in, &w.hostEffects); message != "" {
				return "it panicked: " + message
			}
			for k := range w.hostEffects.Len() {
				w.hashHostEffect(&nobodys, w.hostEffects.At(k))
			}
			hashes[i] = w.hash.Sum().Lo
		}
		if hashes[0] != hashes[1] {
			return fmt.Sprintf("woken at %d µs, what was restored of it does something else", now.Mono)
		}
		for k := 0; n >= from && k < w.hostEffects.Len(); k++ {
			if e := *w.hostEffects.At(k); e.Kind == storaged.EffectPersist {
				return w.misledHost(b, &e, now)
			}
		}
	}
	if a.Digest() != b.Digest() {
		return "what was restored of it has become something else"
	}
	return ""
}

// later lets both clocks go on to an instant, or a little if it has passed.
func later(now *clock.Now, next clock.Instant) {
	next = max(next, now.Mono+1)
	now.Wall += clock.Wall(next-now.Mono) / 1000
	now.Mono = next
}
