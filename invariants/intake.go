package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// requested notes a request and what was true when it arrived.
func (j *Judges) requested(o *Observation) {
	l := j.lifeOf(o.Incarnation)
	if l == nil || l.ended {
		return
	}
	j.active = true
	l.mono = o.Now.Mono
	if i := j.findRequest(o.Incarnation, o.Request.ID); i >= 0 {
		j.requests[i].again++
		j.repeated = append(j.repeated, i)
		j.checked[s12]++
		j.met[s12]++
		return
	}
	j.prompt = true
	q := j.requestAt(o, l)
	i := j.findRequest(o.Incarnation, o.Request.ID)
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			break
		}
		if !usable(id) {
			q.anyMissing = true
			continue
		}
		t := &j.things[j.slotAt(id)]
		q.anyMissing = q.anyMissing || l.epoch != 0 && !t.knownTo(l.epoch)
		q.anyDropped = q.anyDropped || t.droppedFor(l.epoch)
	}
	if usable(q.r.GlobalID) {
		q.slot = j.slotAt(q.r.GlobalID)
		if b := j.beliefAt(o.Node, q.slot); b.present && b.opened {
			q.believed, q.since, q.upper = true, b.view.Since, b.view.Upper
		}
	}
	for k := range q.r.Collections {
		if s := j.slotOf(q.r.Collections[k].Description.Status); q.r.Op == core.RequestCreate && s >= 0 {
			q.lostStatus = q.lostStatus || j.things[s].droppedFor(l.epoch)
		}
	}
	j.forgive(&j.requests[i])
	j.count(&j.requests[i], 1)
	j.intake(i, l)
}

// forgive forgets that an id's creation or drop was refused when it is asked for
// again.
func (j *Judges) forgive(q *request) {
	for k := range q.r.Collections {
		if id := q.r.Collections[k].ID; q.r.Op == core.RequestCreate && usable(id) {
			j.things[j.slotOf(id)].refusedCreate = 0
		}
	}
	for _, id := range q.r.IDs {
		if (q.r.Op == core.RequestDrop || q.r.Op == core.RequestDropExports) && usable(id) {
			j.things[j.slotOf(id)].refusedDrop = 0
		}
	}
}

// intake takes up what a request leaves in the shadow until it is answered.
func (j *Judges) intake(i int32, l *life) {
	q := &j.requests[i]
	switch q.r.Op {
	case core.RequestAppend:
		j.enqueue(i, l)
		j.joinQueue(&j.requests[i], l)
	case core.RequestSetPolicy:
		for k := range q.r.Policies {
			if id := q.r.Policies[k].ID; usable(id) {
				b := j.beliefAt(q.node, j.slotOf(id))
				b.policyOpen++
				b.policyMixed = b.policyMixed || b.policyOpen > 1
			}
		}
	case core.RequestUpdateUppers:
		for k := range q.r.Uppers {
			if u := &q.r.Uppers[k]; usable(u.ID) {
				b := j.beliefAt(q.node, j.slotOf(u.ID))
				b.reported = later(b.reported, u.Upper)
			}
		}
	case core.RequestSnapshot:
		if q.slot >= 0 {
			b := j.beliefAt(q.node, q.slot)
			q.unsure = !b.opened || b.control > 0 || l.withdrawn
			q.nextSnapshot = b.snapshots
			b.snapshots = i
			j.touch(q.node, q.slot, b)
		}
	default:
	}
}

// enqueue makes entries of an append's parts; parts of one collection are one.
func (j *Judges) enqueue(i int32, l *life) {
	last := int32(-1)
	ordered := !j.parked(&j.requests[i], l)
	for k := range j.requests[i].r.Appends {
		a := &j.requests[i].r.Appends[k]
		if !usable(a.ID) {
			continue
		}
		slot := j.slotOf(a.ID)
		if e := j.entryOf(&j.requests[i], slot); e >= 0 {
			j.joinPart(e, a, l)
			continue
		}
		e := j.newEntry()
		q := &j.requests[i]
		j.seq++
		n := &j.entries[e]
		n.request, n.life, n.slot, n.seq = i, q.life, slot, j.seq
		n.upper, n.updates, n.data = a.Upper, a.Updates, len(a.Updates) > 0
		n.least = leastTime(a.Updates)
		n.bytes, n.ordered = bytesOf(a.Updates), ordered
		l.queued++
		l.bytes += n.bytes
		if last < 0 {
			q.firstEntry = e
		} else {
			j.entries[last].nextInRequest = e
		}
		last = e
		b := j.beliefAt(q.node, slot)
		j.enlist(b, e)
	}
}

// parked reports that a request may have to wait, whole, for the boot or for a
// control operation about one of its ids (C-7).
func (j *Judges) parked(q *request, l *life) bool {
	if !l.served || l.withdrawn {
		return true
	}
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			return false
		}
		if usable(id) && j.beliefAt(q.node, j.slotOf(id)).control > 0 {
			return true
		}
	}
}

func (j *Judges) entryOf(q *request, slot int32) int32 {
	for e := q.firstEntry; e >= 0; e = j.entries[e].nextInRequest {
		if j.entries[e].slot == slot {
			return e
		}
	}
	return -1
}

func (j *Judges) joinPart(e int32, a *core.Append, l *life) {
	n := &j.entries[e]
	n.upper = later(n.upper, a.Upper)
	if len(a.Updates) == 0 {
		return
	}
	joined := make([]relation.Update, 0, len(n.updates)+len(a.Updates))
	n.updates = append(append(joined, n.updates...), a.Updates...)
	n.data, n.least = true, leastTime(n.updates)
	more := bytesOf(a.Updates)
	n.bytes += more
	l.bytes += more
}

func leastTime(updates []relation.Update) frontier.Timestamp {
	least := frontier.Timestamp(1<<64 - 1)
	for i := range updates {
		least = min(least, updates[i].Time)
	}
	return least
}

func bytesOf(updates []relation.Update) int64 {
	var n int64
	for i := range updates {
		n += int64(len(updates[i].Data))
	}
	return n
}

// cancelled notes that a client gave a request up.
func (j *Judges) cancelled(o *Observation) {
	j.active = true
	if l := j.lifeOf(o.Incarnation); l != nil {
		l.mono = o.Now.Mono
	}
	if i := j.findRequest(o.Incarnation, o.RequestID); i >= 0 {
		q := &j.requests[i]
		q.cancelled = true
		j.cancels = append(j.cancels, cancel{i, q.serial})
	}
}
