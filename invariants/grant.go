package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

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
	j.s8Outlived(l, q, &j.holds[i])
	return &j.holds[i]
}

// extend starts a hold's lease anew. One that may have lapsed already may be gone
// all the same, when all of an owner's holds were renewed.
func extend(l *life, h *hold) {
	h.doubtful = h.doubtful || l.mono >= h.lapses
	h.lapses = l.mono + span(l.config.HoldLease)
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
		if h.lives(l.mono) {
			j.violate(s1, l.node, "hold %d of owner %d is granted on %v at %d, but it exists on %v at %d", q.r.Hold, q.r.Owner, q.r.GlobalID, r.Time, idOf(j, h.slot), h.time)
		}
		j.removeHold(i)
	}
	low, high := at(q.r.At), at(q.r.At)
	if q.r.Earliest {
		low, high = j.viewBefore(b).Since, b.view.Since
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
			if h := &j.holds[i]; int(h.node) == l.node && h.owner == q.r.Owner && !l.lapsedLongAgo(h) {
				any = true
				extend(l, h)
			}
		}
		if !any {
			j.violate(s11, l.node, "all holds of owner %d are renewed, but it has none", q.r.Owner)
		}
		j.s1Proved(l, q)
		return
	}
	i := j.namedHold(l.node, q.r.Owner, q.r.Hold)
	if i >= 0 && (j.holds[i].lives(l.mono) || j.holds[i].time == r.Time && j.holds[i].slot == q.slot) {
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

// recounted applies the net of an owner's changes. Its counts are limited by what
// is there when all are made (C-44, C-49).
func (j *Judges) recounted(l *life, q *request) {
	gained, added := false, int64(0)
	for k := range q.r.Capabilities {
		c := &q.r.Capabilities[k]
		net, first := netOf(q.r.Capabilities, k)
		if !usable(c.ID) || !first {
			continue
		}
		gained = gained || net > 0
		added += j.recount(l, q, c.ID, c.Time, net)
	}
	if gained {
		j.s1Proved(l, q)
	}
	if added > 0 {
		j.s11Room(l, q, 0)
	}
}

// netOf is the net of all changes at the place and time of the k-th, and whether
// that is the first of them.
func netOf(list []core.CapabilityChange, k int) (net int64, first bool) {
	for m := range list {
		if list[m].ID == list[k].ID && list[m].Time == list[k].Time {
			if m < k {
				return 0, false
			}
			net += list[m].Diff
		}
	}
	return net, true
}

// recount applies one net change and is by how many more counts the owner has.
func (j *Judges) recount(l *life, q *request, id core.GlobalID, t frontier.Timestamp, net int64) int64 {
	if net == 0 {
		return 0
	}
	slot := j.slotOf(id)
	b := j.beliefAt(l.node, slot)
	j.touch(l.node, slot, b)
	i := j.countedHold(b, q.r.Owner, t)
	if i < 0 {
		if net < 0 {
			j.violate(s8, l.node, "%v: owner %d gives back %d capabilities at %d and has none", id, q.r.Owner, -net, t)
			return 0
		}
		if b.opened && !readable(j.viewBefore(b).Since, t) {
			j.violate(s1, l.node, "%v: a capability was granted at %d although the since is %v already", id, t, b.view.Since)
		}
		j.addHold(hold{node: int32(l.node), slot: slot, owner: q.r.Owner, time: t, count: net, least: net, lapses: l.mono + span(l.config.HoldLease)}, b)
		return 1
	}
	h := &j.holds[i]
	if !h.lives(l.mono) {
		h.least = 0
	}
	if net > 0 && h.least > mostCapabilities {
		j.violate(s11, l.node, "%v: owner %d gets %d more capabilities at %d, where it has %d already", id, q.r.Owner, net, t, h.least)
	}
	h.count, h.least = h.count+net, max(h.least+net, 0)
	switch {
	case h.count < 0:
		j.violate(s8, l.node, "%v: owner %d gives back more capabilities at %d than it has", id, q.r.Owner, t)
		j.removeHold(i)
		return -1
	case h.count == 0:
		j.removeHold(i)
		return -1
	case net > 0:
		h.lapses, h.doubtful = l.mono+span(l.config.HoldLease), false
	case h.least == 0:
		h.doubtful = true
	}
	return 0
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
	if i >= 0 && j.holds[i].slot == q.slot && j.holds[i].lives(l.mono) {
		j.violate(s1, l.node, "%v: hold %d of owner %d is denied at %d µs although it was renewed and lives until %d µs",
			q.r.GlobalID, q.r.Hold, q.r.Owner, l.mono, j.holds[i].lapses)
	}
}

// noSuchHold: the hold does not exist, may have lapsed, is another collection's,
// or the owner has fewer capabilities than it gives back.
func (j *Judges) noSuchHold(l *life, q *request) bool {
	r := &q.r
	i := j.namedHold(l.node, r.Owner, r.Hold)
	switch r.Op {
	case core.RequestAcquireHold:
		return r.Owner == 0 || r.Hold == 0 || i >= 0 && j.holds[i].slot != q.slot
	case core.RequestRenewHold:
		if r.Hold == 0 {
			return j.ownerSure(l, r.Owner) == 0
		}
		if i < 0 && l.grace() && l.known && r.Owner != 0 {
			return false
		}
		return i < 0 || j.holds[i].slot != q.slot || !j.holds[i].lives(l.mono)
	case core.RequestMoveHold, core.RequestReleaseHold:
		return i < 0 || j.holds[i].slot != q.slot || !j.holds[i].lives(l.mono)
	case core.RequestUpdateCapabilities:
		return r.Owner == 0 || j.shortOf(l, q)
	default:
		return false
	}
}

// ownerSure counts holds of an owner that cannot have lapsed.
func (j *Judges) ownerSure(l *life, owner core.OwnerID) (n int64) {
	for i := range j.holds {
		if h := &j.holds[i]; int(h.node) == l.node && h.owner == owner && h.lives(l.mono) {
			n++
		}
	}
	return n
}

// shortOf: a net release exceeds what the owner surely has.
func (j *Judges) shortOf(l *life, q *request) bool {
	list := q.r.Capabilities
	for k := range list {
		c := &list[k]
		if !usable(c.ID) {
			return true
		}
		net, first := netOf(list, k)
		if !first || net >= 0 {
			continue
		}
		b := j.beliefAt(l.node, j.slotOf(c.ID))
		i := j.countedHold(b, q.r.Owner, c.Time)
		if i < 0 || j.holds[i].least < -net || !j.holds[i].lives(l.mono) {
			return true
		}
	}
	return false
}

// needsLeadership reports that a request grants or renews something (C-48).
func (j *Judges) needsLeadership(l *life, q *request) bool {
	switch q.r.Op {
	case core.RequestAcquireHold, core.RequestRenewHold, core.RequestPrepareExport, core.RequestRenewToken:
		return true
	case core.RequestUpdateCapabilities:
		return j.anyChange(l, q, func(_ *belief, net int64) bool { return net > 0 })
	default:
		return false
	}
}
