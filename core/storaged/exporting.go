package storaged

import (
	"cmp"
	"slices"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

// An export fences older copies of itself in the external system, which tells it the
// durable progress, opens a reader of its input, and goes on from the progress; or
// from as_of if there is none, with the contents at as_of first if that is wanted
// (H-20). Then it alternates between listening and writing.

// driveSink moves an export as far as it can go.
func (h *Host) driveSink(at uint32) {
	o := h.objects.At(at)
	if o.main.effect != 0 {
		return
	}
	if !o.reading && (o.stage == stageSnapshot || o.stage == stageListening) {
		o.stage = stageInput
	}
	switch o.stage {
	case stageFencing:
		h.callSink(at, sink.OpOpen)
	case stageInput:
		h.openReader(at)
	case stageSnapshot:
		h.readInput(at, persist.OpSnapshot)
	case stageListening:
		h.readInput(at, persist.OpListen)
	case stageWriting:
		h.callSink(at, sink.OpWrite)
	case stageFinding:
		h.callSink(at, sink.OpProgress)
	case stageClosing:
		if o.out.opened {
			h.callSink(at, sink.OpClose)
		}
	case stageFenced:
		h.unfence(at)
	default:
	}
}

// start is the time that an export reads from: one step before its progress, or
// as_of if nothing is out. Progress that is not beyond as_of is progress all the
// same: what is before it is out, and going on from there loses and doubles nothing.
func (o *object) start() frontier.Frontier {
	if o.out.progress == frontier.Minimum() {
		return o.def.Sink.AsOf
	}
	return o.out.progress.StepBack()
}

// callSink makes a call to the external system.
func (h *Host) callSink(at uint32, op sink.Op) {
	o := h.objects.At(at)
	ref := laneRef{laneMain, at}
	if !h.ready(&o.main, ref, o.serial) {
		return
	}
	c := &h.issue(&o.main, ref, o.serial, EffectSink, h.settings.PersistDeadline).Sink
	c.Op, c.Export, c.Connection, c.Schema = op, o.id, o.def.Sink.Connection, o.def.Sink.Schema
	c.Fence = o.out.fence
	switch op {
	case sink.OpOpen:
		o.out.opened, o.out.epoch = true, h.session.id.Epoch
		c.Epoch, c.Seen = o.out.epoch, o.out.seen
	case sink.OpWrite:
		c.From, c.To, c.Updates = o.out.from, o.out.to, o.out.updates
	case sink.OpNone, sink.OpProgress, sink.OpClose:
	}
}

// sinkEnded takes the completion of a call to the external system.
func (h *Host) sinkEnded(at uint32, res *sink.Result) {
	o := h.objects.At(at)
	switch {
	case o.stage == stageClosing:
		h.closed(at, res)
	case res.Outcome == outcome.Fenced:
		h.fenced(at, res.Epoch)
	case res.Outcome == outcome.Unknown && o.stage == stageWriting:
		o.stage = stageFinding
		h.failed(&o.main)
	case o.stage == stageFencing && res.Outcome == outcome.Mismatch && res.Count != o.out.seen:
		o.out.seen = res.Count
	case o.stage == stageFencing && res.Outcome == outcome.Done:
		h.fenceHeld(at, res)
	case res.Outcome == outcome.Done, res.Outcome == outcome.Mismatch && o.stage == stageWriting:
		h.progressed(at, res.Progress)
	default:
		h.failed(&o.main)
		if o.main.tries == sayTries {
			h.say(at, statusSinkFails)
		}
	}
}

// fenceHeld goes on from the progress that is durable.
func (h *Host) fenceHeld(at uint32, res *sink.Result) {
	o := h.objects.At(at)
	o.main.succeeded()
	o.out.seen, o.out.progress = res.Count, res.Progress
	if res.Progress.IsEmpty() {
		h.completed(at)
		return
	}
	o.stage = stageInput
}

// progressed takes the durable progress after a write, or after its outcome was
// found out: the batch is out, or is still to be written, or the external system is
// elsewhere and the input is read from there.
func (h *Host) progressed(at uint32, progress frontier.Frontier) {
	o := h.objects.At(at)
	if o.stage == stageFinding && progress == o.out.from {
		o.stage = stageWriting
		if o.out.from == o.out.to {
			o.stage = stageInput
		}
		return
	}
	o.main.succeeded()
	expected := progress == o.out.to
	o.out.progress, o.out.updates = progress, nil
	switch {
	case progress.IsEmpty():
		h.completed(at)
	case expected:
		o.stage = stageListening
		h.say(at, statusRunning)
	default:
		o.stage, o.reading = stageInput, false
		h.settleLane(&o.beat)
	}
}

// completed rests: the input is finished, and all of it is out (H-22). The fence
// stays.
func (h *Host) completed(at uint32) {
	o := h.objects.At(at)
	o.stage = stageFinished
	h.leave(at)
	h.say(at, statusFinished)
}

// fenced stops this copy: another one has taken over. If this host is still wanted
// to run it, it takes over again after a while, from the beginning, unless a newer
// controller stands behind the other copy.
func (h *Host) fenced(at uint32, epoch uint64) {
	o := h.objects.At(at)
	h.leave(at)
	o.stage = stageFenced
	o.out = exporting{progress: o.out.progress, resumed: o.out.resumed, fencedBy: epoch}
	o.main.tries = 0
	o.main.retryAt = h.now.Mono.Add(h.jittered(h.settings.BackoffMax, h.nextEffect))
	h.say(at, statusFenced)
}

func (h *Host) unfence(at uint32) {
	o := h.objects.At(at)
	if o.out.fencedBy > h.session.id.Epoch || !h.ready(&o.main, laneRef{laneMain, at}, o.serial) {
		return
	}
	o.out.fence = h.newFence()
	o.stage = stageFencing
	h.say(at, statusStarting)
	h.callSink(at, sink.OpOpen)
}

// closed takes the completion of a closing. A fence that another one replaced, or a
// connection that cannot be used, needs none.
func (h *Host) closed(at uint32, res *sink.Result) {
	o := h.objects.At(at)
	switch res.Outcome {
	case outcome.Done, outcome.Fenced, outcome.Invalid:
		o.main.succeeded()
		o.out.opened = false
	default:
		h.failed(&o.main)
	}
}

// readInput reads the input: its contents at as_of, or what follows what is out.
func (h *Host) readInput(at uint32, op persist.Op) {
	o := h.objects.At(at)
	ref := laneRef{laneMain, at}
	if !h.ready(&o.main, ref, o.serial) {
		return
	}
	o.op = op
	c := h.call(&o.main, ref, o.serial, op, o.def.Sink.Data)
	c.Reader, c.AsOf = o.reader, o.start().T
	if op == persist.OpSnapshot {
		c.AsOf = o.out.resumed.T
	}
}

// inputEnded takes the completion of a call to the input's shard.
func (h *Host) inputEnded(at uint32, res *persist.Result) {
	o := h.objects.At(at)
	switch {
	case h.inputFailed(at, res):
	case o.op == persist.OpOpenLeasedReader:
		h.inputOpened(at, res)
	case res.Outcome == outcome.NotYet:
		h.pause(&o.main, h.settings.AdvanceEvery)
	case o.op == persist.OpSnapshot:
		h.gather(at, res.Updates, after(o.out.resumed.T))
	default:
		h.heard(at, res)
	}
}

// inputFailed handles the ends of a read that lead to another one.
func (h *Host) inputFailed(at uint32, res *persist.Result) bool {
	o := h.objects.At(at)
	if res.Outcome == outcome.Mismatch {
		h.failed(&o.main)
		o.stage, o.reading = stageInput, false
		h.settleLane(&o.beat)
		return true
	}
	return h.readFailed(at, res)
}

// inputOpened begins to read, if what follows can still be read (S10). If it cannot,
// or if there is no time to begin at, the external system may be further than this
// copy knows.
func (h *Host) inputOpened(at uint32, res *persist.Result) {
	h.readerOpened(at, res)
	o := h.objects.At(at)
	start := o.start()
	if start.IsEmpty() || !o.since.LessEqual(start) {
		h.say(at, statusCompacted)
		h.failed(&o.main)
		o.reading = false
		o.stage, o.out.from, o.out.to = stageFinding, o.out.progress, o.out.progress
		return
	}
	o.out.resumed = start
	o.stage = stageListening
	if o.out.progress == frontier.Minimum() && o.def.Sink.Snapshot {
		o.stage = stageSnapshot
	}
	h.say(at, statusRunning)
}

// heard takes the changes after what is out. Progress without changes is written as
// well: it is what lets the input be compacted.
func (h *Host) heard(at uint32, res *persist.Result) {
	o := h.objects.At(at)
	if !res.Upper.IsEmpty() && res.Upper.LessEqual(after(o.start().T)) {
		h.pause(&o.main, h.settings.AdvanceEvery)
		return
	}
	h.gather(at, res.Updates, res.Upper)
}

// gather makes the batch that takes the progress to an upper: changes by time, then
// row, each with its net count.
func (h *Host) gather(at uint32, updates []relation.Update, to frontier.Frontier) {
	o := h.objects.At(at)
	rows := append(h.scratch.updates[:0], updates...)
	h.scratch.updates = rows
	rows = relation.Consolidate(rows)
	slices.SortStableFunc(rows, func(a, b relation.Update) int { return cmp.Compare(a.Time, b.Time) })
	o.main.succeeded()
	o.stage = stageWriting
	o.out.from, o.out.to, o.out.updates = o.out.progress, to, h.updates.Copy(rows)
}
