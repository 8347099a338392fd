package invariants

import (
	"example.com/tidemark/core"
)

// s11Details judges what an error says beside its code: the ids are at fault, the
// frontier is the one that the request ran into. Which limit is reached is judged
// with the reason.
func (j *Judges) s11Details(l *life, q *request, e *core.Error) {
	if aboutIDs(e.Code) && len(e.IDs) == 0 && (e.Code != core.InvalidReadHold || q.r.Op != core.RequestRenewHold || q.r.Hold != 0) {
		j.violate(s11, l.node, "%v (request %d) is refused as %v, but the error names no id", q.r.Op, q.r.ID, e.Code)
		return
	}
	for _, id := range e.IDs {
		if !j.atFault(l, q, e.Code, id) {
			j.violate(s11, l.node, "%v (request %d) is refused as %v because of %v, which is not at fault", q.r.Op, q.r.ID, e.Code, id)
			return
		}
	}
	switch e.Code {
	case core.IdentifierMissing:
		j.s11Missing(l, q, e)
	case core.ReadBeforeSince:
		j.s11Since(l, q, e)
	case core.InvalidUppers:
		j.s11Upper(l, q, e)
	case core.Overloaded:
	default:
		if e.Limit != core.LimitNone {
			j.violate(s11, l.node, "%v (request %d) is refused as %v with a limit", q.r.Op, q.r.ID, e.Code)
		}
	}
}

// aboutIDs reports a code whose error says which collections are meant.
func aboutIDs(c core.ErrorCode) bool {
	switch c {
	case core.SourceIDReused, core.IdentifierMissing, core.UpdateBeyondUpper, core.ReadBeforeSince, core.InvalidUppers,
		core.StillReferenced, core.NotHosted, core.TokenExpired, core.IOError, core.DataflowError, core.InvalidDescription, core.NotAppendable, core.RowMismatch, core.NotReportable,
		core.InvalidPolicy, core.InvalidReadHold:
		return true
	default:
		return false
	}
}

// atFault reports that the request names the id, and that the error can be about
// it as far as that is for certain.
func (j *Judges) atFault(l *life, q *request, code core.ErrorCode, id core.GlobalID) bool {
	if !mentions(&q.r, id) {
		return false
	}
	if !usable(id) || j.slotOf(id) < 0 {
		return true
	}
	t := &j.things[j.slotOf(id)]
	switch code {
	case core.NotAppendable:
		return !t.described || t.description.Kind != core.KindTable
	case core.NotReportable:
		return !t.described || t.description.Kind != core.KindReported
	case core.InvalidPolicy:
		for i := range q.r.Policies {
			if p := &q.r.Policies[i]; p.ID == id && !policyWellFormed(p.Policy) {
				return true
			}
		}
		return false
	case core.UpdateBeyondUpper, core.RowMismatch:
		one := q.r
		for i := range q.r.Appends {
			if q.r.Appends[i].ID != id {
				continue
			}
			one.Appends = q.r.Appends[i : i+1]
			if code == core.UpdateBeyondUpper && anyBeyond(&one) || code == core.RowMismatch && j.anyMisfit(&one) {
				return true
			}
		}
		return false
	case core.IdentifierMissing:
		// An append's parts are refused one by one, the code is the first one's.
		return q.r.Op == core.RequestCreate || aboutHosts(q.r.Op) || len(q.r.Appends) > 1 || q.anyMissing || !t.knownTo(l.epoch) || t.droppedFor(l.epoch) ||
			!j.beliefAt(l.node, j.slotOf(id)).present
	default:
		return true
	}
}

// mentions reports that a request names an id, the status collections of a create
// included.
func mentions(r *core.Request, id core.GlobalID) bool {
	for k := 0; ; k++ {
		named, ok := namedID(r, k)
		if !ok {
			break
		}
		if named == id {
			return true
		}
	}
	return references(r, func(other core.GlobalID) bool { return other == id })
}

// s11Since judges the since that a refusal tells: it is after the time asked for;
// one that a controller tells from memory, not from a read that is or may be under
// way, is the advertised one.
func (j *Judges) s11Since(l *life, q *request, e *core.Error) {
	if q.r.Op == core.RequestSnapshot && readable(e.Frontier, q.r.AsOf) {
		j.violate(s11, l.node, "snapshot (request %d) at %d is refused because of the since %v", q.r.ID, q.r.AsOf, e.Frontier)
		return
	}
	if q.sent || q.unsure && !q.admitted || len(e.IDs) != 1 || !usable(e.IDs[0]) || j.slotOf(e.IDs[0]) < 0 {
		return
	}
	b := j.beliefAt(l.node, j.slotOf(e.IDs[0]))
	was := j.viewBefore(b)
	if b.present && b.opened && was.Phase == core.ShardOpen && !between(was.Since, e.Frontier, b.view.Since) {
		j.violate(s11, l.node, "%v (request %d) is refused because of the since %v of %v, but %v is advertised", q.r.Op, q.r.ID, e.Frontier, e.IDs[0], b.view.Since)
	}
}

// s11Upper judges the upper that the refusal of an append tells.
func (j *Judges) s11Upper(l *life, q *request, e *core.Error) {
	if q.firstEntry < 0 {
		return
	}
	n := &j.entries[q.firstEntry]
	s := j.dataShard(n.slot)
	if n.nextInRequest >= 0 || !n.data || s == nil {
		return
	}
	if !complete(e.Frontier, n.least) || !atMost(e.Frontier, s.now.Upper) {
		j.violate(s11, l.node, "%v: an append with a row at %d is refused because of the upper %v; the durable one is %v", idOf(j, n.slot), n.least, e.Frontier, s.now.Upper)
	}
}
