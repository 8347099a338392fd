package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

// responded judges an answer and takes up what it settles.
func (j *Judges) responded(o *Observation) {
	l := j.lifeOf(o.Incarnation)
	if l == nil || l.ended {
		return
	}
	j.active = true
	l.mono = o.Now.Mono
	r := o.Response
	i := j.findRequest(o.Incarnation, r.Request)
	if i < 0 {
		j.s12Unknown(o)
		return
	}
	q := &j.requests[i]
	j.s7Epoch(l, r)
	if q.again > 0 && repeats(r) {
		q.again--
		return
	}
	if l.halted && r.Err.Code != core.Halted && o.Step != l.haltStep {
		j.violate(s12, l.node, "a halted controller answered request %d with %v", r.Request, r.Err.Code)
	}
	if q.r.Op == core.RequestAppend {
		j.s5Answered(l, q, r)
	}
	found := len(j.violations)
	if r.Err.Code != core.Ok {
		j.s1HoldRefused(l, q, r)
	}
	if len(j.violations) == found {
		j.s9Answered(l, q, r)
		j.s11Answered(l, q, r)
	}
	switch q.r.Op {
	case core.RequestSnapshot:
		j.s2Answered(l, q, r)
	case core.RequestCollection:
		if r.Err.Code == core.Ok && q.slot >= 0 {
			j.s4Info(l, j.beliefAt(l.node, q.slot), q, &r.Info)
		}
	case core.RequestAcquireHold, core.RequestRenewHold, core.RequestMoveHold, core.RequestReleaseHold,
		core.RequestUpdateCapabilities:
		j.holdAnswered(l, q, r)
	case core.RequestSetPolicy:
		j.s11PolicyAnswered(l, q, r)
	case core.RequestUpdateUppers:
		if r.Err.Code == core.Ok {
			j.l6Reported(l, q)
		}
	case core.RequestAppend, core.RequestCreate, core.RequestDrop, core.RequestDump, core.RequestNone, core.RequestOpCount:
	}
	j.controlAnswered(l, q, r)
	j.s16Answered(l, q, r)
	j.closeRequest(i)
}

// controlAnswered notes whether cancelled operations may still stand in the queue.
func (j *Judges) controlAnswered(l *life, q *request, r *core.Response) {
	switch q.r.Op {
	case core.RequestCreate, core.RequestDrop, core.RequestSetPolicy:
	default:
		return
	}
	switch {
	case r.Err.Code == core.Cancelled:
		l.withdrawn, l.withdrawnAt = true, j.step
	case q.step > l.withdrawnAt && passed(q.r.Op, r.Err.Code):
		l.withdrawn = false
	}
}

// passed reports an answer that was given when the operation's turn had come.
func passed(op core.RequestOp, code core.ErrorCode) bool {
	switch code {
	case core.Ok:
		return true
	case core.SourceIDReused, core.IdentifierMissing, core.InvalidDescription:
		return op != core.RequestSetPolicy
	default:
		return false
	}
}

// repeats reports an answer to a request that came under an open id.
func repeats(r *core.Response) bool {
	switch r.Err.Code {
	case core.RequestIDOpen, core.InvalidRequest, core.Overloaded:
		return true
	default:
		return false
	}
}

// s7Epoch judges the epoch that a response carries (C-48).
func (j *Judges) s7Epoch(l *life, r *core.Response) {
	want := uint64(0)
	if l.known {
		want = l.epoch
	}
	if l.maybeKnown && r.Epoch == l.epoch {
		l.known = true
		return
	}
	if r.Epoch != want {
		j.violate(s7, l.node, "request %d is answered with epoch %d, the controller's is %d", r.Request, r.Epoch, want)
	}
}

