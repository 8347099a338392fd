package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// lists are the arenas that requests' lists are carved from.
type lists struct {
	specs        flat.Arena[core.CollectionSpec]
	ids          flat.Arena[core.GlobalID]
	appends      flat.Arena[core.Append]
	policies     flat.Arena[core.PolicyChange]
	uppers       flat.Arena[core.UpperReport]
	capabilities flat.Arena[core.CapabilityChange]
	tooMany      []core.GlobalID
	hostLists
}

// build makes the request of a run from its operation and from what the client
// knows now. Later attempts repeat it word for word.
func (w *World) build(slot uint32, op *plan.Operation) {
	r := w.clients.runs.At(slot)
	q := &r.built
	*q = core.Request{Unvalidated: op.Unvalidated, Owner: core.OwnerID(op.Owner), Hold: core.HoldID(op.Hold)}
	held := w.heldAt(q.Owner, q.Hold)
	var part plan.Part
	if len(op.Parts) > 0 {
		part = op.Parts[0]
		q.GlobalID = slotID(&part)
	}
	switch op.Kind {
	case plan.OpCreate:
		q.Op, q.Collections = core.RequestCreate, w.specs(op.Parts)
	case plan.OpDrop:
		q.Op, q.IDs = core.RequestDrop, w.ids(op.Parts)
	case plan.OpAppend:
		q.Op, q.Appends = core.RequestAppend, w.appends(r, op.Parts)
	case plan.OpSetPolicy:
		q.Op, q.Policies = core.RequestSetPolicy, w.policies(op.Parts)
	case plan.OpReport:
		q.Op, q.Uppers = core.RequestUpdateUppers, w.reports(op.Parts)
	case plan.OpAcquire:
		q.Op = core.RequestAcquireHold
		q.Earliest = part.Time.Base == plan.Earliest
		if !q.Earliest {
			q.At = w.resolve(part.Time, q.GlobalID, held)
		}
	case plan.OpRenew:
		q.Op, q.At = core.RequestRenewHold, held
	case plan.OpMove:
		q.Op, q.At = core.RequestMoveHold, w.resolve(part.Time, q.GlobalID, held)
	case plan.OpRelease:
		q.Op = core.RequestReleaseHold
		w.holdEnds(q.Owner, q.Hold)
	case plan.OpCapabilities:
		q.Op, q.Capabilities = core.RequestUpdateCapabilities, w.capabilities(q.Owner, op.Parts)
	case plan.OpSnapshot:
		q.Op, q.AsOf = core.RequestSnapshot, w.resolve(part.Time, q.GlobalID, held)
		q.Wait = clock.Duration(op.WaitMs) * clock.Millisecond
		r.waitUs = op.WaitMs * 1000
		if r.waitUs == 0 {
			r.waitUs = int64(w.config.SnapshotWait)
		}
	case plan.OpCollection:
		q.Op = core.RequestCollection
	case plan.OpDump:
		q.Op = core.RequestDump
	case plan.OpRaw:
		w.buildRaw(r, op)
	case plan.OpCancel:
	default:
		w.buildHosted(q, op, &part)
	}
	if op.Kind == plan.OpCapabilities {
		q.GlobalID = core.GlobalID{}
	}
}

func (w *World) specs(parts []plan.Part) []core.CollectionSpec {
	list := w.lists.specs.Carve(len(parts))
	for i := range parts {
		p := &parts[i]
		d := core.Description{Schema: w.schemas[variantOf(p.Schema, len(w.schemas))]}
		d.Kind, d.Introspection = kindOf(p.Kind)
		if d.Introspection == core.IntrospectionShardMapping {
			d.Schema = w.mappings[variantOf(p.Schema, len(w.mappings))]
		}
		if p.Since != nil {
			d.Since = frontier.At(w.resolve(*p.Since, slotID(p), 0))
		}
		if p.Status != 0 {
			d.Status = userID(p.Status)
		}
		if p.BadStatus {
			d.Status = core.GlobalID{Kind: core.IDTransient + 1, N: uint64(max(p.Slot, 0))}
		}
		if p.BadFrontier {
			d.Since = notCanonical(w.wallOnGrid())
		}
		switch p.Kind {
		case plan.KindIngestion:
			d.Ingestion = w.ingestion(parts, p)
		case plan.KindSubsource:
			d.Of = userID(p.Of)
		}
		if p.Odd != plan.OddNone {
			w.oddCollection(&d, p)
		}
		list[i] = core.CollectionSpec{ID: slotID(p), Description: d}
	}
	return list
}

func kindOf(kind string) (core.CollectionKind, core.IntrospectionType) {
	switch kind {
	case plan.KindReported:
		return core.KindReported, core.IntrospectionNone
	case plan.KindTable, "":
		return core.KindTable, core.IntrospectionNone
	case plan.KindIngestion:
		return core.KindIngestion, core.IntrospectionNone
	case plan.KindSubsource:
		return core.KindSubsource, core.IntrospectionNone
	case plan.KindShardMapping:
		return core.KindIntrospection, core.IntrospectionShardMapping
	case plan.KindSourceStatus:
		return core.KindIntrospection, core.IntrospectionSourceStatus
	case plan.KindSinkStatus:
		return core.KindIntrospection, core.IntrospectionSinkStatus
	}
	return core.KindNone, core.IntrospectionNone
}

