package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/stash"
)

// export is what the stash durably says of one export, beside that it was dropped.
type export struct {
	slot  int32
	epoch uint64 // whose transaction made it
	// ackStep is when its creation was acknowledged by that epoch.
	ackStep uint64
	desc    core.ExportDescription
	// was is the description before the latest change, which a controller of
	// changedEpoch has acknowledged if it was a move.
	was          core.ExportDescription
	changedEpoch uint64
	// writtenEpoch wrote the description: a controller of an older epoch does not know it.
	writtenEpoch uint64
	// over is the incarnation that knows for certain that it has ended everywhere.
	over uint32
	// former are the hosts that the description tells of where it may still run. Frozen.
	former   []core.HostConfig
	asOf     frontier.Frontier
	snapshot bool
}

// exportAt is what is known of the export at slot, or nil.
func (j *Judges) exportAt(slot int32) *export {
	if slot < 0 || j.things[slot].export == 0 {
		return nil
	}
	return &j.exports[j.things[slot].export-1]
}

// exportOf is what is known of an export that a controller of this epoch must know.
func (j *Judges) exportOf(id core.GlobalID, epoch uint64) *export {
	if !usable(id) {
		return nil
	}
	e := j.exportAt(j.slotOf(id))
	if e == nil || e.epoch > epoch {
		return nil
	}
	return e
}

// maybeAs reports that an export may be described so as far as a controller knows,
// which may not have heard of the latest change, and knows of none that a newer epoch
// made.
func (e *export) maybeAs(l *life, d *core.ExportDescription) bool {
	return e.writtenEpoch > l.epoch || sameExport(&e.desc, d) || sameExport(&e.was, d)
}

// surelyAs reports that an export is described so as far as any controller of an epoch
// knows.
func (e *export) surelyAs(l *life, d *core.ExportDescription) bool {
	return e.writtenEpoch <= l.epoch && sameExport(&e.desc, d) && sameExport(&e.was, d)
}

// exportWritten takes up a durable change of an export, and judges that a client asked
// for it.
func (j *Judges) exportWritten(l *life, incarnation uint32, slot int32, w *stash.Write) {
	t := &j.things[slot]
	j.checked[s9]++
	if w.Collection == stash.CollectionExportAsOf {
		e := j.exportAt(slot)
		asOf, snapshot, ok := startOf(w.Value)
		switch {
		case !ok || e == nil:
			j.violate(s9, l.node, "the stash gets a start of export %v that cannot be read, or is of none", t.id)
		case w.Kind == stash.WriteInsert && e.asOf == frontier.Frontier{} && !e.snapshot:
			e.asOf, e.snapshot = asOf, snapshot
			j.startReadable(l, e)
			j.startAsked(l, incarnation, e)
		case w.Kind != stash.WriteInsert && (e.asOf != asOf || e.snapshot != snapshot):
			j.violate(s9, l.node, "the stash gets another start of export %v", t.id)
		}
		return
	}
	d, ok := exportDescriptionOf(w.Value)
	if !ok {
		j.violate(s9, l.node, "the stash gets a description of export %v that cannot be read", t.id)
		return
	}
	e := j.exportAt(slot)
	switch {
	case e == nil:
		if t.created {
			j.violate(s9, l.node, "%v is a collection, and becomes an export", t.id)
		}
		j.exports = append(j.exports, export{slot: slot, epoch: l.epoch, desc: d, was: d, writtenEpoch: l.epoch})
		t.export = int32(len(j.exports))
		j.exportAsked(l, incarnation, core.RequestCreateExports, t.id, &d)
	case w.Kind == stash.WriteUpsert:
		j.formerEnds(incarnation, t.id, e.former)
		j.endBegins(l, incarnation, t.id, hostNamed(e.desc.Host, t.id), true)
		e.former = formerOf(w.Value, 7)
		j.formerKept(l, incarnation, t.id, d.Host, e.former)
		e.was, e.desc, e.changedEpoch, e.writtenEpoch = e.desc, d, 0, l.epoch
		if d.From == e.was.From && d.Connection == e.was.Connection && d.Status == e.was.Status {
			j.moveAsked(l, incarnation, t.id, d.Host, core.RequestAlterExports)
		} else {
			j.exportAsked(l, incarnation, core.RequestAlterExports, t.id, &d)
		}
	}
}

