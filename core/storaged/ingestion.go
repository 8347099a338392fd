package storaged

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged/source"
)

// An ingestion opens a reader of its remap shard, fetches the uppers of its data
// shards, and reads the bindings that are in force where the data is to go on (H-10).
// Then three things run side by side: it polls the source, binds what it has polled
// to a time, and writes to each data shard what the bindings say (H-11, H-12). What
// another copy of it does meanwhile shows as a mismatch, and is read.

// driveIngestion moves an ingestion as far as it can go.
func (h *Host) driveIngestion(at uint32) {
	if h.objects.At(at).in.mint.token != (persist.Token{}) {
		h.sendMint(at)
	} else {
		h.driveRemap(at)
	}
	h.driveExports(at)
	h.drivePoll(at)
	h.driveConfirm(at)
	h.driveRelease(at)
}

// active reports whether the ingestion goes on to new things.
func (o *object) active() bool {
	return !o.ending && o.stage <= stageRunning
}

// live reports whether the export is one that is still to be filled.
func (e *export) live() bool { return !e.ending && !(e.known && e.upper.IsEmpty()) }

// span is the earliest and the latest upper of the exports that are still to be
// filled; ok is false if there is none, or if one's upper is not known.
func (h *Host) span(at uint32) (earliest, latest frontier.Frontier, ok bool) {
	earliest = frontier.Empty()
	for i := h.objects.At(at).firstExport; i != 0; i = h.exports.At(i).next {
		e := h.exports.At(i)
		if !e.live() {
			continue
		}
		if !e.known {
			return earliest, latest, false
		}
		earliest, latest, ok = earliest.Meet(e.upper), latest.Join(e.upper), true
	}
	return earliest, latest, ok
}

// uppersKnown reports whether nothing has to be fetched.
func (h *Host) uppersKnown(at uint32) bool {
	for i := h.objects.At(at).firstExport; i != 0; i = h.exports.At(i).next {
		if e := h.exports.At(i); e.live() && !e.known {
			return false
		}
	}
	return true
}

// resume is the time that an object's reader must keep readable: where a copy that
// starts now would begin to read.
func (h *Host) resume(at uint32) frontier.Frontier {
	o := h.objects.At(at)
	if o.input() == o.def.Sink.Data {
		return o.start()
	}
	earliest, _, ok := h.span(at)
	if !ok {
		return o.since
	}
	if !o.in.upper.IsEmpty() {
		earliest = earliest.Meet(o.in.upper)
	}
	return earliest.StepBack()
}

// written is the offset before which an upper says that all is written.
func (h *Host) written(at uint32, upper frontier.Frontier) source.Offset {
	in := &h.objects.At(at).in
	if upper.IsEmpty() {
		return in.bound
	}
	offset := source.Offset(0)
	for i := in.firstBinding; i != 0; i = h.bindings.At(i).next {
		b := h.bindings.At(i)
		if b.time >= upper.T {
			break
		}
		offset = b.offset
	}
	return offset
}

// everywhere is the offset before which every export has everything, ok is false if
// no export is to be filled.
func (h *Host) everywhere(at uint32) (offset source.Offset, ok bool) {
	earliest, _, ok := h.span(at)
	return h.written(at, earliest), ok
}

// run begins to poll where the export that is furthest behind goes on.
func (h *Host) run(at uint32) {
	o := h.objects.At(at)
	o.stage = stageRunning
	o.in.polled, _ = h.everywhere(at)
	o.in.finished, o.in.fresh = false, false
	for i := o.firstExport; i != 0; i = h.exports.At(i).next {
		e := h.exports.At(i)
		e.resumed = e.upper
	}
	if o.poll.tries < sayTries {
		h.say(at, statusRunning)
	}
}

// restart reads everything anew: where the data goes on, and the bindings there. What
// is being read is of no use any more; an append that is undecided is found out first.
func (h *Host) restart(at uint32) {
	o := h.objects.At(at)
	o.stage, o.reading = stageOpening, false
	if o.in.mint.token == (persist.Token{}) {
		h.settleLane(&o.main)
	}
	h.settleLane(&o.beat)
	h.settleLane(&o.poll)
	h.settleLane(&o.confirm)
	h.forgetSource(at)
}

// forgetSource empties what an ingestion keeps of its source and its bindings.
func (h *Host) forgetSource(at uint32) {
	in := &h.objects.At(at).in
	for in.firstChunk != 0 {
		h.dropChunk(in)
	}
	for in.firstBinding != 0 {
		h.dropBinding(in)
	}
	confirmed, mint, mintedAt := in.confirmed, in.mint, in.mintedAt
	*in = ingestion{confirmed: confirmed, mint: mint, mintedAt: mintedAt}
}

// rest ends an ingestion that has nothing more to do, for good or bad.
func (h *Host) rest(at uint32, s stage, c statusKind) {
	o := h.objects.At(at)
	o.stage = s
	if o.in.mint.token == (persist.Token{}) {
		h.settleLane(&o.main)
	}
	h.settleLane(&o.poll)
	h.settleLane(&o.confirm)
	h.leave(at)
	h.forgetSource(at)
	h.say(at, c)
}
