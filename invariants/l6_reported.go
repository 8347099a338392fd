package invariants

import "example.com/tidemark/core"

// l6HostReported notes the uppers that a host has reported in the session that its
// controller talks to it in, of what that session was told to run: they must be believed
// when the step is over (C-40, H-4).
func (j *Judges) l6HostReported(l *life, t *conversation, r *core.Report) {
	for i := range r.Uppers {
		u := &r.Uppers[i]
		slot := j.slotOf(u.ID)
		if slot < 0 || !canonical(u.Upper) || !j.things[slot].knownTo(l.epoch) || j.things[slot].dropped || !j.createdHere(t, slot) {
			continue
		}
		b := j.beliefAt(l.node, slot)
		if !b.present || b.view.Dropped {
			continue
		}
		j.checked[l6]++
		if !b.opened || before(b.view.Upper, u.Upper) {
			j.met[l6]++
			b.learned, b.hasLearned = later(b.learned, u.Upper), true
			j.touch(l.node, slot, b)
		}
	}
}
