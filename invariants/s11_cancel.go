package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/stash"
)

// cancel is a cancel that was delivered in this step.
type cancel struct {
	request int32
	serial  uint64
}

// controlSent notes that a transaction is out: each control operation that is open may
// be in it, also one that has nothing to write, and can no longer be cancelled.
func (j *Judges) controlSent(l *life, c *stash.Call) {
	if c.Op != stash.OpCommit {
		return
	}
	j.writesFor(j.nodes[l.node].life, c)
	for i := range j.requests {
		q := &j.requests[i]
		if q.used && q.life == j.nodes[l.node].life && reserves(q.r.Op) {
			q.maybeSent = true
		}
	}
}

// s11Cancelled judges, when the step is over, that what was cancelled is answered
// if nothing of it was sent (C-5).
func (j *Judges) s11Cancelled() {
	for _, c := range j.cancels {
		q := &j.requests[c.request]
		if !q.used || q.serial != c.serial {
			continue
		}
		l := j.lifeOf(q.life)
		if l == nil || l.ended || l.halted {
			continue
		}
		j.checked[s11]++
		if j.surelyUnsent(l, q) {
			j.violate(s11, l.node, "%v (request %d) was cancelled before anything of it was sent, and is not answered", q.r.Op, q.r.ID)
		}
	}
	j.cancels = j.cancels[:0]
}

// surelyUnsent reports that nothing of an open request can be out or durable.
func (j *Judges) surelyUnsent(l *life, q *request) bool {
	switch q.r.Op {
	case core.RequestSnapshot:
		// Whose reader it is that goes out cannot always be told; before the upper has
		// passed its time it has none.
		return !q.sent && !complete(j.beliefAt(l.node, q.slot).view.Upper, q.r.AsOf)
	case core.RequestAppend:
		if q.sent {
			return false
		}
		for k := q.firstEntry; k >= 0; k = j.entries[k].nextInRequest {
			e := &j.entries[k]
			// A write that is out may be made of others' equal updates.
			if e.landed || e.batch >= 0 || j.anyOut(e.slot, e.life) {
				return false
			}
			// What only advances may have gone out with others' updates, which led further;
			// and of what had to wait it cannot be told when it came into its queue.
			if (!e.data || !e.ordered) && j.beliefAt(l.node, e.slot).wroteStep >= q.step {
				return false
			}
		}
		return q.firstEntry >= 0
	case core.RequestCreate:
		return !q.maybeSent && j.anyNew(l, q)
	case core.RequestDrop:
		return !q.maybeSent && j.anyLiving(l, q)
	case core.RequestAlter, core.RequestCreateExports, core.RequestAlterExports, core.RequestDropExports:
		return !q.maybeSent
	case core.RequestSetPolicy, core.RequestDump:
		return false
	default:
		return true
	}
}

func (j *Judges) anyOut(slot int32, incarnation uint32) bool {
	s := j.things[slot].shard
	if s < 0 {
		return false
	}
	for i := j.shards[s].batches; i >= 0; i = j.batches[i].nextInShard {
		if b := &j.batches[i]; b.life == incarnation && !b.closed {
			return true
		}
	}
	return false
}

// anyNew reports that a create names something that is not durable, so that its
// transaction is yet to come.
func (j *Judges) anyNew(l *life, q *request) bool {
	for k := range q.r.Collections {
		if id := q.r.Collections[k].ID; usable(id) && !j.things[j.slotOf(id)].created {
			return true
		}
	}
	return false
}

// anyLiving reports the same of a drop.
func (j *Judges) anyLiving(l *life, q *request) bool {
	for _, id := range q.r.IDs {
		if t := j.slotOf(id); usable(id) && t >= 0 && j.things[t].created && !j.things[t].dropped {
			return true
		}
	}
	return false
}
