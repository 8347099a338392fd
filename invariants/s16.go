package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

func docS16() Doc {
	return Doc{
		Name: "S16", Title: "linearizability",
		Statement: "Appends, snapshots and frontier reads of one collection form a linearizable history: there is one order of them that agrees with real time and with every answer. Complete histories of up to 40 operations are given to a checker of its own; in every history, however long, an upper that a client was told (by a read or by an acknowledged append) is not behind what clients of the same controller were told before it was asked.",
		Meaning:   "Two clients disagree about what happened first: a committed row is missing from a later read, or a read sees the future.",
		Met:       "a complete history in which operations overlapped was checked",
	}
}

// s16Answered judges online what clients are told of uppers, and records the
// operation for the checker.
func (j *Judges) s16Answered(l *life, q *request, r *core.Response) {
	switch q.r.Op {
	case core.RequestAppend:
		for k := q.firstEntry; k >= 0; k = j.entries[k].nextInRequest {
			j.s16Appended(l, q, r, &j.entries[k])
		}
	case core.RequestCollection:
		if r.Err.Code == core.Ok && q.slot >= 0 {
			upper := infoOf(r).Upper
			j.s16Told(l, q, q.slot, upper)
			j.linear.add(linearOp{
				kind: linearRead, slot: q.slot, life: q.life, call: q.step, end: j.step, upper: upper,
			})
		}
	case core.RequestSnapshot:
		if r.Err.Code == core.Ok && q.slot >= 0 {
			op := linearOp{kind: linearSnapshot, slot: q.slot, life: q.life, call: q.step, end: j.step, asOf: q.r.AsOf}
			for i := range r.Rows {
				op.content.add(r.Rows[i].Data, r.Rows[i].Diff)
			}
			j.linear.add(op)
		}
	default:
	}
}

// s16Told judges an upper that a client is told against those that were told
// before it asked.
func (j *Judges) s16Told(l *life, q *request, slot int32, upper frontier.Frontier) {
	j.checked[s16]++
	t := &j.things[slot]
	if t.toldEpoch == l.epoch && q.step > t.toldStep && before(upper, t.told) {
		j.violate(s16, l.node, "%v: a client is told upper %v after another had been told %v", t.id, upper, t.told)
	}
	if t.toldEpoch != l.epoch || before(t.told, upper) {
		t.told, t.toldEpoch, t.toldStep = upper, l.epoch, j.step
	}
}

func (j *Judges) s16Appended(l *life, q *request, r *core.Response, e *entry) {
	op := linearOp{
		slot: e.slot, life: q.life, call: q.step, end: j.step,
		upper: e.upper, least: e.least, updates: e.updates,
	}
	named := namedIn(r.Err.IDs, j.things[e.slot].id)
	switch {
	case r.Err.Code == core.Ok || r.Err.Code == core.InvalidUppers && !named:
		op.kind = linearAppend
		if t := &j.things[e.slot]; t.toldEpoch != l.epoch || before(t.told, e.upper) {
			t.told, t.toldEpoch, t.toldStep = e.upper, l.epoch, j.step
		}
	case r.Err.Code == core.InvalidUppers:
		b := j.beliefAt(q.node, e.slot)
		if b.view.Dropped || b.view.Phase == core.ShardFailed {
			return
		}
		op.kind = linearRefused
	case !r.Err.Definite || j.sentOut(q):
		op.kind, op.end = linearUnknown, never
	default:
		return
	}
	j.linear.add(op)
}

// s16Closed records the write that closes a dropped collection's shard: no client
// asked for it, but clients may be told of it from then on.
func (j *Judges) s16Closed(si int32, o *Observation) {
	s := &j.shards[si]
	if i := j.batchIndex.find(o.PersistCall.Token.Hi, o.PersistCall.Token.Lo); i < 0 || !j.batches[i].closing || s.slot < 0 {
		return
	}
	j.linear.add(linearOp{kind: linearAppend, slot: s.slot, life: o.Incarnation, call: j.step, end: never, upper: empty()})
}

// s16Lost records the appends of a request that will never be answered.
func (j *Judges) s16Lost(q *request) {
	if q.r.Op != core.RequestAppend {
		return
	}
	for k := q.firstEntry; k >= 0; k = j.entries[k].nextInRequest {
		e := &j.entries[k]
		j.linear.add(linearOp{
			kind: linearUnknown, slot: e.slot, life: q.life, call: q.step, end: never,
			upper: e.upper, least: e.least, updates: e.updates,
		})
	}
}
