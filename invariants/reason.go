package invariants

import (
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

// justified reports that an error has a reason in what was asked and what is so,
// or was so when the request arrived.
func (j *Judges) justified(l *life, q *request, e *core.Error) bool {
	r := &q.r
	switch e.Code {
	case core.SourceIDReused:
		return r.Op == core.RequestCreate && j.reused(l, q)
	case core.IdentifierMissing:
		return j.missing(l, q)
	case core.UpdateBeyondUpper:
		return anyBeyond(r)
	case core.ReadBeforeSince:
		return j.beforeSince(l, q)
	case core.InvalidUppers:
		return j.behindUpper(l, q, e)
	case core.IOError:
		return j.unusable(q)
	case core.DataflowError:
		return r.Op == core.RequestSnapshot
	case core.InvalidDescription:
		return r.Op == core.RequestCreate && anyBadDescription(r)
	case core.NotAppendable:
		return r.Op == core.RequestAppend && j.anyOtherKind(r, core.KindTable)
	case core.RowMismatch:
		return r.Op == core.RequestAppend && j.anyMisfit(r)
	case core.NotReportable:
		return r.Op == core.RequestUpdateUppers && j.anyOtherKind(r, core.KindReported)
	case core.InvalidPolicy:
		return r.Op == core.RequestSetPolicy && anyBadPolicy(r)
	case core.InvalidReadHold:
		return j.noSuchHold(l, q)
	case core.NotLeader:
		return needsLeadership(r) && (!l.proved || l.mono > l.provedSurely+third(l))
	case core.Overloaded:
		return j.overloaded(l, q, e.Limit)
	case core.InvalidRequest:
		return j.malformed(l, r)
	case core.DeadlineExceeded:
		return r.Op == core.RequestSnapshot && j.waited(l, q)
	case core.Cancelled:
		return q.cancelled && !j.sentOut(q)
	case core.Halted:
		l.saidHalted = true
		return true
	default:
		return false
	}
}

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
	switch r.Op {
	case core.RequestCreate:
		return j.refusableCreate(l, q)
	case core.RequestAppend:
		switch {
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
	case core.RequestAcquireHold:
		if r.Owner == 0 || r.Hold == 0 {
			return "a hold needs an owner and an id"
		}
	default:
	}
	return ""
}

// s11Room judges that an owner had room for one more hold (C-49). A batch of
// changes is judged by its net, so only a request for a single one is.
func (j *Judges) s11Room(l *life, q *request, more int64) {
	if len(q.r.Capabilities) > 1 {
		return
	}
	if have := j.ownerSure(l, q.r.Owner); have+more > l.config.Limits.HoldsPerOwner {
		j.violate(s11, l.node, "owner %d gets hold number %d, the limit is %d", q.r.Owner, have+more, l.config.Limits.HoldsPerOwner)
	}
}

func (j *Judges) refusableCreate(l *life, q *request) string {
	switch {
	case anyTwice(&q.r):
		return "it gives one id two descriptions"
	case j.anyBadNew(l, q):
		return "a description is malformed"
	}
	for k := range q.r.Collections {
		c := &q.r.Collections[k]
		slot := j.slotOf(c.ID)
		if t := &j.things[slot]; t.described && !sameDescription(&t.description, &c.Description) {
			return "an id has another description"
		}
		if b := j.beliefAt(l.node, slot); b.present && b.view.Phase == core.ShardOpening {
			return "a shard of it is not open yet"
		}
	}
	return ""
}

// anyBadNew looks at descriptions of ids that did not exist: those of existing
// ones are compared, not judged.
func (j *Judges) anyBadNew(l *life, q *request) bool {
	for k := range q.r.Collections {
		c := &q.r.Collections[k]
		if t := &j.things[j.slotOf(c.ID)]; t.createdBy == q.serial && badDescription(c) {
			return true
		}
	}
	_ = l
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

// reused: an id has, had or is given another description.
func (j *Judges) reused(l *life, q *request) bool {
	if anyTwice(&q.r) || q.anyDropped {
		return true
	}
	for k := range q.r.Collections {
		c := &q.r.Collections[k]
		if !usable(c.ID) {
			return true
		}
		t := &j.things[j.slotOf(c.ID)]
		if t.droppedFor(l.epoch) || t.knownTo(l.epoch) && t.described && !sameDescription(&t.description, &c.Description) {
			return true
		}
	}
	return false
}

func badDescription(c *core.CollectionSpec) bool {
	d := &c.Description
	return d.Kind != core.KindTable && d.Kind != core.KindReported || !schemaWellFormed(d.Schema) || d.Since.Empty ||
		d.Status != (core.GlobalID{}) && (!usable(d.Status) || d.Status == c.ID)
}

func anyBadDescription(r *core.Request) bool {
	for i := range r.Collections {
		if badDescription(&r.Collections[i]) {
			return true
		}
	}
	return false
}

// missing: a named id, or a status collection, is unknown or dropped.
func (j *Judges) missing(l *life, q *request) bool {
	switch q.r.Op {
	case core.RequestCreate:
		for k := range q.r.Collections {
			s := q.r.Collections[k].Description.Status
			if s == (core.GlobalID{}) {
				continue
			}
			if !usable(s) {
				return true
			}
			i := j.slotOf(s)
			if i < 0 || !j.things[i].knownTo(l.epoch) || j.things[i].droppedFor(l.epoch) {
				return true
			}
		}
		return false
	case core.RequestDrop:
		return !q.r.Unvalidated && (q.anyMissing || j.anyUnknown(l, &q.r))
	default:
		return j.missingJustified(l, q)
	}
}

func (j *Judges) anyUnknown(l *life, r *core.Request) bool {
	for _, id := range r.IDs {
		if !usable(id) {
			return true
		}
		if i := j.slotOf(id); i < 0 || !j.things[i].knownTo(l.epoch) {
			return true
		}
	}
	return false
}

func anyBeyond(r *core.Request) bool {
	for i := range r.Appends {
		a := &r.Appends[i]
		for k := range a.Updates {
			if !complete(a.Upper, a.Updates[k].Time) {
				return true
			}
		}
	}
	return false
}

func (j *Judges) anyOtherKind(r *core.Request, want core.CollectionKind) bool {
	for k := 0; ; k++ {
		id, ok := namedID(r, k)
		if !ok {
			return false
		}
		if !usable(id) {
			continue
		}
		if t := &j.things[j.slotOf(id)]; t.described && t.description.Kind != want {
			return true
		}
	}
}

func (j *Judges) anyMisfit(r *core.Request) bool {
	for i := range r.Appends {
		a := &r.Appends[i]
		if !usable(a.ID) {
			continue
		}
		t := &j.things[j.slotOf(a.ID)]
		if !t.described {
			continue
		}
		for k := range a.Updates {
			if !fits(t.description.Schema, a.Updates[k].Data) {
				return true
			}
		}
	}
	return false
}

func anyBadPolicy(r *core.Request) bool {
	for i := range r.Policies {
		if !policyWellFormed(r.Policies[i].Policy) {
			return true
		}
	}
	return false
}

// beforeSince: the time asked for lay before the since, which only moves forwards.
func (j *Judges) beforeSince(l *life, q *request) bool {
	switch q.r.Op {
	case core.RequestSnapshot:
		b := j.beliefOf(l, q.slot)
		if b == nil || !b.present {
			return true
		}
		s := j.dataShard(q.slot)
		return !readable(b.view.Since, q.r.AsOf) || s != nil && !readable(s.now.Since, q.r.AsOf)
	case core.RequestAcquireHold, core.RequestRenewHold:
		b := j.beliefOf(l, q.slot)
		return b == nil || !b.present || b.view.Since.Empty || !readable(b.view.Since, q.r.At) && (!q.r.Earliest || q.r.Op == core.RequestRenewHold)
	case core.RequestUpdateCapabilities:
		for k := range q.r.Capabilities {
			c := &q.r.Capabilities[k]
			if c.Diff <= 0 || !usable(c.ID) {
				continue
			}
			if b := j.beliefOf(l, j.slotOf(c.ID)); b == nil || !b.present || !readable(b.view.Since, c.Time) {
				return true
			}
		}
	default:
	}
	return false
}

func (j *Judges) beliefOf(l *life, slot int32) *belief {
	if slot < 0 {
		return nil
	}
	return j.beliefAt(l.node, slot)
}

// behindUpper: every collection that the error names was complete beyond the times
// of what was to be appended to it.
func (j *Judges) behindUpper(l *life, q *request, e *core.Error) bool {
	if q.r.Op != core.RequestAppend || len(e.IDs) == 0 {
		return false
	}
	for _, id := range e.IDs {
		if !usable(id) {
			return false
		}
		k := j.entryOf(q, j.slotOf(id))
		if k < 0 {
			return false
		}
		s := j.dataShard(j.entries[k].slot)
		n := &j.entries[k]
		if s != nil && n.data && (complete(s.now.Upper, n.least) || !atMost(s.now.Upper, n.upper)) {
			continue
		}
		// In a request over several collections it stands for any reason.
		b := j.beliefOf(l, n.slot)
		if b == nil || !b.view.Dropped && b.view.Phase != core.ShardFailed {
			return false
		}
	}
	return true
}

// unusable: a collection that the request names has lost its shard.
func (j *Judges) unusable(q *request) bool {
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			return false
		}
		if !usable(id) {
			continue
		}
		if s := j.dataShard(j.slotOf(id)); s != nil && (s.now.Finalized || s.now.HasCritical && s.now.CriticalSince.Empty) {
			return true
		}
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
		return i < 0 || j.holds[i].slot != q.slot || l.mono >= j.holds[i].lapses
	case core.RequestMoveHold, core.RequestReleaseHold:
		return i < 0 || j.holds[i].slot != q.slot || l.mono >= j.holds[i].lapses
	case core.RequestUpdateCapabilities:
		return r.Owner == 0 || j.shortOf(l, q)
	default:
		return false
	}
}

