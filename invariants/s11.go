package invariants

import (
	"example.com/tidemark/core"
)

func docS11() Doc {
	return Doc{
		Name: "S11", Title: "call atomicity",
		Statement: "A request that gets a definite error has changed nothing: no policy, hold, collection or durable entry is its doing. Every error has its reason in what was asked, what is durable and what the limits are, and no request succeeds that the rules refuse. A controller proves its leadership in time, so that it need not refuse holds as NotLeader while nothing stands in the way. What is written to the stash was asked for by an open request. A policy is installed whole, is durable when it is acknowledged and is in force again after a restart. What is cancelled is answered in that step if nothing of it was sent, and what was not sent is refused for certain. No request is answered before the outcome of an operation on an id of its own that came before it; a policy is in force in the step in which nothing of that kind is in its way. The step that refuses a request moves nothing, and the error tells the ids, the frontier and the limit that it ran into.",
		Meaning:   "A client that was refused, and so repeats or gives up, finds that half of what it asked for happened; or a correct request is refused.",
		Met:       "a request was refused",
	}
}

// s11Installed judges what a collection is when an incarnation takes it up.
func (j *Judges) s11Installed(l *life, slot int32, b *belief, v *core.CollectionView) {
	j.checked[s11]++
	t := &j.things[slot]
	if b.gone {
		j.violate(s9, l.node, "%v is back after it was forgotten", v.ID)
	}
	if !t.knownTo(l.epoch) {
		j.violate(s11, l.node, "%v is in memory, but no transaction has made it", v.ID)
		return
	}
}

// s11CreateWritten judges that a collection which becomes durable was asked for.
func (j *Judges) s11CreateWritten(l *life, incarnation uint32, t *thing) {
	j.checked[s11]++
	if t.refusedCreate == incarnation && t.unsureCreate != incarnation {
		j.violate(s11, l.node, "%v becomes durable after its creation was refused with a definite error", t.id)
	}
	if i, _ := j.openNaming(incarnation, core.RequestCreate, t.id); i < 0 && !l.ended && !l.halted {
		j.violate(s11, l.node, "%v becomes durable, and no open request creates it", t.id)
	}
}

// s11Described judges a new collection's durable description against the requests
// that are open, and notes whose it is if only one can be.
func (j *Judges) s11Described(l *life, incarnation uint32, t *thing) {
	n := 0
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || q.life != incarnation || q.r.Op != core.RequestCreate {
			continue
		}
		for k := range q.r.Collections {
			if c := &q.r.Collections[k]; c.ID == t.id && sameDescription(&c.Description, &t.description) {
				t.createdBy, t.createdLife = q.serial, incarnation
				n++
				break
			}
		}
	}
	if n > 1 {
		t.createdBy, t.createdLife = 0, 0
	}
	if n == 0 && !l.ended && !l.halted {
		j.violate(s11, l.node, "%v becomes durable with a description that no open request has", t.id)
	}
}

func (j *Judges) s11DropWritten(l *life, incarnation uint32, t *thing) {
	j.checked[s11]++
	if t.refusedDrop == incarnation && t.unsureDrop != incarnation {
		j.violate(s11, l.node, "%v is durably dropped after its drop was refused with a definite error", t.id)
	}
	op := core.RequestDrop
	if t.export != 0 {
		op = core.RequestDropExports
	}
	i, n := j.openNaming(incarnation, op, t.id)
	if i < 0 {
		if !l.ended && !l.halted {
			j.violate(s9, l.node, "%v is durably dropped, and no open request drops it", t.id)
		}
		return
	}
	if n == 1 {
		t.droppedBy, t.droppedLife = j.requests[i].serial, incarnation
	}
}

// openNaming is an open request of this operation that names the id (or -1), and
// how many there are.
func (j *Judges) openNaming(incarnation uint32, op core.RequestOp, id core.GlobalID) (at int32, n int) {
	at = -1
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || q.life != incarnation || q.r.Op != op {
			continue
		}
		for k := 0; ; k++ {
			named, ok := namedID(&q.r, k)
			if !ok {
				break
			}
			if named == id {
				at = int32(i)
				n++
				break
			}
		}
	}
	return at, n
}

