package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/stash"
)

func docS11() Doc {
	return Doc{
		Name: "S11", Title: "call atomicity",
		Statement: "A request that gets a definite error has changed nothing: no policy, hold, collection or durable entry is its doing. Every error has its reason in what was asked, what is durable and what the limits are, and no request succeeds that the rules refuse. What is written to the stash was asked for by an open request. A policy is installed whole, is durable when it is acknowledged and is in force again after a restart.",
		Meaning:   "A client that was refused, and so repeats or gives up, finds that half of what it asked for happened; or a correct request is refused.",
		Met:       "a request was refused",
	}
}

// s11Moved judges that a policy changes only by a request that asks for it.
func (j *Judges) s11Moved(l *life, slot int32, b *belief, v *core.CollectionView) {
	if samePolicy(v.Policy, b.view.Policy) {
		return
	}
	j.checked[s11]++
	if t := &j.things[slot]; !b.opened && len(b.view.Policy.Nodes) == 0 &&
		(validFrom(v) || t.policyEpoch > l.epoch || t.hasPolicy && samePolicy(t.policy, v.Policy)) {
		return
	}
	b.policyStep, b.policyBy = j.step, 0
	asked := 0
	if b.policyOpen > 0 {
		for i := range j.requests {
			q := &j.requests[i]
			if q.used && q.node == l.node && q.r.Op == core.RequestSetPolicy && samePolicy(lastPolicy(&q.r, v.ID), v.Policy) {
				b.policyBy = q.serial
				asked++
			}
		}
	}
	if asked == 0 {
		j.violate(s11, l.node, "%v has another read policy, and no open request asks for it", v.ID)
	}
	if asked > 1 {
		b.policyBy = 0 // whose it is cannot be told
	}
}

// validFrom reports the policy that a collection has when none was set (C-24):
// valid from where its implied capability starts.
func validFrom(v *core.CollectionView) bool {
	n := v.Policy.Nodes
	return len(n) == 1 && n[0].Kind == core.PolicyValidFrom && (n[0].From == v.Implied || v.Dropped)
}

func lastPolicy(r *core.Request, id core.GlobalID) core.Policy {
	for i := len(r.Policies) - 1; i >= 0; i-- {
		if r.Policies[i].ID == id {
			return r.Policies[i].Policy
		}
	}
	return core.Policy{}
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

// s11Opened judges the policy of a collection whose shard comes into use: the
// durable one, or, if none was set, valid from where it starts.
func (j *Judges) s11Opened(l *life, slot int32, b *belief, v *core.CollectionView) {
	t := &j.things[slot]
	if b.policyOpen > 0 || v.Dropped || t.policyEpoch > l.epoch {
		return
	}
	if t.hasPolicy && !samePolicy(t.policy, v.Policy) {
		j.violate(s11, l.node, "%v is taken up with another read policy than the durable one", v.ID)
	}
	if !t.hasPolicy && !validFrom(v) {
		j.violate(s11, l.node, "%v is taken up with a read policy, but none was set", v.ID)
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
	i, n := j.openNaming(incarnation, core.RequestDrop, t.id)
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

func (j *Judges) s11PolicyWritten(l *life, incarnation uint32, t *thing, slot int32, w *stash.Write) {
	j.checked[s11]++
	p, ok := policyOf(w.Value)
	if w.Kind == stash.WriteDelete || !ok || !policyWellFormed(p) {
		j.violate(s11, l.node, "the stash gets a read policy of %v that is none", t.id)
		return
	}
	t.policy, t.hasPolicy, t.policyEpoch = p, true, l.epoch
	if l.ended || l.halted {
		return
	}
	if b := j.beliefAt(l.node, slot); b.present && !samePolicy(p, b.view.Policy) && b.policyOpen == 0 {
		j.violate(s11, l.node, "the stash gets a read policy of %v that is not the one in force", t.id)
	}
	_ = incarnation
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

// s11PolicyAnswered judges the answer to a set-policy: what is acknowledged is in
// force and durable, what is refused is not.
func (j *Judges) s11PolicyAnswered(l *life, q *request, r *core.Response) {
	for k := range q.r.Policies {
		id := q.r.Policies[k].ID
		if !usable(id) {
			continue
		}
		slot := j.slotOf(id)
		b := j.beliefAt(l.node, slot)
		b.policyOpen--
		last := b.policyOpen == 0
		if r.Err.Code == core.Ok && last && b.present && !b.view.Dropped && b.view.Phase != core.ShardFailed {
			j.policyStands(l, q, slot, b)
		}
		if last {
			b.policyMixed = false
		}
		if r.Err.Code != core.Ok && r.Err.Definite && b.policyStep == j.step && b.policyBy == q.serial {
			j.violate(s11, l.node, "%v: a read policy is refused as %v, but it is in force", id, r.Err.Code)
		}
	}
}

// policyStands judges the policy of a collection when nothing more is asked of it:
// what is in force is durable, and is what was asked for unless several requests
// were open at once.
func (j *Judges) policyStands(l *life, q *request, slot int32, b *belief) {
	t := &j.things[slot]
	if t.policyEpoch > l.epoch {
		return // a newer epoch's
	}
	if !t.hasPolicy || !samePolicy(t.policy, b.view.Policy) {
		j.violate(s11, l.node, "%v: a read policy is acknowledged, but the one in force is not durable", t.id)
		return
	}
	if !b.policyMixed && !samePolicy(t.policy, lastPolicy(&q.r, t.id)) {
		j.violate(s11, l.node, "%v: a read policy is acknowledged, but another one is in force", t.id)
	}
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
		j.s9Restarted(l)
		return
	}
	j.met[s11]++
	if !j.justified(l, q, &r.Err) {
		which := s11
		if r.Err.Code == core.IdentifierMissing || r.Err.Code == core.SourceIDReused {
			which = s9
		}
		j.violate(which, l.node, "%v (request %d) is refused as %v %v without a reason: %s", q.r.Op, q.r.ID, r.Err.Code, r.Err.IDs, j.describeRequest(q))
	}
	j.s11Definite(l, q, &r.Err)
}

// s11Definite judges that a definite error has left nothing behind.
func (j *Judges) s11Definite(l *life, q *request, e *core.Error) {
	if !e.Definite {
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
	case core.RequestDrop:
		for _, id := range q.r.IDs {
			if usable(id) {
				t := &j.things[j.slotOf(id)]
				if _, n := j.openNaming(q.life, q.r.Op, id); n <= 1 {
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
	case core.RequestCreate, core.RequestAppend, core.RequestSetPolicy, core.RequestAcquireHold, core.RequestSnapshot:
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
		case core.RequestDrop:
			t.unsureDrop = q.life
		default:
		}
	}
}
