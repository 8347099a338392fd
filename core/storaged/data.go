package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// misfit is the error that stands for a record which does not fit its collection's
// schema. It depends on nothing but that, so that every copy writes the same.
const misfit = "the source's record does not fit the schema"

// driveExports writes to each export what the bindings say, and forgets those that
// have ended.
func (h *Host) driveExports(at uint32) {
	for i := h.objects.At(at).firstExport; i != 0; {
		next := h.exports.At(i).next
		h.driveExport(at, i)
		i = next
	}
	if o := h.objects.At(at); o.active() && o.stage >= stageUppers && h.uppersKnown(at) {
		if _, _, ok := h.span(at); !ok {
			h.rest(at, stageFinished, statusFinished)
			return
		}
		h.trim(at)
	}
}

func (h *Host) driveExport(at, i uint32) {
	o, e := h.objects.At(at), h.exports.At(i)
	ref := laneRef{laneData, i}
	switch {
	case e.batch.token != persist.Token{}:
		h.sendBatch(o, i)
	case o.ending || e.ending:
		h.answer(e.id, e.owed)
		h.removeExport(i)
	case !o.active() || !e.live():
	case !e.known:
		if o.stage == stageUppers && h.ready(&e.write, ref, e.serial) {
			h.call(&e.write, ref, e.serial, persist.OpFetchUpper, e.data)
		}
	case o.stage == stageRunning:
		if upto := h.covered(o); e.upper.LessThan(upto) && h.ready(&e.write, ref, e.serial) {
			h.newBatch(o, e, upto)
			h.sendBatch(o, i)
		}
	}
}

// covered is the upper up to which all records are bound and known: the bindings'
// own, or the first time whose binding is beyond what was polled.
func (h *Host) covered(o *object) frontier.Frontier {
	if o.in.bound <= o.in.polled {
		return o.in.upper
	}
	for i := o.in.firstBinding; i != 0; i = h.bindings.At(i).next {
		if b := h.bindings.At(i); b.offset > o.in.polled {
			return frontier.At(b.time)
		}
	}
	return o.in.upper
}

// newBatch makes the append of the records whose times are in [its upper, upto).
func (h *Host) newBatch(o *object, e *export, upto frontier.Frontier) {
	rows := h.scratch.updates[:0]
	b := o.in.firstBinding
	for i := o.in.firstChunk; i != 0; i = h.chunks.At(i).next {
		c := h.chunks.At(i)
		for k := range c.records {
			r := &c.records[k]
			for b != 0 && h.bindings.At(b).offset <= r.Offset {
				b = h.bindings.At(b).next
			}
			if b == 0 || upto.LessEqualTime(h.bindings.At(b).time) {
				break
			}
			t := h.bindings.At(b).time
			if r.Output != e.output || !e.upper.LessEqualTime(t) {
				continue
			}
			data := r.Data
			if !e.schema.Fits(data) {
				data = relation.PackError(misfit)
			}
			rows = append(rows, relation.Update{Data: data, Time: t, Diff: r.Diff})
		}
	}
	rows = relation.Consolidate(rows)
	h.scratch.updates = rows
	e.batch = batch{token: h.newToken(), expected: e.upper, upper: upto, updates: h.updates.Copy(rows)}
}

// sendBatch sends a batch, for the first time or again, identically (C-14).
func (h *Host) sendBatch(o *object, i uint32) {
	e := h.exports.At(i)
	ref := laneRef{laneData, i}
	if !h.ready(&e.write, ref, e.serial) {
		return
	}
	c := h.call(&e.write, ref, e.serial, persist.OpCompareAndAppend, e.data)
	c.Writer, c.Token = h.writer(o), e.batch.token
	c.Expected, c.Upper, c.Updates = e.batch.expected, e.batch.upper, e.batch.updates
}

// dataEnded takes the completion of a call to a data shard.
func (h *Host) dataEnded(i uint32, res *persist.Result) {
	e := h.exports.At(i)
	o := h.objects.At(e.object)
	appended := e.batch.token != persist.Token{}
	switch {
	case res.Outcome == outcome.NotDone && appended && !e.batch.unsure && (e.ending || !o.active()):
		e.batch = batch{}
	case res.Outcome == outcome.NotDone:
		h.failed(&e.write)
	case res.Outcome == outcome.Unknown:
		e.batch.unsure = appended
		h.failed(&e.write)
	case res.Outcome == outcome.Done && appended:
		h.learn(e, e.batch.upper)
	case res.Outcome == outcome.Done:
		h.learn(e, res.Upper)
	case res.Outcome == outcome.Mismatch && appended:
		if res.Upper == e.batch.expected {
			h.halt(core.HaltContract, "mismatch at the expected upper", uint64(res.Upper.T), e.serial)
			return
		}
		h.learn(e, res.Upper)
	case res.Outcome == outcome.Invalid:
		h.appendInvalid(res.Reason, e.serial)
		h.learn(e, frontier.Empty())
	default:
		h.halt(core.HaltContract, "outcome of a call to a data shard", uint64(res.Outcome), e.serial)
	}
}

// learn takes a data shard's upper. It may be beyond the bindings that are known, if
// another copy of this ingestion has bound and written more: nothing is written here
// then until those bindings were read, as the next append to the remap shard shows
// that there are some. An empty upper ends the export (H-12).
func (h *Host) learn(e *export, upper frontier.Frontier) {
	e.write.succeeded()
	e.batch = batch{}
	e.upper, e.known = e.upper.Join(upper), true
}

// trim forgets the records that are written everywhere, and the bindings that say no
// more than a later one does about what is not.
func (h *Host) trim(at uint32) {
	o := h.objects.At(at)
	if o.stage != stageRunning {
		return
	}
	in := &o.in
	offset, _ := h.everywhere(at)
	for in.firstChunk != 0 && h.chunks.At(in.firstChunk).upto <= offset {
		h.dropChunk(in)
	}
	earliest, _, _ := h.span(at)
	for in.firstBinding != in.lastBinding {
		second := h.bindings.At(h.bindings.At(in.firstBinding).next)
		if second.time >= earliest.T {
			return
		}
		h.dropBinding(in)
	}
}
