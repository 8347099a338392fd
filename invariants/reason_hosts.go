package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// Reasons of errors about ingestions, exports and hosts.

// reusedBy reports that an id which a request would use for something new is or was
// something else.
func (j *Judges) reusedBy(l *life, q *request) bool {
	r := &q.r
	switch r.Op {
	case core.RequestCreate:
		for k := range r.Collections {
			if id := r.Collections[k].ID; j.exportOf(id, l.epoch) != nil || j.maybePrepared(q, id) {
				return true
			}
		}
		return j.reused(l, q)
	case core.RequestPrepareExport:
		t := j.prepared(q.life, r.GlobalID)
		return q.anyDropped || j.taken(l, r.GlobalID) || t != nil && t.from != j.slotOf(r.From) || j.othersName(q, r.GlobalID)
	case core.RequestCreateExports:
		for k := range r.Exports {
			if j.exportReused(l, q, k) {
				return true
			}
		}
	default:
	}
	return false
}

// taken reports that an id names a collection or an export, dropped ones included.
func (j *Judges) taken(l *life, id core.GlobalID) bool {
	if !usable(id) {
		return true
	}
	t := &j.things[j.slotAt(id)]
	return t.knownTo(l.epoch) || t.droppedFor(l.epoch) || j.exportOf(id, l.epoch) != nil
}

// maybePrepared reports that a token for an id may be out.
func (j *Judges) maybePrepared(q *request, id core.GlobalID) bool {
	return j.prepared(q.life, id) != nil || j.othersName(q, id)
}

// exportReused is C-32's order, as far as it ends in SourceIDReused.
func (j *Judges) exportReused(l *life, q *request, k int) bool {
	s := &q.r.Exports[k]
	if slices.ContainsFunc(q.r.Exports[:k], func(o core.ExportSpec) bool { return o.ID == s.ID }) || q.anyDropped {
		return true
	}
	if e := j.exportOf(s.ID, l.epoch); e != nil {
		return !e.surelyAs(l, &s.Description) || j.things[e.slot].droppedFor(l.epoch)
	}
	t := j.prepared(q.life, s.ID)
	return j.taken(l, s.ID) || t == nil || t.or >= 0 || t.token != s.Token || t.from != j.slotOf(s.Description.From) || j.othersName(q, s.ID)
}

// lapsed reports that a token which a request names may not be there.
func (j *Judges) lapsed(l *life, q *request) bool {
	gone := func(id core.GlobalID, token core.Token, owner bool, now clock.Instant) bool {
		t := j.prepared(q.life, id)
		return t == nil || t.token != token || owner && t.owner != q.r.Owner || now >= t.lapses || j.othersName(q, id)
	}
	switch q.r.Op {
	case core.RequestRenewToken:
		return gone(q.r.GlobalID, q.r.Token, true, l.mono) && !j.comesBack(l, q)
	case core.RequestCancelToken:
		return gone(q.r.GlobalID, q.r.Token, false, l.mono)
	case core.RequestCreateExports:
		for k := range q.r.Exports {
			// While a create names a token it does not lapse.
			if s := &q.r.Exports[k]; s.Token != 0 && gone(s.ID, s.Token, false, q.mono) {
				return true
			}
		}
	default:
	}
	return false
}

// comesBack reports that the token which a request renews is to be taken back: this
// incarnation has given none out for the id, and the time after its boot runs (C-48).
func (j *Judges) comesBack(l *life, q *request) bool {
	r := &q.r
	if !l.known || !l.grace() || r.Token == 0 || !usable(r.GlobalID) || !usable(r.From) || q.anyDropped {
		return false
	}
	from := &j.things[j.slotAt(r.From)]
	if j.prepared(q.life, r.GlobalID) != nil || j.othersName(q, r.GlobalID) || j.taken(l, r.GlobalID) {
		return false
	}
	b := j.beliefAt(l.node, j.slotAt(r.From))
	return from.knownTo(l.epoch) && !from.dropped && b.present && b.view.Phase != core.ShardFailed
}

// stillFed: a drop names an ingestion and leaves one of its subsources.
func (j *Judges) stillFed(l *life, q *request) bool {
	for _, id := range q.r.IDs {
		if !usable(id) || j.slotOf(id) < 0 {
			continue
		}
		for _, out := range j.things[j.slotOf(id)].outputs() {
			s := j.slotOf(out.ID)
			if out.ID != id && s >= 0 && j.things[s].knownTo(l.epoch) && !slices.Contains(q.r.IDs, out.ID) &&
				(!j.things[s].droppedFor(l.epoch) || j.things[s].droppedStep >= q.step) {
				return true
			}
		}
	}
	return false
}