// startReadable judges that an export starts where its input can be read (C-33).
func (j *Judges) startReadable(l *life, e *export) {
	from := j.slotOf(e.desc.From)
	if from < 0 || l.ended || l.halted {
		return
	}
	if b := j.beliefAt(l.node, from); b.opened && b.view.Phase == core.ShardOpen && before(e.asOf, b.view.Since) {
		j.violate(s11, l.node, "export %v becomes durable as of %v, but %v can be read from %v on only", idOf(j, e.slot), e.asOf, e.desc.From, b.view.Since)
	}
}

// startAsked judges that an export's durable start is what an open request asks for: with
// or without a snapshot, and not earlier than its as_of (C-33).
func (j *Judges) startAsked(l *life, incarnation uint32, e *export) {
	if l.ended || l.halted {
		return
	}
	id := idOf(j, e.slot)
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || q.life != incarnation || q.r.Op != core.RequestCreateExports {
			continue
		}
		for k := range q.r.Exports {
			d := &q.r.Exports[k].Description
			if q.r.Exports[k].ID == id && d.Snapshot == e.snapshot && (d.AsOf == e.asOf || d.Snapshot && before(d.AsOf, e.asOf)) {
				return
			}
		}
	}
	j.violate(s11, l.node, "export %v becomes durable as of %v (snapshot %v), and no open request asks for that", id, e.asOf, e.snapshot)
}

// exportAsked judges that an export's durable description is what an open request
// asks for.
func (j *Judges) exportAsked(l *life, incarnation uint32, op core.RequestOp, id core.GlobalID, d *core.ExportDescription) {
	if l.ended || l.halted {
		return
	}
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || q.life != incarnation || q.r.Op != op {
			continue
		}
		for k := range q.r.Exports {
			if s := &q.r.Exports[k]; s.ID == id && sameExport(&s.Description, d) {
				return
			}
		}
	}
	j.violate(s11, l.node, "export %v becomes durable with a description that no open request has", id)
}

// moveAsked judges that a durable change of host is what an open request asks for.
func (j *Judges) moveAsked(l *life, incarnation uint32, id core.GlobalID, to core.HostConfig, also core.RequestOp) {
	if l.ended || l.halted {
		return
	}
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || q.life != incarnation || q.r.Op != core.RequestAlter && q.r.Op != also {
			continue
		}
		for k := range q.r.Moves {
			if m := &q.r.Moves[k]; m.ID == id && m.Host == to {
				return
			}
		}
		for k := range q.r.Exports {
			if s := &q.r.Exports[k]; s.ID == id && s.Description.Host == to {
				return
			}
		}
	}
	j.violate(s11, l.node, "%v moves durably to host %v, and no open request asks for it", id, to)
}

func sameExport(a, b *core.ExportDescription) bool {
	return a.From == b.From && a.Connection == b.Connection && a.Status == b.Status && a.Host == b.Host
}

// preparedExport is a token that a controller gave out.
type preparedExport struct {
	life uint32
	id   core.GlobalID
	from int32
	// or is where it may be instead: a token that may have lapsed came back there.
	or    int32
	token core.Token
	owner core.OwnerID
	// lapses: not before, unless it is renewed.
	lapses clock.Instant
}

// prepared finds a token of an incarnation for an id, or nil.
func (j *Judges) prepared(incarnation uint32, id core.GlobalID) *preparedExport {
	for i := range j.tokens {
		if t := &j.tokens[i]; t.life == incarnation && t.id == id {
			return t
		}
	}
	return nil
}