// s11Answered judges an answer: an error must have its reason, a success must have
// none.
func (j *Judges) s11Answered(l *life, q *request, r *core.Response) {
	j.checked[s11]++
	if r.Err.Code == core.Ok {
		if why := j.refusable(l, q); why != "" {
			j.violate(s11, l.node, "%v (request %d) succeeds although %s", q.r.Op, q.r.ID, why)
		}
		if q.anyDropped && usesLive(&q.r) {
			j.violate(s9, l.node, "%v (request %d) succeeds although what it names was dropped before", q.r.Op, q.r.ID)
		}
		j.s9Overtaken(l, q)
		j.s9Restarted(l)
		return
	}
	j.met[s11]++
	if !j.justified(l, q, &r.Err) {
		which := s11
		if r.Err.Code == core.ReadBeforeSince && q.r.Op == core.RequestSnapshot {
			which = s2
		}
		if r.Err.Code == core.SourceIDReused || r.Err.Code == core.IdentifierMissing && j.deniesLiving(l, &r.Err) {
			which = s9
		}
		j.violate(which, l.node, "%v (request %d) is refused as %v %v without a reason: %s", q.r.Op, q.r.ID, r.Err.Code, r.Err.IDs, j.describeRequest(q))
	}
	j.s11Definite(l, q, &r.Err)
	j.s11Unmoved(l, q, &r.Err)
	j.s11Details(l, q, &r.Err)
}

// deniesLiving reports that an error takes something for missing which lives. Else
// what was asked was judged wrongly, and no identity is in danger.
func (j *Judges) deniesLiving(l *life, e *core.Error) bool {
	for _, id := range e.IDs {
		if !usable(id) || j.slotOf(id) < 0 {
			continue
		}
		if t := &j.things[j.slotOf(id)]; t.knownTo(l.epoch) && !t.droppedFor(l.epoch) {
			return true
		}
	}
	return false
}

// s11Definite judges that a definite error has left nothing behind.
func (j *Judges) s11Definite(l *life, q *request, e *core.Error) {
	if !e.Definite {
		if j.surelyUnsent(l, q) {
			j.violate(s11, l.node, "%v (request %d) is refused as %v, and not for certain, although nothing of it was sent", q.r.Op, q.r.ID, e.Code)
		}
		j.leftOpen(q)
		switch e.Code {
		case core.Halted, core.Cancelled, core.DeadlineExceeded, core.IOError:
		default:
			if q.r.Op != core.RequestAppend {
				j.violate(s11, l.node, "%v (request %d) is refused as %v, but not for certain", q.r.Op, q.r.ID, e.Code)
			}
		}
		return
	}
	switch e.Code {
	case core.Halted, core.Cancelled, core.DeadlineExceeded:
		if j.surelySentOut(q) {
			j.violate(s11, l.node, "%v (request %d) is answered %v for certain, but something of it was sent", q.r.Op, q.r.ID, e.Code)
			return
		}
	default:
	}
	switch q.r.Op {
	case core.RequestCreate:
		for k := range q.r.Collections {
			if id := q.r.Collections[k].ID; usable(id) {
				t := &j.things[j.slotOf(id)]
				if _, n := j.openNaming(q.life, q.r.Op, id); n <= 1 {
					t.refusedCreate = q.life
				}
				if t.created && t.createdBy == q.serial {
					j.violate(s11, l.node, "the creation of %v is refused as %v, but it is durable", id, e.Code)
				}
			}
		}
	case core.RequestDrop, core.RequestDropExports:
		for _, id := range q.r.IDs {
			if usable(id) {
				t := &j.things[j.slotOf(id)]
				// That an export of this name could not be dropped says nothing of a collection.
				if _, n := j.openNaming(q.life, q.r.Op, id); n <= 1 && (q.r.Op == core.RequestDropExports) == (t.export != 0) {
					t.refusedDrop = q.life
				}
				if t.dropped && t.droppedBy == q.serial {
					j.violate(s11, l.node, "the drop of %v is refused as %v, but it is durable", id, e.Code)
				}
			}
		}
	default:
	}
}

// usesLive reports an operation that a dropped id refuses (C-28).
func usesLive(r *core.Request) bool {
	switch r.Op {
	case core.RequestCreate, core.RequestAppend, core.RequestSetPolicy, core.RequestAcquireHold, core.RequestSnapshot,
		core.RequestAlter, core.RequestPrepareExport, core.RequestCreateExports, core.RequestAlterExports:
		return true
	default:
		return false
	}
}

// s9Restarted judges, at the first success of an incarnation, that it has taken up
// everything durable that lives.
func (j *Judges) s9Restarted(l *life) {
	if l.served || !l.known {
		return
	}
	l.served = true
	for i := range j.things {
		t := &j.things[i]
		if !t.created || t.createdEpoch >= l.epoch || t.droppedFor(l.epoch) {
			continue
		}
		j.checked[s9]++
		if b := j.beliefAt(l.node, int32(i)); !b.present {
			j.violate(s9, l.node, "%v lives durably, but the controller of epoch %d has not taken it up", t.id, l.epoch)
		}
	}
}

// leftOpen notes that an answer did not say whether an id was created or dropped.
func (j *Judges) leftOpen(q *request) {
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			return
		}
		if !usable(id) {
			continue
		}
		switch t := &j.things[j.slotOf(id)]; q.r.Op {
		case core.RequestCreate:
			t.unsureCreate = q.life
		case core.RequestDrop, core.RequestDropExports:
			t.unsureDrop = q.life
		default:
		}
	}
}
