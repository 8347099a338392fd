package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

// learn takes in what an answer says about the collections that were asked about.
func (w *World) learn(r *run, m *reply) {
	q := &r.built
	switch m.code {
	case core.Ok:
		w.learnSuccess(r, m)
	case core.InvalidUppers:
		if len(q.Appends) == 1 {
			w.about(q.Appends[0].ID).learnUpper(m.frontier)
		}
	case core.ReadBeforeSince:
		if q.GlobalID.Kind != core.IDNone {
			w.about(q.GlobalID).learnSince(m.frontier)
		}
	case core.IdentifierMissing, core.InvalidReadHold:
		if q.Op == core.RequestRenewHold || q.Op == core.RequestMoveHold || q.Op == core.RequestReleaseHold {
			w.forgetHold(q.Owner, q.Hold)
		}
	default:
	}
}

func (w *World) learnSuccess(r *run, m *reply) {
	q := &r.built
	switch q.Op {
	case core.RequestAppend:
		for i := range q.Appends {
			w.learnAppend(&q.Appends[i])
		}
	case core.RequestCollection:
		if k := w.about(q.GlobalID); m.about {
			k.since, k.upper = k.since.Join(m.since), k.upper.Join(m.upper)
			k.shard, k.hasShard = m.shard, true
		}
	case core.RequestSnapshot:
		if q.AsOf < frontier.MaxTimestamp {
			w.about(q.GlobalID).learnUpper(frontier.At(q.AsOf + 1))
		}
	case core.RequestAcquireHold, core.RequestRenewHold, core.RequestMoveHold:
		w.holdGranted(q, m)
	case core.RequestReleaseHold:
		w.forgetHold(q.Owner, q.Hold)
	case core.RequestUpdateCapabilities:
		w.capabilitiesGranted(q, m)
	case core.RequestPrepareExport:
		w.about(q.GlobalID).token = m.token
	default:
	}
}

// learnAppend takes in an append that was acknowledged.
func (w *World) learnAppend(a *core.Append) {
	k := w.about(a.ID)
	k.learnUpper(a.Upper)
	for i := range a.Updates {
		if a.Updates[i].Diff > 0 {
			k.ackRow(a.Updates[i].Data)
		}
	}
}

// countAnswer counts what a run must have done to be worth anything.
func (w *World) countAnswer(r *core.Response) {
	if r.Err.Code != core.Ok {
		return
	}
	slot, ok := w.clients.pendingIndex.Get(uint64(r.Request))
	if !ok {
		return
	}
	p := w.clients.pending.At(slot)
	switch p.actor {
	case actorWriter:
		w.counter.Acked++
	case actorRun:
		switch w.clients.runs.At(p.index).built.Op {
		case core.RequestAppend:
			w.counter.Acked++
		case core.RequestSnapshot:
			w.counter.Snapshots++
		default:
		}
	case actorOwner:
	}
}