func (w *World) ids(parts []plan.Part) []core.GlobalID {
	list := w.lists.ids.Carve(len(parts))
	for i := range parts {
		list[i] = slotID(&parts[i])
	}
	return list
}

func (w *World) policies(parts []plan.Part) []core.PolicyChange {
	list := w.lists.policies.Carve(len(parts))
	for i := range parts {
		id := slotID(&parts[i])
		list[i] = core.PolicyChange{ID: id, Policy: w.policyOf(parts[i].Policy, id)}
	}
	return list
}

func (w *World) capabilities(owner core.OwnerID, parts []plan.Part) []core.CapabilityChange {
	list := w.lists.capabilities.Carve(len(parts))
	for i := range parts {
		id := slotID(&parts[i])
		at := w.resolve(parts[i].Time, id, w.countedAt(owner, id))
		list[i] = core.CapabilityChange{ID: id, Time: at, Diff: parts[i].Diff}
	}
	return list
}

// reports are honest: whatever a client claims about a collection that is written
// elsewhere is at most what somebody has seen in its shard.
func (w *World) reports(parts []plan.Part) []core.UpperReport {
	list := w.lists.uppers.Carve(len(parts))
	for i := range parts {
		p := &parts[i]
		id := slotID(p)
		k := w.about(id)
		upper := w.newUpper(p, id)
		switch {
		case p.BadFrontier:
			upper = notCanonical(w.wallOnGrid())
		case k.reported && k.durable.LessThan(upper):
			upper = k.durable
		}
		list[i] = core.UpperReport{ID: id, Upper: upper}
	}
	return list
}

// newUpper is the upper that a part leads to.
func (w *World) newUpper(p *plan.Part, id core.GlobalID) frontier.Frontier {
	if p.Close {
		return frontier.Empty()
	}
	return frontier.At(w.resolve(p.Time, id, 0))
}

func (w *World) appends(r *run, parts []plan.Part) []core.Append {
	list := w.lists.appends.Carve(len(parts))
	for i := range parts {
		p := &parts[i]
		id := slotID(p)
		list[i] = core.Append{ID: id, Upper: w.newUpper(p, id)}
		// A table writer that was told that it came too late chooses anew: not before
		// what it was told.
		if upper := w.about(id).upper; r.rebuilt > 0 && list[i].Upper.LessEqual(upper) && !upper.Empty {
			list[i].Upper = frontier.At(shifted(upper.T, max(w.plan.GridMs, 1)))
		}
		rowID := rowOfOp | uint64(uint32(r.id))<<24 | uint64(r.rebuilt&0xf)<<20 | uint64(i&0xff)<<12
		list[i].Updates = w.partUpdates(p, id, list[i].Upper, rowID)
		if p.BadFrontier {
			list[i].Upper = notCanonical(list[i].Upper.T)
		}
	}
	return list
}

// notCanonical is a frontier that is empty and has a time nevertheless.
func notCanonical(t frontier.Timestamp) frontier.Frontier {
	return frontier.Frontier{T: max(t, 1), Empty: true}
}

// partUpdates are the rows of one part of an append, at times between what the
// client believes the upper to be and the new upper, unless the part says
// otherwise.
func (w *World) partUpdates(p *plan.Part, id core.GlobalID, upper frontier.Frontier, rowID uint64) []relation.Update {
	if p.Rows <= 0 {
		return nil
	}
	from := timeOf(w.about(id).upper)
	to := bound(upper, from)
	k := w.draws.Key(nobody, rowID, 0)
	list := w.updates.Carve(p.Rows)
	for i := range list {
		list[i] = w.partUpdate(p, id, &k, i, from, to, rowID|uint64(i&0xfff))
	}
	if last := len(list) - 1; last > 0 && p.ErrorRow && p.ErrorBack && !p.BadRow && !p.Early && !p.Beyond {
		list[0].Time = from
		list[last] = relation.Update{Data: list[0].Data, Time: max(from, timeWithin(&k, last, from, to)), Diff: -1}
	}
	return list
}

func (w *World) partUpdate(p *plan.Part, id core.GlobalID, k *kernel.Key, i int, from, to frontier.Timestamp, rowID uint64) relation.Update {
	u := relation.Update{Diff: 1, Time: timeWithin(k, i, from, to)}
	switch {
	case p.Early && from > 0 && from < frontier.MaxTimestamp:
		u.Time = from - 1
	case p.Beyond:
		u.Time = shifted(to, int64(i))
	}
	about := w.about(id)
	switch {
	case p.BadRow && i == 0:
		u.Data = w.badRow(rowID)
	case p.ErrorRow && i == 0:
		u.Data = w.errorRow(rowID)
	case p.Retract:
		if row, ok := about.takeRow(); ok {
			u.Data, u.Diff = row, -1
			break
		}
		u.Data = w.row(int(about.variant), rowID)
	default:
		u.Data = w.row(int(about.variant), rowID)
	}
	return u
}