// surelyFed: at the request's turn such a subsource certainly lived.
func (j *Judges) surelyFed(l *life, q *request) bool {
	for _, id := range q.r.IDs {
		if !usable(id) || j.slotOf(id) < 0 || j.things[j.slotOf(id)].droppedBy != q.serial {
			continue
		}
		for _, out := range j.things[j.slotOf(id)].outputs() {
			s := j.slotOf(out.ID)
			if out.ID != id && s >= 0 && j.things[s].knownTo(l.epoch) && !slices.Contains(q.r.IDs, out.ID) && !j.things[s].dropped {
				return true
			}
		}
	}
	return false
}

// unhosted: a move names a collection that no host fills.
func (j *Judges) unhosted(l *life, q *request) bool {
	for k := range q.r.Moves {
		id := q.r.Moves[k].ID
		if !usable(id) || j.slotOf(id) < 0 {
			continue
		}
		t := &j.things[j.slotOf(id)]
		if t.knownTo(l.epoch) && t.described && t.description.Kind != core.KindIngestion || j.maybePrepared(q, id) {
			return true
		}
	}
	return false
}

// references calls f with every id that a request refers to beside those that it is
// about, until it reports true.
func references(r *core.Request, f func(core.GlobalID) bool) bool {
	for k := range r.Collections {
		d := &r.Collections[k].Description
		if d.Status != (core.GlobalID{}) && f(d.Status) || d.Of != (core.GlobalID{}) && f(d.Of) {
			return true
		}
		if d.Ingestion == nil {
			continue
		}
		for _, o := range d.Ingestion.Outputs {
			if f(o.ID) {
				return true
			}
		}
		if slices.ContainsFunc(d.Ingestion.Imports, f) {
			return true
		}
	}
	for k := range r.Exports {
		d := &r.Exports[k].Description
		if f(d.From) || d.Status != (core.GlobalID{}) && f(d.Status) {
			return true
		}
	}
	return (r.Op == core.RequestPrepareExport || r.Op == core.RequestRenewToken) && f(r.From)
}

// lost reports that a reference leads nowhere: unknown, dropped, or in doubt.
func (j *Judges) lost(l *life, q *request, id core.GlobalID) bool {
	if !usable(id) {
		return true
	}
	s := j.slotOf(id)
	if s < 0 {
		return specOf(&q.r, id) == nil
	}
	t := &j.things[s]
	if t.droppedFor(l.epoch) {
		return true
	}
	if specOf(&q.r, id) != nil {
		return false
	}
	return !t.knownTo(l.epoch) || !j.beliefAt(l.node, s).present
}

// missingHosted reports that an id which a request about exports or hosts names, or
// refers to, is unknown or dropped.
func (j *Judges) missingHosted(l *life, q *request) bool {
	if q.anyDropped || references(&q.r, func(id core.GlobalID) bool { return j.lost(l, q, id) }) {
		return true
	}
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			return false
		}
		if !usable(id) || j.slotOf(id) < 0 {
			return true
		}
		t := &j.things[j.slotOf(id)]
		e := j.exportOf(id, l.epoch)
		switch q.r.Op {
		case core.RequestAlter:
			if t.droppedFor(l.epoch) || e == nil && (!t.knownTo(l.epoch) || !j.beliefAt(l.node, j.slotOf(id)).present) {
				return true
			}
		case core.RequestAlterExports, core.RequestExport:
			if e == nil || t.droppedFor(l.epoch) {
				return true
			}
		case core.RequestDropExports:
			if e == nil && (j.prepared(q.life, id) == nil || l.mono >= j.prepared(q.life, id).lapses || j.othersName(q, id)) && !q.r.Unvalidated {
				return true
			}
		default:
		}
	}
}

// startsTooEarly reports that an export was to start before its input can be read.
func (j *Judges) startsTooEarly(l *life, q *request) bool {
	for k := range q.r.Exports {
		d := &q.r.Exports[k].Description
		if !usable(d.From) || j.slotOf(d.From) < 0 {
			continue
		}
		b := j.beliefAt(l.node, j.slotOf(d.From))
		e := j.exportOf(q.r.Exports[k].ID, l.epoch)
		switch {
		case q.r.Op == core.RequestAlterExports:
			if e != nil && (e.desc.From != d.From || e.was.From != d.From) && b.view.Since != (frontier.Frontier{}) {
				return true
			}
		case d.Snapshot:
			if b.view.Since.Empty {
				return true
			}
		case !atMost(b.view.Since, d.AsOf):
			return true
		}
	}
	return false
}

// aboutHosts reports a request about exports, their tokens, or moves.
func aboutHosts(op core.RequestOp) bool {
	switch op {
	case core.RequestAlter, core.RequestPrepareExport, core.RequestRenewToken, core.RequestCancelToken,
		core.RequestCreateExports, core.RequestAlterExports, core.RequestDropExports, core.RequestExport:
		return true
	default:
		return false
	}
}
