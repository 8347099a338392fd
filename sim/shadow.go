package sim

import (
	"example.com/tidemark/codec/journal"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// shadow is what a controller was when its encoded state took its place: for a while it gets
// the same inputs, and both must go on in the same way (C-3). There is one at a time.
type shadow struct {
	core    core.Controller
	effects core.Effects
	node    int
	// left is how many steps it still goes along; 0: there is none.
	left int
	// scratch is where effects are encoded to be compared.
	scratch []byte
}

// shadowSteps is for how long two states are compared.
const shadowSteps = 150

func (w *World) beginShadow(n int) {
	s := &w.shadow
	if s.left > 0 {
		return
	}
	s.core.CopyFrom(&w.nodes[n].core)
	s.node, s.left = n, shadowSteps
}

// endShadow ends the one of a node whose controller ends.
func (w *World) endShadow(n int) {
	if w.shadow.node == n {
		w.shadow.left = 0
	}
}

// stepShadow gives w.input to the shadow as well; it reports whether it did the same as the
// controller, and is the same in the end.
func (w *World) stepShadow(now clock.Now) bool {
	s := &w.shadow
	s.effects.Reset()
	s.left--
	if step(&s.core, now, &w.input, &s.effects) != "" || s.effects.Len() != w.effects.Len() {
		s.left = 0
		return false
	}
	for i := range s.effects.Len() {
		if w.contentOf(s.effects.At(i)) != w.contentOf(w.effects.At(i)) {
			s.left = 0
			return false
		}
	}
	return s.left > 0 || s.core.Digest() == w.nodes[s.node].core.Digest()
}

// contentOf is a hash of everything that an effect says.
func (w *World) contentOf(e *core.Effect) uint64 {
	hash, scratch := journal.EffectHash(e, w.shadow.scratch)
	w.shadow.scratch = scratch
	return hash
}

func (s *shadow) copyFrom(src *shadow) {
	s.node, s.left = src.node, src.left
	if s.left > 0 {
		s.core.CopyFrom(&src.core)
	}
}
