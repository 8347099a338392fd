package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// A reporter writes a reported collection's shard itself, as whatever fills such a
// collection would, and then tells the controller how far the shard has come.
//
// Each part takes two steps, a fetch of the shard's upper and a compare-and-append
// that expects it; between the two somebody else may be faster.

// startReport begins the operation of a reporter. Anybody else only reports.
func (w *World) startReport(slot uint32) {
	r := w.clients.runs.At(slot)
	if op := w.op(r); op.As != plan.Reporter {
		w.build(slot, op)
		w.attempt(slot)
		return
	}
	w.reportLater(slot, reportFetch)
}

// Steps of a report, in an event's Arg.
const (
	reportFetch uint32 = iota
	reportAppend
)

func (w *World) reportLater(slot uint32, step uint32) {
	r := w.clients.runs.At(slot)
	r.timers++
	k := w.draws.Key(nobody, uint64(requestOfOp(r.id, 0)), int(r.part)*64+int(r.tries)*2+int(step))
	w.push(kernel.Event{AtUs: w.nowUs + draw(&w.plan.Latency.Persist, &k), Kind: evReport,
		Slot: int32(slot), Gen: uint32(r.id), Arg: step})
}

// maxReportTries is how often a reporter that lost a race for an upper tries again.
const maxReportTries = 3

// reportStep lets one call of a reporter take effect.
func (w *World) reportStep(e *kernel.Event) {
	r := w.timer(e)
	slot := uint32(e.Slot)
	if r.final {
		w.leave(slot)
		return
	}
	op := w.op(r)
	if int(r.part) >= len(op.Parts) {
		w.build(slot, op)
		w.attempt(slot)
		return
	}
	p := op.Parts[r.part]
	id := slotID(&p)
	shard, ok := w.shardOfID(id)
	if !ok || !w.about(id).reported {
		w.nextPart(slot, r)
		return
	}
	if e.Arg == reportFetch {
		w.reportFetch(slot, r, shard, id, e)
		return
	}
	w.reportAppend(slot, r, &p, shard, id, e)
}

func (w *World) nextPart(slot uint32, r *run) {
	r.part++
	r.tries = 0
	w.reportLater(slot, reportFetch)
}

func (w *World) reportFetch(slot uint32, r *run, shard persist.ShardID, id core.GlobalID, e *kernel.Event) {
	var result persist.Result
	w.happened(e)
	w.events++
	w.runPersist(nobody, 0, &persist.Call{Op: persist.OpFetchUpper, Shard: shard}, &result)
	if result.Outcome != outcome.Done {
		w.nextPart(slot, r)
		return
	}
	r.expected = result.Upper
	w.about(id).durable = result.Upper
	w.reportLater(slot, reportAppend)
}

func (w *World) reportAppend(slot uint32, r *run, p *plan.Part, shard persist.ShardID, id core.GlobalID, e *kernel.Event) {
	upper := w.newUpper(p, id)
	if r.expected.Empty || upper.LessEqual(r.expected) {
		// The shard is there already.
		w.nextPart(slot, r)
		return
	}
	c := persist.Call{Op: persist.OpCompareAndAppend, Shard: shard, Expected: r.expected, Upper: upper,
		Writer: persist.WriterID{Hi: foreign | 1, Lo: uint64(uint32(r.id))},
		Token:  persist.Token{Hi: foreign | 1, Lo: uint64(uint32(r.id))<<32 | uint64(r.part)<<8 | uint64(r.tries)}}
	rowID := rowOfOp | uint64(uint32(r.id))<<24 | uint64(r.tries&0xf)<<20 | uint64(r.part&0xff)<<12
	about := w.about(id)
	about.upper = about.upper.Join(r.expected)
	c.Updates = w.reportedRows(p, id, &c, rowID)
	var result persist.Result
	w.happened(e)
	w.events++
	w.runPersist(nobody, 0, &c, &result)
	switch result.Outcome {
	case outcome.Done:
		w.about(id).durable = upper
		w.nextPart(slot, r)
	case outcome.Mismatch:
		w.about(id).durable = result.Upper
		r.expected = result.Upper
		r.tries++
		if r.tries >= maxReportTries {
			w.nextPart(slot, r)
			return
		}
		w.reportLater(slot, reportAppend)
	default:
		w.nextPart(slot, r)
	}
}

// reportedRows are a part's rows, all within the interval that is appended: what is
// written to a shard directly has nobody to refuse it but the shard.
func (w *World) reportedRows(p *plan.Part, id core.GlobalID, c *persist.Call, rowID uint64) []relation.Update {
	list := w.updates.Carve(max(p.Rows, 0))
	k := w.draws.Key(nobody, rowID, 0)
	from, to := c.Expected.T, bound(c.Upper, c.Expected.T)
	honest := *p
	honest.Early, honest.Beyond, honest.BadRow = false, false, false
	for i := range list {
		list[i] = w.partUpdate(&honest, id, &k, i, from, to, rowID|uint64(i&0xfff))
		if list[i].Diff > 0 && !list[i].Data.IsError() {
			w.about(id).ackRow(list[i].Data)
		}
	}
	return list
}
