package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// driveMint binds what was polled to a time (H-11), if everything that is bound was
// polled. Records are bound at once, unless the shard is ahead of the clock; then,
// and without records, times advance every AdvanceEvery, if the source was polled
// since. Without records they do not run ahead of the clock.
func (h *Host) driveMint(at uint32) {
	o := h.objects.At(at)
	in := &o.in
	_, latest, ok := h.span(at)
	if !ok || in.upper.IsEmpty() || in.polled < in.bound {
		return
	}
	now := h.present()
	news := in.polled > in.bound || in.finished
	inTime := in.upper.T <= now
	due := in.mintedAt.Add(h.settings.AdvanceEvery)
	switch {
	case news && inTime:
	case !news && !(in.fresh && inTime):
		return
	case in.mintedAt != 0 && h.now.Mono < due:
		h.waitForMint(at, due)
		return
	}
	t := max(now, in.upper.T, latest.T)
	if t == frontier.MaxTimestamp && !in.finished {
		return
	}
	h.newMint(at, t)
	h.sendMint(at)
}

// waitForMint looks at the ingestion again at an instant. What else the lane has to
// do need not wait for it.
func (h *Host) waitForMint(at uint32, due clock.Instant) {
	o := h.objects.At(at)
	h.arm(&o.main.timer, laneMain, at, o.serial, max(due, o.main.retryAt))
}

// newMint makes the append that binds all that was polled to t, and closes the shard
// if there is nothing beyond it.
func (h *Host) newMint(at uint32, t frontier.Timestamp) {
	in := &h.objects.At(at).in
	m := mint{token: h.newToken(), expected: in.upper, upper: after(t), time: t, offset: in.polled}
	if in.finished {
		m.upper = frontier.Empty()
	}
	rows := h.scratch.updates[:0]
	if in.polled > in.bound {
		if in.bound != 0 {
			rows = append(rows, relation.Update{Data: remapRow(in.bound), Time: t, Diff: -1})
		}
		rows = append(rows, relation.Update{Data: remapRow(in.polled), Time: t, Diff: 1})
	}
	m.updates = h.updates.Copy(rows)
	h.scratch.updates = rows
	in.mint, in.mintedAt, in.fresh = m, max(h.now.Mono, 1), false
}

func (h *Host) sendMint(at uint32) {
	o := h.objects.At(at)
	ref := laneRef{laneMain, at}
	if !h.ready(&o.main, ref, o.serial) {
		return
	}
	o.op = persist.OpCompareAndAppend
	c := h.call(&o.main, ref, o.serial, persist.OpCompareAndAppend, o.def.Source.Remap)
	m := &o.in.mint
	c.Writer, c.Token = h.writer(o), m.token
	c.Expected, c.Upper, c.Updates = m.expected, m.upper, m.updates
}

// minted takes the completion of an append to the remap shard. If it was lost to
// another copy of this ingestion, that one's bindings hold: they are read (H-12).
func (h *Host) minted(at uint32, res *persist.Result) {
	o := h.objects.At(at)
	in := &o.in
	m := in.mint
	switch res.Outcome {
	case outcome.Done:
		o.main.succeeded()
		in.mint = mint{}
		if o.ending || o.stage != stageRunning {
			return // what is bound now is of no use any more
		}
		if m.offset > in.bound {
			h.addBinding(in, m.time, m.offset)
		}
		in.upper = m.upper
		in.target = in.target.Join(m.upper)
	case outcome.Mismatch:
		if res.Upper == m.expected {
			h.halt(core.HaltContract, "mismatch at the expected upper", uint64(m.expected.T), o.serial)
			return
		}
		o.main.succeeded()
		in.mint = mint{}
		in.target = in.target.Join(res.Upper)
	case outcome.NotDone:
		if !o.active() && !m.unsure {
			in.mint = mint{}
			return
		}
		h.failed(&o.main)
	case outcome.Unknown:
		in.mint.unsure = true
		h.failed(&o.main)
	case outcome.Invalid:
		h.appendInvalid(res.Reason, o.serial)
		in.mint = mint{}
		if o.active() {
			h.rest(at, stageFailed, statusFailed)
		}
	default:
		h.halt(core.HaltContract, "outcome of an append", uint64(res.Outcome), o.serial)
	}
}

// appendInvalid halts if an append was refused for anything but that its shard is
// gone.
func (h *Host) appendInvalid(r persist.Reason, serial uint64) {
	if r != persist.ReasonFinalized {
		h.halt(core.HaltContradiction, "append", uint64(r), serial)
	}
}
