package invariants

import "example.com/tidemark/core"

// What waits for nothing outside is answered in the step in which nothing is in its way any
// more: no operation on what it names stands in the queue, and the shards that it needs are
// open or lost (C-7, C-10). What is in the way of others is in nobody else's way.

// promptly reports an operation that is answered at once, from memory.
func promptly(op core.RequestOp) bool {
	switch op {
	case core.RequestUpdateUppers, core.RequestAcquireHold, core.RequestRenewHold, core.RequestMoveHold, core.RequestReleaseHold,
		core.RequestUpdateCapabilities, core.RequestCollection, core.RequestPrepareExport, core.RequestRenewToken,
		core.RequestCancelToken, core.RequestExport:
		return true
	default:
		return false
	}
}

// l5Prompt judges, when a step is over in which a request came or something ended that may
// have been in the way of others, who still waits.
func (j *Judges) l5Prompt() {
	j.prompt = false
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || !promptly(q.r.Op) && (q.r.Op != core.RequestSetPolicy || q.step != j.step) {
			continue
		}
		l := j.lifeOf(q.life)
		if l == nil || l.ended || l.halted || !l.served || l.withdrawn || j.anyInTheWay(l, q) {
			continue
		}
		j.checked[l5]++
		if q.r.Op == core.RequestSetPolicy {
			j.inForce(l, q)
			continue
		}
		j.violate(l5, l.node, "%v (request %d) is not answered in the step in which nothing is in its way any more", q.r.Op, q.r.ID)
	}
}

// inForce judges that policies which were set in this step, and not refused, are in force
// (C-42).
func (j *Judges) inForce(l *life, q *request) {
	for k := range q.r.Policies {
		id := q.r.Policies[k].ID
		if !usable(id) || j.slotOf(id) < 0 {
			continue
		}
		if b := j.beliefAt(l.node, j.slotOf(id)); b.present && !samePolicy(b.view.Policy, lastPolicy(&q.r, id)) {
			j.violate(s11, l.node, "%v: a read policy was set (request %d), nothing is in its way, and it is not in force in that step", id, q.r.ID)
			return
		}
	}
}

// anyInTheWay reports that a request may have to wait.
func (j *Judges) anyInTheWay(l *life, q *request) bool {
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			break
		}
		if j.inTheWay(l, q.r.Op, id) {
			return true
		}
	}
	switch q.r.Op {
	case core.RequestPrepareExport, core.RequestRenewToken:
		// They wait for the transaction that is out, if it is about their id in any way.
		return j.inTheWay(l, q.r.Op, q.r.From) || j.othersName(q, q.r.GlobalID)
	default:
		return false
	}
}

func (j *Judges) inTheWay(l *life, op core.RequestOp, id core.GlobalID) bool {
	if !usable(id) || j.slotOf(id) < 0 {
		return false
	}
	b, t := j.beliefAt(l.node, j.slotOf(id)), &j.things[j.slotOf(id)]
	switch {
	case b.control > 0, t.created && !t.dropped && !b.present && !b.gone:
		return true
	case op == core.RequestUpdateUppers || op == core.RequestSetPolicy:
		return false
	}
	return b.present && b.view.Phase == core.ShardOpening
}
