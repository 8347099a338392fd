package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/stash"
)

// Creates and drops are judged in the order of arrival, and what names an id waits for
// those about it that came before (C-7): what has to be so at a request's turn follows
// from what arrived before it.

// surelyOut is the token of an id, if one is out for certain: it has not lapsed, and no
// other request that is open may have ended it.
func (j *Judges) surelyOut(l *life, q *request, id core.GlobalID) *preparedExport {
	t := j.prepared(q.life, id)
	if t == nil || t.or >= 0 || l.mono >= t.lapses || j.othersName(q, id) {
		return nil
	}
	return t
}

// goneBefore reports that an id was dropped before a request's turn for certain: its
// drop was durable when the request arrived, or arrived before it.
func (j *Judges) goneBefore(l *life, q *request, id core.GlobalID) bool {
	if !usable(id) || j.slotOf(id) < 0 {
		return false
	}
	t := &j.things[j.slotOf(id)]
	return t.droppedFor(l.epoch) && (t.droppedStep < q.step || t.droppedLife == q.life && t.droppedBy != 0 && t.droppedBy < q.serial)
}

// refersToLost is why something new that a request makes should have been refused
// because of what it refers to, or nothing.
func (j *Judges) refersToLost(l *life, q *request) string {
	r := &q.r
	for k := range r.Collections {
		c := &r.Collections[k]
		if t := &j.things[j.slotAt(c.ID)]; t.createdBy != q.serial || t.createdLife != q.life {
			continue
		}
		if j.goneBefore(l, q, c.Description.Status) {
			return "its status collection was dropped before"
		}
		if g := c.Description.Ingestion; g != nil && slices.ContainsFunc(g.Imports, func(id core.GlobalID) bool { return j.goneBefore(l, q, id) }) {
			return "what it reads was dropped before"
		}
	}
	if r.Op == core.RequestPrepareExport && j.goneBefore(l, q, r.From) {
		return "its input was dropped before"
	}
	return ""
}

// refusableExports is why a create of exports that succeeded should have been refused
// because of one that is new, or nothing.
func (j *Judges) refusableExports(l *life, q *request) string {
	for k := range q.r.Exports {
		s := &q.r.Exports[k]
		e := j.exportOf(s.ID, l.epoch)
		if e == nil || e.epoch != l.epoch || e.ackStep != 0 {
			continue
		}
		if t := j.surelyOut(l, q, s.ID); t != nil && (t.token != s.Token || t.from != j.slotOf(s.Description.From)) {
			return "the token that is out is another one, or for another input"
		}
		if j.goneBefore(l, q, s.Description.From) || j.goneBefore(l, q, s.Description.Status) {
			return "what it reads, or its status collection, was dropped before"
		}
	}
	return ""
}

// unreadableInput is why an alter-exports that succeeded should have been refused: an
// input that cannot be read where an export goes on (C-36), or nothing. What the
// controller knows of the progress is not ahead of what is durable.
func (j *Judges) unreadableInput(l *life, q *request) string {
	for k := range q.r.Exports {
		s := &q.r.Exports[k]
		at := j.sinkNamed(s.ID)
		if at < 0 || j.slotOf(s.Description.From) < 0 {
			continue
		}
		e := &j.hosting.exports[at]
		b := j.beliefAt(l.node, j.slotOf(s.Description.From))
		if !e.live() || e.unjudged || e.wrong || e.from != s.Description.From || !b.present || !b.opened || b.view.Phase != core.ShardOpen {
			continue
		}
		if !atMost(b.view.Since, e.needs()) {
			return "an export goes on before what it is to read can be read"
		}
	}
	return ""
}

// s11Missing judges what a refusal as missing names, and that it was given at the
// request's turn.
func (j *Judges) s11Missing(l *life, q *request, e *core.Error) {
	switch q.r.Op {
	case core.RequestDrop, core.RequestDropExports:
		for _, id := range q.r.IDs {
			if usable(id) && !slices.Contains(e.IDs, id) && j.neverKnown(q, id) {
				j.violate(s11, l.node, "%v (request %d) is refused because of %v, and does not name %v, which was never known either", q.r.Op, q.r.ID, e.IDs, id)
				return
			}
		}
	case core.RequestCreate, core.RequestAlter:
	default:
		for _, id := range e.IDs {
			if i := j.createdFirst(q, id); i >= 0 {
				j.violate(s11, l.node, "%v (request %d) is refused because %v is missing, and does not wait for request %d, which came before and creates it",
					q.r.Op, q.r.ID, id, j.requests[i].r.ID)
				return
			}
		}
	}
}

// neverKnown reports that nothing of this name can ever have been there.
func (j *Judges) neverKnown(q *request, id core.GlobalID) bool {
	s := j.slotOf(id)
	if s < 0 {
		return true
	}
	t := &j.things[s]
	return !t.created && !t.dropped && t.export == 0 && !j.maybePrepared(q, id)
}

