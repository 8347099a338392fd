package sim

import (
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/storaged"
)

// agings is how often machines that are compared are woken.
const agings = 32

// ageAlike wakes a machine and what was restored of it whenever they want to be, with
// nothing answered any more, and says how they differ. In the end mislead may answer one
// call wrongly; it reports whether there was one. Neither machine is of use afterwards.
//
// wake says what a machine does, as a hash of its effects, or how it panicked.
func ageAlike[M stateMachine](w *World, a, b M, now clock.Now,
	wake func(m M, now clock.Now) (did uint64, panicked string),
	mislead func(m M, now clock.Now) (why string, misled bool),
) string {
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
		var did [2]uint64
		for i, m := range [...]M{a, b} {
			panicked := ""
			if did[i], panicked = wake(m, now); panicked != "" {
				return "it panicked: " + panicked
			}
		}
		if did[0] != did[1] {
			return fmt.Sprintf("woken at %d µs, what was restored of it does something else", now.Mono)
		}
		if n < from {
			continue
		}
		if why, misled := mislead(b, now); misled {
			return why
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

func (w *World) wakeAgedController(c *core.Controller, now clock.Now) (did uint64, panicked string) {
	w.effects.Reset()
	panicked = step(c, now, &core.Input{Kind: core.InputWake}, &w.effects)
	for i := range w.effects.Len() {
		did = mix(did, w.contentOf(w.effects.At(i)))
	}
	return did, panicked
}

// misleadController misleads a controller with the answer to one of w.effects.
func (w *World) misleadController(c *core.Controller, now clock.Now) (why string, misled bool) {
	for i := range w.effects.Len() {
		if e := *w.effects.At(i); answered(&e) && (e.Kind != core.EffectHost || e.Host.Op == core.HostConnect) {
			return w.misled(c, &e, now), true
		}
	}
	return "", false
}

func (w *World) wakeAgedHost(h *storaged.Host, now clock.Now) (did uint64, panicked string) {
	kept := w.hash
	defer func() { w.hash = kept }()
	w.hash.Reset()
	w.hostEffects.Reset()
	panicked = stepHost(h, now, &storaged.Input{Kind: storaged.InputWake}, &w.hostEffects)
	for i := range w.hostEffects.Len() {
		w.hashHostEffect(&process{}, w.hostEffects.At(i))
	}
	return w.hash.Sum().Lo, panicked
}

// misleadHost misleads a host with the answer to one of w.hostEffects.
func (w *World) misleadHost(h *storaged.Host, now clock.Now) (why string, misled bool) {
	for i := range w.hostEffects.Len() {
		if e := *w.hostEffects.At(i); e.Kind == storaged.EffectPersist {
			return w.misledHost(h, &e, now), true
		}
	}
	return "", false
}
