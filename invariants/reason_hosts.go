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

// badRequest: what a request describes cannot be.
func (j *Judges) badRequest(q *request) bool {
	r := &q.r
	if j.anyBadStatus(r) {
		return true
	}
	switch r.Op {
	case core.RequestCreate:
		return anyBadDescription(r) || j.badFamily(q)
	case core.RequestAlter:
		for k := range r.Moves {
			if !hostWellFormed(r.Moves[k].Host) || slices.ContainsFunc(r.Moves[:k], func(m core.Move) bool { return m.ID == r.Moves[k].ID }) {
				return true
			}
		}
	case core.RequestCreateExports, core.RequestAlterExports:
		for k := range r.Exports {
			s := &r.Exports[k]
			if badExport(&s.Description) || j.elsewhere(r.Op, s) || r.Op == core.RequestCreateExports && s.Description.AsOf.Empty ||
				slices.ContainsFunc(r.Exports[:k], func(o core.ExportSpec) bool { return o.ID == s.ID }) {
				return true
			}
		}
	default:
	}
	return false
}

// anyBadStatus reports that something new is to have its status in a collection that
// takes none: the shard mapping, or one that a host fills.
func (j *Judges) anyBadStatus(r *core.Request) bool {
	for k := range r.Collections {
		if j.badStatus(r, r.Collections[k].Description.Status) {
			return true
		}
	}
	for k := range r.Exports {
		if j.badStatus(r, r.Exports[k].Description.Status) {
			return true
		}
	}
	return false
}

// badStatus reports that a status collection, of which a request may say what it is, is
// of a kind that takes none.
func (j *Judges) badStatus(r *core.Request, status core.GlobalID) bool {
	if !usable(status) {
		return false
	}
	d := (*core.Description)(nil)
	if s := j.slotOf(status); s >= 0 && j.things[s].described {
		d = &j.things[s].description
	} else if c := specOf(r, status); c != nil {
		d = &c.Description
	}
	return d != nil && d.Kind != core.KindTable && d.Kind != core.KindReported &&
		(d.Kind != core.KindIntrospection || d.Introspection == core.IntrospectionShardMapping)
}

// elsewhere reports that an alter-exports would have an export write to another
// external system, which knows nothing of what is out.
func (j *Judges) elsewhere(op core.RequestOp, s *core.ExportSpec) bool {
	if op != core.RequestAlterExports || !usable(s.ID) {
		return false
	}
	e := j.exportAt(j.slotOf(s.ID))
	return e != nil && s.Description.Connection != e.desc.Connection
}

func badExport(d *core.ExportDescription) bool {
	return !hostWellFormed(d.Host) || len(d.Connection) == 0 || len(d.Connection) > mostConnection
}

// mostConnection bounds what a client may say of an external system, in bytes.
const mostConnection = 4096

func hostWellFormed(h core.HostConfig) bool {
	if h.Address == "" {
		return h.Size >= 1 && h.Size <= 255
	}
	return h.Size == 0 && len(h.Address) <= 255
}

// badIngestion judges what an ingestion says of itself.
func badIngestion(c *core.CollectionSpec) bool {
	g := c.Description.Ingestion
	if g == nil || !hostWellFormed(g.Host) || len(g.Connection) == 0 || len(g.Connection) > mostConnection {
		return true
	}
	own := false
	for i, o := range g.Outputs {
		own = own || o.ID == c.ID
		if !usable(o.ID) || slices.ContainsFunc(g.Outputs[:i], func(p core.Output) bool { return p.ID == o.ID || p.Index == o.Index }) {
			return true
		}
	}
	for i, id := range g.Imports {
		if !usable(id) || slices.Contains(g.Imports[:i], id) {
			return true
		}
	}
	return !own
}

// specOf is the entry of a create for an id, or nil.
func specOf(r *core.Request, id core.GlobalID) *core.CollectionSpec {
	for k := range r.Collections {
		if r.Collections[k].ID == id {
			return &r.Collections[k]
		}
	}
	return nil
}