// createdFirst is an open create of an id that nobody has created yet, which arrived
// before a request; −1 if there is none.
func (j *Judges) createdFirst(q *request, id core.GlobalID) int32 {
	if !usable(id) || j.slotOf(id) < 0 {
		return -1
	}
	if t := &j.things[j.slotOf(id)]; t.created || t.dropped || t.export != 0 {
		return -1
	}
	for i := range j.requests {
		o := &j.requests[i]
		if o.used && o.life == q.life && o.serial < q.serial && o.r.Op == core.RequestCreate && specOf(&o.r, id) != nil {
			return int32(i)
		}
	}
	return -1
}

// s9Overtaken judges that a request which uses an id does not overtake a drop of it
// that came before: until that is answered, it waits.
func (j *Judges) s9Overtaken(l *life, q *request) {
	if !usesLive(&q.r) || q.r.Op == core.RequestAppend && len(q.r.Appends) == 0 || l.controls == 0 {
		return
	}
	for i := range j.requests {
		o := &j.requests[i]
		if !o.used || o.life != q.life || o.serial >= q.serial || o.r.Op != core.RequestDrop {
			continue
		}
		for _, id := range o.r.IDs {
			if namesID(&q.r, id) {
				j.violate(s9, l.node, "%v (request %d) of %v succeeds although request %d, which came before and drops it, is not answered", q.r.Op, q.r.ID, id, o.r.ID)
				return
			}
		}
	}
}

// s11Overtakes judges that an answer which was given at a request's turn does not come before
// the outcome of an operation on an id of its own that stood in the queue when it arrived
// (C-7): a drop and a move are answered with it; what a create makes is durable then.
func (j *Judges) s11Overtakes(l *life, q *request, code core.ErrorCode) {
	switch code {
	case core.Cancelled, core.Halted, core.DeadlineExceeded, core.InvalidRequest, core.Overloaded, core.RequestIDOpen:
		return
	default:
	}
	if q.r.Op == core.RequestRenewHold && q.r.Hold == 0 {
		return // it names no id
	}
	waits := func(id core.GlobalID) bool {
		if !usable(id) || j.slotOf(id) < 0 || j.beliefAt(l.node, j.slotOf(id)).control == 0 {
			return false
		}
		j.checked[s11]++
		i := j.queuedBefore(q, id)
		if i >= 0 {
			j.violate(s11, l.node, "%v (request %d) of %v is answered before request %d, which came before and is about it", q.r.Op, q.r.ID, id, j.requests[i].r.ID)
		}
		return i >= 0
	}
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok || waits(id) {
			return
		}
	}
}

// queuedBefore is an operation on an id that came before a request and has no outcome yet for
// certain; −1 if there is none.
func (j *Judges) queuedBefore(q *request, id core.GlobalID) int32 {
	for i := range j.requests {
		o := &j.requests[i]
		if !o.used || o.life != q.life || o.serial >= q.serial || !namesID(&o.r, id) {
			continue
		}
		switch o.r.Op {
		case core.RequestDrop, core.RequestAlter, core.RequestDropExports:
			return int32(i)
		case core.RequestCreate:
			if t := &j.things[j.slotOf(id)]; !t.created && !t.dropped && t.export == 0 {
				return int32(i)
			}
		default:
		}
	}
	return -1
}

// surelySentOut reports that something of an open request went out for certain, so that
// no answer can be definite about it (C-8).
func (j *Judges) surelySentOut(q *request) bool {
	if q.r.Op != core.RequestSnapshot {
		return q.surelySent
	}
	for i := range j.readings {
		r := &j.readings[i]
		if r.used && r.request >= 0 && j.requests[r.request].serial == q.serial {
			return r.state != readWaiting && !r.mixed
		}
	}
	return false
}

// namesID reports that a request is about an id.
func namesID(r *core.Request, id core.GlobalID) bool {
	for k := 0; ; k++ {
		named, ok := namedID(r, k)
		if !ok || named == id {
			return ok
		}
	}
}

// writesFor notes which of the open requests a transaction certainly is for: what it
// writes is asked for by one of them only.
func (j *Judges) writesFor(incarnation uint32, c *stash.Call) {
	for i := range c.Writes {
		w := &c.Writes[i]
		op := core.RequestNone
		switch {
		case w.Collection == stash.CollectionMetadata && w.Kind == stash.WriteInsert:
			op = core.RequestCreate
		case w.Collection == stash.CollectionExports && w.Kind == stash.WriteInsert:
			op = core.RequestCreateExports
		case w.Collection == stash.CollectionDropped:
			op = core.RequestDrop
		}
		id, ok := idOfKey(w.Key)
		if op == core.RequestNone || !ok {
			continue
		}
		at, n := j.openNaming(incarnation, op, id)
		if n == 0 && op == core.RequestDrop {
			at, n = j.openNaming(incarnation, core.RequestDropExports, id)
		}
		if n == 1 {
			j.requests[at].surelySent = true
		}
	}
}
