package invariants

import (
	"fmt"

	"example.com/tidemark/core"
)

// justified reports that an error has a reason in what was asked and what is so,
// or was so when the request arrived.
func (j *Judges) justified(l *life, q *request, e *core.Error) bool {
	r := &q.r
	switch e.Code {
	case core.SourceIDReused:
		return j.reusedBy(l, q)
	case core.IdentifierMissing:
		return j.missing(l, q)
	case core.UpdateBeyondUpper:
		return anyBeyond(r)
	case core.ReadBeforeSince:
		return j.beforeSince(l, q)
	case core.InvalidUppers:
		return j.behindUpper(l, q, e)
	case core.IOError:
		if r.Op == core.RequestUpdateCapabilities {
			return j.anyChange(l, q, func(b *belief, net int64) bool { return net >= 0 && b.view.Phase == core.ShardFailed })
		}
		return j.unusable(q)
	case core.DataflowError:
		return r.Op == core.RequestSnapshot
	case core.InvalidDescription:
		return j.badRequest(q)
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
		return j.needsLeadership(l, q) && (!l.proved || l.mono > l.provedSurely+third(l))
	case core.Overloaded:
		return j.overloaded(l, q, e.Limit)
	case core.InvalidRequest:
		return j.malformed(l, r)
	case core.DeadlineExceeded:
		return r.Op == core.RequestSnapshot && j.waited(l, q)
	case core.StillReferenced:
		return r.Op == core.RequestDrop && j.stillFed(l, q)
	case core.NotHosted:
		return r.Op == core.RequestAlter && j.unhosted(l, q)
	case core.TokenExpired:
		return j.lapsed(l, q)
	case core.IntrospectionAlreadyBound:
		return r.Op == core.RequestCreate && j.alreadyBound(l, q)
	case core.Cancelled:
		return q.cancelled && !j.sentOut(q)
	case core.Halted:
		l.saidHalted = true
		return true
	default:
		return false
	}
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
		if t.droppedFor(l.epoch) || t.knownTo(l.epoch) && t.described && (!sameThing(&t.description, &c.Description) || t.moved()) {
			return true
		}
	}
	return false
}

func badDescription(c *core.CollectionSpec) bool {
	d := &c.Description
	return !kindWellFormed(d) || d.Kind == core.KindIngestion && badIngestion(c) || d.Kind == core.KindSubsource && d.Of == c.ID || !schemaWellFormed(d.Schema) || d.Since.Empty ||
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
	if aboutHosts(q.r.Op) {
		return j.missingHosted(l, q)
	}
	switch q.r.Op {
	case core.RequestCreate:
		return references(&q.r, func(id core.GlobalID) bool { return j.lost(l, q, id) })
	case core.RequestSnapshot:
		return !j.readBegun(q) && j.missingJustified(l, q)
	case core.RequestRenewHold:
		return !j.remembered(l, q) && j.missingJustified(l, q)
	case core.RequestDrop:
		return !q.r.Unvalidated && (q.anyMissing || j.anyUnknown(l, &q.r))
	case core.RequestUpdateCapabilities:
		return j.anyChange(l, q, func(b *belief, net int64) bool {
			return !b.present || j.viewBefore(b).ID == (core.GlobalID{}) || net >= 0 && b.view.Dropped
		})
	default:
		return j.missingJustified(l, q)
	}
}

// readBegun reports that a snapshot is being read for certain: a drop does not end that
// (C-60).
func (j *Judges) readBegun(q *request) bool {
	for i := range j.readings {
		if r := &j.readings[i]; r.used && !r.mixed && r.state != readWaiting && r.request >= 0 && &j.requests[r.request] == q {
			return true
		}
	}
	return false
}

// remembered reports that a controller knows the collection whose hold a request renews,
// be it dropped or not: the hold is honoured to its end (C-28), and comes back (C-48).
func (j *Judges) remembered(l *life, q *request) bool {
	if q.r.Hold == 0 || !usable(q.r.GlobalID) {
		return false
	}
	b := j.beliefOf(l, j.slotOf(q.r.GlobalID))
	return b != nil && b.present
}

// anyChange reports that a condition holds for the net of a batch's changes on one
// collection at one time: what is given back is honoured where nothing new is
// granted (C-28, C-44).
func (j *Judges) anyChange(l *life, q *request, holds func(b *belief, net int64) bool) bool {
	for k := range q.r.Capabilities {
		c := &q.r.Capabilities[k]
		if !usable(c.ID) {
			return true
		}
		if net, first := netOf(q.r.Capabilities, k); first && holds(j.beliefAt(l.node, j.slotOf(c.ID)), net) {
			return true
		}
	}
	return false
}

func (j *Judges) anyUnknown(l *life, r *core.Request) bool {
	for _, id := range r.IDs {
		if !usable(id) {
			return true
		}
		if i := j.slotOf(id); i < 0 || !j.things[i].knownTo(l.epoch) && !j.things[i].droppedFor(l.epoch) {
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
	case core.RequestCreateExports, core.RequestAlterExports:
		return j.startsTooEarly(l, q)
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
			if net, first := netOf(q.r.Capabilities, k); !first || net <= 0 || !usable(c.ID) {
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
	bad := func(id core.GlobalID) bool {
		if !usable(id) || j.slotOf(id) < 0 {
			return false
		}
		s := j.dataShard(j.slotOf(id))
		return s != nil && (s.now.Finalized || s.now.HasCritical && s.now.CriticalSince.Empty)
	}
	if aboutHosts(q.r.Op) && references(&q.r, bad) {
		return true
	}
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
