package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// ownReader is the first word of the names of the controllers' own readers.
const ownReader = 0x7469646d61726b01

func isOwn(r persist.ReaderID) bool { return r.Hi == ownReader }

// ownRead is a reader that a controller opened for itself and has not closed.
type ownRead struct {
	life     uint32
	slot     int32
	reader   persist.ReaderID
	effect   core.EffectID // its call that is out, or 0
	op       persist.Op
	asOf     frontier.Timestamp
	deadline clock.Instant
	lapsed   bool
}

// ownUpper is up to where a controller has read its mapping: the upper at which it
// read, or to which its own writes of nothing have moved it since (C-71).
type ownUpper struct {
	asOf  frontier.Timestamp
	upper frontier.Frontier
	known bool
	// sure: what was read there was compared with what is true, and nothing that the
	// controller was told since makes another read of use before the upper sureAt.
	sure   bool
	sureAt frontier.Frontier
	// doubt: a write's end came late and may have been ignored.
	doubt bool
}

// lostTick is a write of nothing that met another upper, and the step in which the
// controller was told.
type lostTick struct {
	step  uint64
	upper frontier.Frontier
}

// begun takes up a read that begins at the upper that is believed. One that goes on
// with another reader, because the first has lapsed, is of the same time.
func (u *ownUpper) begun(upper frontier.Frontier) {
	if !upper.Empty && upper.T > 0 {
		*u = ownUpper{asOf: upper.T - 1, upper: upper, known: true}
	}
}

func (u *ownUpper) read(asOf frontier.Timestamp) {
	if !u.known || u.asOf != asOf {
		*u = ownUpper{asOf: asOf, upper: at(asOf + 1), known: true}
	}
}

// moved takes up a write of nothing that is done.
func (u *ownUpper) moved(from, to frontier.Frontier) {
	if u.known && u.upper == from {
		u.upper = to
	}
}

// written takes up any write of the controller's own that is done: it leaves the
// mapping true.
func (u *ownUpper) written(from, to frontier.Frontier) {
	if u.sure && u.sureAt == from {
		u.sureAt = to
	}
}

func (j *Judges) dropOwnReads(incarnation uint32) {
	kept := j.own[:0]
	for i := range j.own {
		if j.own[i].life != incarnation {
			kept = append(kept, j.own[i])
		}
	}
	j.own = kept
}

func (j *Judges) ownReadOf(incarnation uint32, reader persist.ReaderID) int {
	for i := range j.own {
		if r := &j.own[i]; r.life == incarnation && r.reader == reader {
			return i
		}
	}
	return -1
}

// ownIssued takes up a call of a controller's own reader.
func (j *Judges) ownIssued(l *life, f *flight, c *persist.Call) {
	j.checked[s14]++
	if !j.mapping(f.slot) {
		j.violate(s14, l.node, "%v: the controller reads it for itself", idOf(j, f.slot))
		return
	}
	b := j.beliefAt(l.node, f.slot)
	j.touch(l.node, f.slot, b)
	if b.view.Dropped && (c.Op == persist.OpOpenLeasedReader || c.Op == persist.OpSnapshot) {
		j.violate(s14, l.node, "%v was dropped, and the controller goes on reading it for itself", b.view.ID)
	}
	i := j.ownReadOf(f.life, c.Reader)
	if c.Op == persist.OpCloseReader {
		if i < 0 {
			return
		}
		if r := &j.own[i]; r.effect != 0 && l.mono < r.deadline {
			j.violate(s8, l.node, "%v: a reader is closed while its %v is out: nothing protects what is being read", idOf(j, f.slot), r.op)
		}
		j.own = append(j.own[:i], j.own[i+1:]...)
		return
	}
	if i < 0 {
		if !j.ownReplaced(l, f) {
			if b.own.sure && b.own.sureAt == b.view.Upper {
				j.violate(s14, l.node, "%v: the controller reads it again at %v, although nothing has changed since it was read or written", b.view.ID, b.view.Upper)
			}
			b.own.begun(b.view.Upper)
		}
		i = len(j.own)
		j.own = append(j.own, ownRead{life: f.life, slot: f.slot, reader: c.Reader})
	}
	r := &j.own[i]
	r.effect, r.op, r.deadline = f.id, c.Op, f.deadline
	if c.Op == persist.OpSnapshot {
		r.asOf = c.AsOf
		b.own.read(c.AsOf)
		if v := &b.view; !complete(v.Upper, c.AsOf) || !readable(v.Since, c.AsOf) {
			j.violate(s14, l.node, "%v: the controller reads it at %d; its since is %v, its upper %v", v.ID, c.AsOf, v.Since, v.Upper)
		}
	}
}

