package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

// mostCapabilities bounds one change of a count.
const mostCapabilities = 1 << 40

// refusable is why a request that succeeded should have been refused, or nothing.
func (j *Judges) refusable(l *life, q *request) string {
	r := &q.r
	limits := &l.config.Limits
	switch {
	case j.malformed(l, r):
		return "it is malformed"
	case longest(r) > limits.IDsPerRequest:
		return "it names more ids than the limit allows"
	case q.openOnEntry-1 >= limits.OpenRequests:
		return "as many requests were open as the limit allows"
	}
	if why := j.refusableHosted(l, q); why != "" {
		return why
	}
	switch r.Op {
	case core.RequestCreate:
		return j.refusableCreate(l, q)
	case core.RequestAppend:
		switch {
		case q.noRoom:
			return "more is queued than the limits allow"
		case j.anyOtherKind(r, core.KindTable):
			return "one of its collections is no table"
		case anyBeyond(r):
			return "an update lies beyond its own upper"
		case j.anyMisfit(r):
			return "a row does not fit the schema"
		}
	case core.RequestSetPolicy:
		if anyBadPolicy(r) {
			return "a policy is malformed"
		}
	case core.RequestUpdateUppers:
		if j.anyOtherKind(r, core.KindReported) {
			return "one of its collections is not reported by clients"
		}
	case core.RequestDrop:
		if !r.Unvalidated && j.anyUnknown(l, r) {
			return "it drops an id that was never known"
		}
	case core.RequestUpdateCapabilities:
		if j.anyChange(l, q, func(b *belief, net int64) bool {
			was := j.viewBefore(b)
			return net >= 0 && was.ID != (core.GlobalID{}) && (was.Dropped || was.Phase == core.ShardFailed)
		}) {
			return "it takes capabilities of a collection that was dropped or has lost its shard"
		}
	case core.RequestAcquireHold:
		if r.Owner == 0 || r.Hold == 0 {
			return "a hold needs an owner and an id"
		}
	default:
	}
	return ""
}

// s11Room judges that an owner had room for so many more holds (C-49).
func (j *Judges) s11Room(l *life, q *request, more int64) {
	if have := j.ownerSure(l, q.r.Owner); have+more > l.config.Limits.HoldsPerOwner {
		j.violate(s11, l.node, "owner %d gets hold number %d, the limit is %d", q.r.Owner, have+more, l.config.Limits.HoldsPerOwner)
	}
}

func (j *Judges) refusableCreate(l *life, q *request) string {
	switch {
	case anyTwice(&q.r):
		return "it gives one id two descriptions"
	case j.anyBadNew(q):
		return "a description is malformed"
	case boundTwice(&q.r):
		return "it makes two collections of one introspection type"
	case j.anyLostStatus(q):
		return "a status collection does not exist"
	}
	for k := range q.r.Collections {
		c := &q.r.Collections[k]
		slot := j.slotOf(c.ID)
		if j.exportOf(c.ID, l.epoch) != nil {
			return "an id is an export's"
		}
		if t := &j.things[slot]; t.described && !sameThing(&t.description, &c.Description) && !t.moved() {
			return "an id has another description"
		}
		if b := j.beliefAt(l.node, slot); b.present && b.view.Phase == core.ShardOpening {
			return "a shard of it is not open yet"
		}
		if t := &j.things[slot]; !noShard(t.remap) && !t.dropped {
			if b := j.beliefAt(l.node, j.slotAt(remapID(t.remap))); b.present && b.view.Phase == core.ShardOpening {
				return "the shard of an ingestion's bindings is not open yet"
			}
		}
	}
	return j.refersToLost(l, q)
}

// anyBadNew looks at descriptions of ids that did not exist: those of existing
// ones are compared, not judged.
func (j *Judges) anyBadNew(q *request) bool {
	for k := range q.r.Collections {
		c := &q.r.Collections[k]
		if t := &j.things[j.slotOf(c.ID)]; t.createdBy == q.serial && (badDescription(c) || j.badStatus(&q.r, c.Description.Status) || importsOwn(&q.r, c)) {
			return true
		}
	}
	return false
}

func anyTwice(r *core.Request) bool {
	for i := range r.Collections {
		for k := 0; k < i; k++ {
			if r.Collections[i].ID == r.Collections[k].ID && !sameDescription(&r.Collections[i].Description, &r.Collections[k].Description) {
				return true
			}
		}
	}
	return false
}