// holdAnswered takes up a granted, renewed, moved or released hold.
func (j *Judges) holdAnswered(l *life, q *request, r *core.Response) {
	if r.Err.Code != core.Ok {
		return
	}
	switch q.r.Op {
	case core.RequestAcquireHold:
		j.acquired(l, q, r)
	case core.RequestRenewHold:
		j.renewed(l, q, r)
	case core.RequestMoveHold:
		if h := j.ownHold(l, q); h != nil {
			if h.time < q.r.At {
				h.time = q.r.At
			}
			if r.Time != h.time {
				j.violate(s1, l.node, "%v: a hold was moved to %d, the answer says %d", q.r.GlobalID, h.time, r.Time)
			}
			j.touch(l.node, h.slot, j.beliefAt(l.node, h.slot))
		}
	case core.RequestReleaseHold:
		if h := j.ownHold(l, q); h != nil {
			slot := h.slot
			j.removeHold(j.namedHold(l.node, q.r.Owner, q.r.Hold))
			j.touch(l.node, slot, j.beliefAt(l.node, slot))
		}
	case core.RequestUpdateCapabilities:
		j.recounted(l, q)
	default:
	}
}

// ownHold is the hold that a successful request names; a success without one is a
// violation.
func (j *Judges) ownHold(l *life, q *request) *hold {
	i := j.namedHold(l.node, q.r.Owner, q.r.Hold)
	if i < 0 || j.holds[i].slot != q.slot {
		j.violate(s11, l.node, "%v of hold %d of owner %d on %v succeeds, but there is no such hold", q.r.Op, q.r.Hold, q.r.Owner, q.r.GlobalID)
		return nil
	}
	return &j.holds[i]
}

func (j *Judges) acquired(l *life, q *request, r *core.Response) {
	if q.slot < 0 {
		return
	}
	b := j.beliefAt(l.node, q.slot)
	j.touch(l.node, q.slot, b)
	if i := j.namedHold(l.node, q.r.Owner, q.r.Hold); i >= 0 {
		h := &j.holds[i]
		if h.slot == q.slot && h.time == r.Time {
			h.lapses = l.mono + span(l.config.HoldLease)
			j.s1Granted(l, b, q, r.Time)
			return
		}
		if l.mono < h.lapses {
			j.violate(s1, l.node, "hold %d of owner %d is granted on %v at %d, but it exists on %v at %d", q.r.Hold, q.r.Owner, q.r.GlobalID, r.Time, idOf(j, h.slot), h.time)
		}
		j.removeHold(i)
	}
	low, high := at(q.r.At), at(q.r.At)
	if q.r.Earliest {
		low, high = b.before(j.step).Since, b.view.Since
	}
	if !between(low, at(r.Time), high) {
		j.violate(s1, l.node, "%v: a hold was asked for at %v and granted at %d", q.r.GlobalID, high, r.Time)
	}
	j.s1Granted(l, b, q, r.Time)
	j.s11Room(l, q, 1)
	j.addHold(hold{
		node: int32(l.node), slot: q.slot, owner: q.r.Owner, id: q.r.Hold, time: r.Time, count: 1,
		lapses: l.mono + span(l.config.HoldLease),
	}, b)
}

func (j *Judges) renewed(l *life, q *request, r *core.Response) {
	if q.r.Hold == 0 {
		any := false
		for i := range j.holds {
			if h := &j.holds[i]; int(h.node) == l.node && h.owner == q.r.Owner {
				any = true
				h.lapses = l.mono + span(l.config.HoldLease)
			}
		}
		if !any {
			j.violate(s11, l.node, "all holds of owner %d are renewed, but it has none", q.r.Owner)
		}
		j.s1Proved(l, q)
		return
	}
	i := j.namedHold(l.node, q.r.Owner, q.r.Hold)
	if i >= 0 && (l.mono < j.holds[i].lapses || j.holds[i].time == r.Time && j.holds[i].slot == q.slot) {
		if h := j.ownHold(l, q); h != nil {
			if h.time != r.Time {
				j.violate(s1, l.node, "%v: a hold at %d was renewed, the answer says %d", q.r.GlobalID, h.time, r.Time)
			}
			h.lapses = l.mono + span(l.config.HoldLease)
		}
		j.s1Proved(l, q)
		return
	}
	if l.mono >= l.graceLast {
		j.violate(s11, l.node, "hold %d of owner %d on %v is renewed, but there is no such hold and the time after boot is over", q.r.Hold, q.r.Owner, q.r.GlobalID)
		return
	}
	j.acquired(l, q, r)
}