// tokenAnswered takes up what an answer says of tokens.
func (j *Judges) tokenAnswered(l *life, q *request, r *core.Response) {
	if r.Err.Code != core.Ok {
		return
	}
	switch q.r.Op {
	case core.RequestPrepareExport, core.RequestRenewToken:
		t := j.prepared(q.life, q.r.GlobalID)
		if q.r.Op == core.RequestRenewToken {
			j.renewable(l, q, t)
		}
		if t == nil {
			j.tokens = append(j.tokens, preparedExport{life: q.life, id: q.r.GlobalID, token: r.Token, owner: q.r.Owner, from: j.slotAt(q.r.From), or: -1})
			t = &j.tokens[len(j.tokens)-1]
		} else if t.token != r.Token && l.mono < t.lapses && !j.othersName(q, t.id) {
			j.violate(s11, l.node, "export %v has the token %d, and another one is given out", t.id, t.token)
		}
		if q.r.Op == core.RequestRenewToken || t.token != r.Token {
			// Who prepares again gets the token that there is, which stays its owner's. Who
			// renews one is its owner, or has been since it lapsed and came back to him.
			t.owner = q.r.Owner
		}
		switch from := j.slotAt(q.r.From); {
		case t.token != r.Token:
			t.from, t.or = from, -1
		case q.r.Op == core.RequestRenewToken && l.mono >= t.lapses && t.from != from:
			t.or = from
		}
		t.token, t.lapses = r.Token, l.mono+span(l.config.HoldLease)
		if r.Token == 0 {
			j.violate(s11, l.node, "%v (request %d) succeeds without a token", q.r.Op, q.r.ID)
		}
	case core.RequestCancelToken:
		j.tokenEnds(q.life, q.r.GlobalID)
	case core.RequestDropExports:
		for _, id := range q.r.IDs {
			j.tokenEnds(q.life, id)
		}
	case core.RequestCreateExports:
		for i := range q.r.Exports {
			j.tokenEnds(q.life, q.r.Exports[i].ID)
			if e := j.exportOf(q.r.Exports[i].ID, l.epoch); e != nil && e.epoch == l.epoch && e.ackStep == 0 {
				e.ackStep = j.step
			}
		}
	default:
	}
}

// renewable judges that a token which is renewed is its owner's and, if it is not this
// incarnation's, comes back in time (C-31, C-48).
func (j *Judges) renewable(l *life, q *request, t *preparedExport) {
	switch {
	case j.othersName(q, q.r.GlobalID):
	case t == nil && l.known && l.mono >= l.graceLast:
		j.violate(s11, l.node, "export %v: a token is taken back that this controller has not given out, after its grace", q.r.GlobalID)
	case t != nil && l.mono < t.lapses && t.token == q.r.Token && t.owner != q.r.Owner:
		j.violate(s11, l.node, "export %v: owner %d renews the token of owner %d", q.r.GlobalID, q.r.Owner, t.owner)
	}
}

func (j *Judges) tokenEnds(incarnation uint32, id core.GlobalID) {
	j.tokens = slices.DeleteFunc(j.tokens, func(t preparedExport) bool { return t.life == incarnation && t.id == id })
}

// dropTokens forgets the tokens of an incarnation that is gone.
func (j *Judges) dropTokens(incarnation uint32) {
	if len(j.tokens) > 0 {
		j.tokens = slices.DeleteFunc(j.tokens, func(t preparedExport) bool { return t.life == incarnation })
	}
}

// frozen reports a token that keeps the implied capability of a collection where it
// is, for certain: it has not lapsed, and nothing that could end it is open.
func (j *Judges) frozen(l *life, incarnation uint32, slot int32) *preparedExport {
	for i := range j.tokens {
		t := &j.tokens[i]
		if t.life != incarnation || t.from != slot || t.or >= 0 || l.mono >= t.lapses {
			continue
		}
		if !j.anyNames(incarnation, t.id) {
			return t
		}
	}
	return nil
}

// anyNames reports that an open request names an id.
func (j *Judges) anyNames(incarnation uint32, id core.GlobalID) bool {
	for i := range j.requests {
		if q := &j.requests[i]; q.used && q.life == incarnation && mentions(&q.r, id) {
			return true
		}
	}
	return false
}