func (j *Judges) overloaded(l *life, q *request, which core.LimitKind) bool {
	limits := &l.config.Limits
	switch which {
	case core.LimitOpenRequests:
		return q.openOnEntry-1 >= limits.OpenRequests
	case core.LimitIDsPerRequest:
		return longest(&q.r) > limits.IDsPerRequest
	case core.LimitQueuedAppends:
		return q.r.Op == core.RequestAppend && l.queued+int64(len(q.r.Appends)) > limits.QueuedAppends
	case core.LimitQueuedBytes:
		return q.r.Op == core.RequestAppend && l.bytes > limits.QueuedBytes
	case core.LimitHoldsPerOwner:
		return j.needsLeadership(l, q) && j.noRoomForHolds(l, q)
	case core.LimitNone:
	}
	return false
}

// noRoomForHolds reports that a request may find no room: for one more hold, for what
// is new by the net of a batch, or within one count.
func (j *Judges) noRoomForHolds(l *life, q *request) bool {
	held, limit := j.ownerHolds(l.node, q.r.Owner), l.config.Limits.HoldsPerOwner
	if q.r.Op != core.RequestUpdateCapabilities {
		return held >= limit
	}
	added, perhaps := int64(0), int64(0)
	for k := range q.r.Capabilities {
		c := &q.r.Capabilities[k]
		net, first := netOf(q.r.Capabilities, k)
		if !first || !usable(c.ID) {
			continue
		}
		i := j.countedHold(j.beliefAt(l.node, j.slotOf(c.ID)), q.r.Owner, c.Time)
		switch {
		case net > 0 && i < 0:
			added++
		case net > 0 && j.holds[i].count > mostCapabilities:
			return true
		case net > 0 && !j.holds[i].lives(l.mono):
			perhaps++ // it is held, or added
		case net < 0 && i >= 0 && j.holds[i].count == -net:
			added--
		}
	}
	return added+perhaps > 0 && held+added > limit
}

func longest(r *core.Request) int64 {
	return int64(max(len(r.Collections), len(r.IDs), len(r.Appends), len(r.Policies), len(r.Uppers), len(r.Capabilities), len(r.Moves), len(r.Exports)))
}

// malformed judges a request by itself.
func (j *Judges) malformed(l *life, r *core.Request) bool {
	if r.ID == 0 || r.Op == core.RequestNone || r.Op >= core.RequestOpCount {
		return true
	}
	for k := 0; ; k++ {
		id, ok := namedID(r, k)
		if !ok {
			break
		}
		if !usable(id) && (r.Op != core.RequestRenewHold || r.Hold != 0) {
			return true
		}
	}
	for i := range r.Collections {
		if !canonical(r.Collections[i].Description.Since) {
			return true
		}
	}
	for i := range r.Collections {
		if g := r.Collections[i].Description.Ingestion; g != nil && len(g.Outputs)+len(g.Imports) > mostReferences {
			return true
		}
	}
	for i := range r.Exports {
		if !canonical(r.Exports[i].Description.AsOf) {
			return true
		}
	}
	for i := range r.Appends {
		if !canonical(r.Appends[i].Upper) {
			return true
		}
	}
	for i := range r.Uppers {
		if !canonical(r.Uppers[i].Upper) {
			return true
		}
	}
	for i := range r.Capabilities {
		if d := r.Capabilities[i].Diff; d > mostCapabilities || d < -mostCapabilities {
			return true
		}
	}
	return r.Op == core.RequestSnapshot && (r.Wait < 0 || r.Wait > l.config.SnapshotWait)
}

// mostReferences bounds what one ingestion reads and fills.
const mostReferences = 1024

func canonical(f frontier.Frontier) bool { return !f.Empty || f.T == 0 }

// sentOut reports that something of a request is out or has landed.
func (j *Judges) sentOut(q *request) bool {
	if q.r.Op != core.RequestAppend {
		return q.sent
	}
	for k := q.firstEntry; k >= 0; k = j.entries[k].nextInRequest {
		if e := &j.entries[k]; e.data && (e.landed || e.batch >= 0) {
			return true
		}
	}
	return false
}

// anyLostStatus looks for a new collection whose status collection is neither in
// the list nor durable, or was dropped before the request arrived.
func (j *Judges) anyLostStatus(q *request) bool {
	for k := range q.r.Collections {
		c := &q.r.Collections[k]
		status := c.Description.Status
		if t := &j.things[j.slotOf(c.ID)]; t.createdBy != q.serial || status == (core.GlobalID{}) {
			continue
		}
		i := j.slotOf(status)
		if i < 0 || !j.things[i].created || q.lostStatus && j.things[i].dropped {
			return true
		}
	}
	return false
}