// recounted applies the net of an owner's changes.
func (j *Judges) recounted(l *life, q *request) {
	gained := false
	for k := range q.r.Capabilities {
		c := &q.r.Capabilities[k]
		if !usable(c.ID) || countedBefore(q.r.Capabilities[:k], c) {
			continue
		}
		net := int64(0)
		for m := k; m < len(q.r.Capabilities); m++ {
			if d := &q.r.Capabilities[m]; d.ID == c.ID && d.Time == c.Time {
				net += d.Diff
			}
		}
		gained = gained || net > 0
		j.recount(l, q, c.ID, c.Time, net)
	}
	if gained {
		j.s1Proved(l, q)
	}
}

func countedBefore(list []core.CapabilityChange, c *core.CapabilityChange) bool {
	for i := range list {
		if list[i].ID == c.ID && list[i].Time == c.Time {
			return true
		}
	}
	return false
}

func (j *Judges) recount(l *life, q *request, id core.GlobalID, t frontier.Timestamp, net int64) {
	if net == 0 {
		return
	}
	slot := j.slotOf(id)
	b := j.beliefAt(l.node, slot)
	j.touch(l.node, slot, b)
	i := j.countedHold(b, q.r.Owner, t)
	if i < 0 {
		if net < 0 {
			j.violate(s8, l.node, "%v: owner %d gives back %d capabilities at %d and has none", id, q.r.Owner, -net, t)
			return
		}
		j.s11Room(l, q, 1)
		if b.opened && !readable(b.before(j.step).Since, t) {
			j.violate(s1, l.node, "%v: a capability was granted at %d although the since is %v already", id, t, b.view.Since)
		}
		j.addHold(hold{node: int32(l.node), slot: slot, owner: q.r.Owner, time: t, count: net, lapses: l.mono + span(l.config.HoldLease)}, b)
		return
	}
	h := &j.holds[i]
	h.count += net
	switch {
	case h.count < 0:
		j.violate(s8, l.node, "%v: owner %d gives back more capabilities at %d than it has", id, q.r.Owner, t)
		j.removeHold(i)
	case h.count == 0:
		j.removeHold(i)
	case net > 0:
		h.lapses = l.mono + span(l.config.HoldLease)
	}
}

// s1Proved judges that leadership was proved recently enough to grant (C-48).
func (j *Judges) s1Proved(l *life, q *request) {
	j.checked[s1]++
	if !l.proved || l.mono > l.provedAt+third(l) {
		j.violate(s1, l.node, "%v: %v was granted at %d µs although leadership was last proved at %d µs, longer ago than a third of the lease",
			q.r.GlobalID, q.r.Op, l.mono, l.provedAt)
	}
}

// s1HoldRefused judges that a hold which must still live is not denied, nor one
// that an older incarnation granted while its owner has time to bring it back.
func (j *Judges) s1HoldRefused(l *life, q *request, r *core.Response) {
	if r.Err.Code != core.InvalidReadHold || q.slot < 0 {
		return
	}
	i := j.namedHold(l.node, q.r.Owner, q.r.Hold)
	switch q.r.Op {
	case core.RequestMoveHold, core.RequestReleaseHold:
	case core.RequestRenewHold:
		if i < 0 && q.r.Hold != 0 && q.r.Owner != 0 && l.known && l.grace() {
			j.violate(s1, l.node, "%v: hold %d of owner %d may come back at %d until %d µs after boot, but is denied at %d µs",
				q.r.GlobalID, q.r.Hold, q.r.Owner, q.r.At, l.graceEnds, l.mono)
			return
		}
	default:
		return
	}
	if i >= 0 && j.holds[i].slot == q.slot && l.mono < j.holds[i].lapses {
		j.violate(s1, l.node, "%v: hold %d of owner %d is denied at %d µs although it was renewed and lives until %d µs",
			q.r.GlobalID, q.r.Hold, q.r.Owner, l.mono, j.holds[i].lapses)
	}
}
