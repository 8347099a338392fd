package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// recordKind is what a record of the history notes.
type recordKind uint8

const (
	noteRequest recordKind = iota + 1
	noteAnswer
	noteView
	noteLanding
	noteSince
	noteEnd
)

// record is one compact note for the recheck at the end of a run: what happened,
// without any judgement.
type record struct {
	kind  recordKind
	code  core.ErrorCode
	op    core.RequestOp
	flag  bool // a reported collection
	open  bool // its shard was in use
	node  int8
	life  uint32
	slot  int32
	step  uint64
	id    uint64 // of a request; the shard's place otherwise
	epoch uint64
	owner uint64 // the epoch that had taken the shard over
	a, b  frontier.Frontier
	c     frontier.Frontier
	rows  []relation.RowCount
	news  []relation.Update
	// appends of a request; ids that its refusal is about, and whether it is definite.
	appends []core.Append
	ids     []core.GlobalID
	surely  bool
	about   core.GlobalID // the table that a view is of
}

// Bounds of the history: what lies beyond is judged online only.
const (
	chunkRecords = 64
	mostRecords  = 4096
)

type chunk [chunkRecords]record

// history is an append-only list of records in chunks. Full chunks are shared by
// copies and never written again.
type history struct {
	full   []*chunk
	tail   chunk
	n      int // records in tail
	spare  []*chunk
	shared bool
}

func (h *history) reset() {
	if !h.shared {
		h.spare = append(h.spare, h.full...)
	}
	clear(h.full)
	h.full, h.n, h.shared = h.full[:0], 0, false
}

func (h *history) copyFrom(src *history) {
	h.reset()
	h.full = append(h.full, src.full...)
	copy(h.tail[:src.n], src.tail[:src.n])
	h.n = src.n
	h.shared = true
	src.shared = true
}

func (h *history) add() *record {
	if h.n == chunkRecords {
		if len(h.full) >= mostRecords/chunkRecords {
			return nil
		}
		var c *chunk
		if k := len(h.spare); k > 0 {
			c, h.spare = h.spare[k-1], h.spare[:k-1]
		} else {
			c = new(chunk)
		}
		*c = h.tail
		h.full = append(h.full, c)
		h.n = 0
	}
	r := &h.tail[h.n]
	h.n++
	return r
}

// whole reports that nothing was left out.
func (h *history) whole() bool {
	return len(h.full) < mostRecords/chunkRecords || h.n < chunkRecords
}

// each visits all records in order.
func (h *history) each(f func(*record)) {
	for _, c := range h.full {
		for i := range c {
			f(&c[i])
		}
	}
	for i := 0; i < h.n; i++ {
		f(&h.tail[i])
	}
}

// note records an observation, after the shadow has taken it up.
func (j *Judges) note(o *Observation) {
	if !j.history.whole() {
		return
	}
	switch o.Kind {
	case Requested:
		if r := j.history.add(); r != nil {
			*r = record{kind: noteRequest, node: int8(o.Node), life: o.Incarnation, step: o.Step, op: o.Request.Op, id: uint64(o.Request.ID), appends: o.Request.Appends}
			if o.Request.Op == core.RequestSnapshot && usable(o.Request.GlobalID) {
				r.slot, r.a = j.slotAt(o.Request.GlobalID), at(o.Request.AsOf)
			}
		}
	case Responded:
		j.noteAnswer(o)
	case Moved:
		j.noteView(o)
	case PersistApplied:
		j.noteApplied(o)
	case Booted, Crashed:
		if r := j.history.add(); r != nil {
			*r = record{kind: noteEnd, node: int8(o.Node), life: o.Incarnation, step: o.Step}
		}
	default:
	}
}

func (j *Judges) noteAnswer(o *Observation) {
	if r := j.history.add(); r != nil {
		*r = record{
			kind: noteAnswer, node: int8(o.Node), life: o.Incarnation, step: o.Step,
			id: uint64(o.Response.Request), code: o.Response.Err.Code, rows: o.Response.Rows,
			ids: o.Response.Err.IDs, surely: o.Response.Err.Definite,
		}
	}
}

// noteView notes a view whose frontiers or shard changed.
func (j *Judges) noteView(o *Observation) {
	v := o.Collection
	if o.Gone || v == nil {
		return
	}
	slot := j.slotAt(v.ID)
	b := j.beliefAt(o.Node, slot)
	if w := j.viewBefore(b); b.movedStep != o.Step || w.Phase == v.Phase && w.Data == v.Data && w.Since == v.Since && w.Implied == v.Implied && w.Upper == v.Upper {
		return
	}
	if r := j.history.add(); r != nil {
		*r = record{
			kind: noteView, node: int8(o.Node), life: o.Incarnation, slot: slot, step: o.Step,
			a: v.Since, b: v.Implied, c: v.Upper, flag: v.Kind == core.KindReported || j.lostToHost(slot), open: v.Phase == core.ShardOpen,
			id: uint64(j.shardAt(v.Data)),
		}
		if v.Kind == core.KindTable {
			r.about = v.ID
		}
	}
}

// lostToHost reports that a shard which a host writes is gone: for the host that is
// its end.
func (j *Judges) lostToHost(slot int32) bool {
	s := j.dataShard(slot)
	return s != nil && s.now.Finalized && j.things[slot].hosted()
}

func (j *Judges) noteApplied(o *Observation) {
	kind := recordKind(0)
	switch {
	case o.PersistCall.Op == persist.OpCompareAndAppend && o.PersistResult.Outcome == outcome.Done && o.Before.Upper != o.After.Upper:
		kind = noteLanding
	case o.Before.CriticalSince != o.After.CriticalSince || o.Before.Since != o.After.Since || o.Before.Opaque != o.After.Opaque:
		kind = noteSince
	default:
		return
	}
	r := j.history.add()
	if r == nil {
		return
	}
	*r = record{
		kind: kind, node: int8(o.Node), life: o.Incarnation, step: o.Step,
		id: uint64(j.shardAt(o.PersistCall.Shard)), a: o.Before.Upper, b: o.After.Upper, c: o.After.Since,
		news: o.PersistCall.Updates,
	}
	if l := j.lifeOf(o.Incarnation); o.Node != Foreign && l != nil {
		r.epoch, r.owner = l.epoch, max(o.Before.Opaque.Epoch, o.Before.WriterEpoch)
		if kind == noteSince {
			r.owner = o.Before.Opaque.Epoch
		} else {
			r.owner = o.Before.WriterEpoch
		}
	}
}