// badFamily judges what the entries of a create say of each other: an ingestion and
// what it fills must say the same, and none may read what it fills.
func (j *Judges) badFamily(q *request) bool {
	r := &q.r
	for k := range r.Collections {
		c := &r.Collections[k]
		switch c.Description.Kind {
		case core.KindIngestion:
			if c.Description.Ingestion == nil || importsOwn(r, c) {
				return true
			}
			for _, o := range c.Description.Ingestion.Outputs {
				if s := specOf(r, o.ID); o.ID != c.ID && (s == nil || s.Description.Kind != core.KindSubsource || s.Description.Of != c.ID || j.existed(o.ID)) {
					return true
				}
			}
		case core.KindSubsource:
			main := specOf(r, c.Description.Of)
			if main == nil || main.Description.Ingestion == nil || j.existed(main.ID) ||
				!slices.ContainsFunc(main.Description.Ingestion.Outputs, func(o core.Output) bool { return o.ID == c.ID }) {
				return true
			}
		default:
		}
	}
	return false
}

// existed reports that an id is durable already.
func (j *Judges) existed(id core.GlobalID) bool {
	return usable(id) && j.slotOf(id) >= 0 && j.things[j.slotOf(id)].created
}

// importsOwn reports an ingestion that reads, by way of others of the list, what it
// fills itself.
func importsOwn(r *core.Request, c *core.CollectionSpec) bool {
	reached := []core.GlobalID{c.ID}
	for i := 0; i < len(reached); i++ {
		s := specOf(r, reached[i])
		if s == nil || s.Description.Ingestion == nil {
			continue
		}
		for _, id := range s.Description.Ingestion.Imports {
			if from := specOf(r, id); from != nil && from.Description.Kind == core.KindSubsource {
				id = from.Description.Of
			}
			if id == c.ID {
				return true
			}
			if !slices.Contains(reached, id) {
				reached = append(reached, id)
			}
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

// refusableHosted is why a request about exports or hosts that succeeded should have
// been refused, or nothing.
func (j *Judges) refusableHosted(l *life, q *request) string {
	r := &q.r
	if r.Op != core.RequestCreate && j.badRequest(q) && !(r.Op == core.RequestCreateExports && j.allExported(l, q)) && !(r.Op == core.RequestAlterExports && j.allAsTheyAre(q)) {
		return "what it describes cannot be"
	}
	switch r.Op {
	case core.RequestCreate:
		for k := range r.Collections {
			id := r.Collections[k].ID
			if t := j.prepared(q.life, id); t != nil && l.mono < t.lapses && !j.othersName(q, id) {
				return "an id is prepared for an export"
			}
		}
	case core.RequestDrop:
		if j.surelyFed(l, q) {
			return "it drops an ingestion and leaves a subsource of it"
		}
	case core.RequestPrepareExport:
		if t := j.things[j.slotAt(r.GlobalID)]; q.anyDropped && t.droppedFor(l.epoch) {
			return "its id was dropped"
		}
		if t := j.surelyOut(l, q, r.GlobalID); t != nil && t.from != j.slotOf(r.From) {
			return "the token that is out is for another input"
		}
		return j.refersToLost(l, q)
	case core.RequestCancelToken:
		if j.prepared(q.life, r.GlobalID) == nil && !j.othersName(q, r.GlobalID) && !l.grace() {
			return "it cancels a token that was never given out"
		}
		if t := j.surelyOut(l, q, r.GlobalID); t != nil && t.token != r.Token {
			return "it shows another token than the one that is out"
		}
	case core.RequestAlter:
		for k := range r.Moves {
			if t := &j.things[j.slotAt(r.Moves[k].ID)]; t.export == 0 && t.described && t.description.Kind != core.KindIngestion {
				return "it moves what runs on no host"
			}
		}
	case core.RequestCreateExports:
		for k := range r.Exports {
			if e := j.exportOf(r.Exports[k].ID, l.epoch); e != nil && !e.maybeAs(l, &r.Exports[k].Description) {
				return "an id has another description"
			}
		}
		return j.refusableExports(l, q)
	case core.RequestAlterExports:
		return j.unreadableInput(l, q)
	default:
	}
	return ""
}

// allExported reports that a create of exports names existing ones only: they are
// compared, not judged.
func (j *Judges) allExported(l *life, q *request) bool {
	for k := range q.r.Exports {
		e := j.exportOf(q.r.Exports[k].ID, l.epoch)
		if e == nil || !e.maybeAs(l, &q.r.Exports[k].Description) {
			return false
		}
	}
	return true
}

func (j *Judges) allAsTheyAre(q *request) bool {
	for k := range q.r.Exports {
		e := j.exportAt(j.slotAt(q.r.Exports[k].ID))
		if e == nil || !sameExport(&e.desc, &q.r.Exports[k].Description) {
			return false
		}
	}
	return true
}