// s14Lost judges, when a step is over, that a mapping is read again in the step in which
// the controller is told that what it was to get met another upper, unless its since leaves
// nothing to read (C-71).
func (j *Judges) s14Lost(l *life, slot int32, b *belief) {
	if v := &b.view; b.lostRows != j.step || !b.present || v.Dropped || v.Phase != core.ShardOpen || v.Upper.Empty || v.Upper.T == 1<<64-1 || !before(v.Since, v.Upper) {
		return
	}
	j.checked[s14]++
	for i := range j.own {
		if r := &j.own[i]; r.life == b.life && r.slot == slot {
			return
		}
	}
	j.violate(s14, l.node, "%v: what it lacks met another upper, %v, and it is not read again in that step", b.view.ID, b.view.Upper)
}

// ownReplaced judges that one reader is closed, or has lapsed, when the next opens;
// it reports whether it has lapsed, so that the next one goes on with its read.
func (j *Judges) ownReplaced(l *life, f *flight) (lapsed bool) {
	for i := len(j.own) - 1; i >= 0; i-- {
		r := &j.own[i]
		if r.life != f.life || r.slot != f.slot {
			continue
		}
		lapsed = lapsed || r.lapsed
		if !r.lapsed {
			j.violate(s8, l.node, "%v: the controller opens a reader for itself and has not closed the last one", idOf(j, f.slot))
		}
		j.own = append(j.own[:i], j.own[i+1:]...)
	}
	return lapsed
}

func (j *Judges) ownCompleted(f *flight, res *persist.Result, late bool) {
	for i := range j.own {
		r := &j.own[i]
		if r.life != f.life || r.effect != f.id {
			continue
		}
		if res.Outcome == outcome.LeaseExpired || res.Outcome == outcome.Invalid {
			r.lapsed = true
		}
		if !late {
			r.effect = 0
		}
		if l := j.lifeOf(f.life); l != nil && !late && r.op == persist.OpSnapshot && res.Outcome == outcome.Done {
			u := &j.beliefAt(l.node, r.slot).own
			u.sure, u.sureAt = u.known && !u.doubt, u.upper
		}
	}
}

// ownStashTold: a transaction's end may have told the controller of what makes the
// mapping untrue.
func (j *Judges) ownStashTold(l *life) {
	for i := range j.things {
		if j.mapping(int32(i)) {
			j.beliefAt(l.node, int32(i)).own.sure = false
		}
	}
}

// s8Own compares a view with the controller's own reads, and is where the one whose
// read is out holds the collection.
func (j *Judges) s8Own(l *life, b *belief) frontier.Frontier {
	held := empty()
	if v := &b.view; v.OwnReads < 0 || v.OwnReads > 0 && !j.mapping(j.slotOf(v.ID)) {
		j.violate(s8, l.node, "%v: the controller counts %d reads of its own", v.ID, v.OwnReads)
	}
	for i := range j.own {
		r := &j.own[i]
		if r.life == b.life && j.things[r.slot].id == b.view.ID && r.effect != 0 && r.op == persist.OpSnapshot && l.mono < r.deadline && b.view.Phase == core.ShardOpen {
			held = at(r.asOf)
		}
	}
	return held
}