// ownerSure counts holds of an owner that cannot have lapsed.
func (j *Judges) ownerSure(l *life, owner core.OwnerID) (n int64) {
	for i := range j.holds {
		if h := &j.holds[i]; int(h.node) == l.node && h.owner == owner && l.mono < h.lapses {
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
		net := int64(0)
		for m := range list {
			if list[m].ID == c.ID && list[m].Time == c.Time {
				net += list[m].Diff
			}
		}
		if net >= 0 {
			continue
		}
		b := j.beliefAt(l.node, j.slotOf(c.ID))
		i := j.countedHold(b, q.r.Owner, c.Time)
		if i < 0 || j.holds[i].count < -net || l.mono >= j.holds[i].lapses {
			return true
		}
	}
	return false
}

func needsLeadership(r *core.Request) bool {
	return r.Op == core.RequestAcquireHold || r.Op == core.RequestRenewHold || r.Op == core.RequestUpdateCapabilities
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
		return needsLeadership(&q.r) && j.ownerHolds(l.node, q.r.Owner)+int64(len(q.r.Capabilities)) >= limits.HoldsPerOwner
	case core.LimitNone:
	}
	return false
}

func longest(r *core.Request) int64 {
	return int64(max(len(r.Collections), len(r.IDs), len(r.Appends), len(r.Policies), len(r.Uppers), len(r.Capabilities)))
}

// mostCapabilities bounds one change of a count.
const mostCapabilities = 1 << 40

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

// waited: the snapshot's time is over.
func (j *Judges) waited(l *life, q *request) bool {
	wait := q.r.Wait
	if wait == 0 {
		wait = l.config.SnapshotWait
	}
	return l.mono >= q.mono+span(wait)
}

// describeRequest says what a request was about, for a message.
func (j *Judges) describeRequest(q *request) string {
	s := ""
	for k := 0; k < 4; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			break
		}
		s += fmt.Sprintf(" %v", id)
		if !usable(id) {
			continue
		}
		t := &j.things[j.slotOf(id)]
		s += fmt.Sprintf(" (created %v by epoch %d, dropped %v by epoch %d)", t.created, t.createdEpoch, t.dropped, t.droppedEpoch)
	}
	return fmt.Sprintf("it names%s; asked at %d µs", s, q.mono)
}
