package storaged

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/source"
)

// Bounds of what an ingestion keeps in memory.
const (
	// maxPoll is how many records one poll asks for.
	maxPoll = 1024
	// maxBuffered is how many records may wait to be bound and written before nothing
	// more is polled, unless bindings made elsewhere ask for it.
	maxBuffered = 8 * maxPoll
)

// drivePoll asks the source for what follows what is known.
func (h *Host) drivePoll(at uint32) {
	o := h.objects.At(at)
	in := &o.in
	behind := in.polled < in.bound
	switch {
	case o.ending || o.stage != stageRunning || in.finished && !behind:
		return
	case !behind && (in.upper.IsEmpty() || in.buffered >= maxBuffered):
		return
	}
	ref := laneRef{lanePoll, at}
	if !h.ready(&o.poll, ref, o.serial) {
		return
	}
	c := &h.issue(&o.poll, ref, o.serial, EffectSource, h.settings.ReadDeadline).Source
	c.Op, c.Ingestion, c.Connection = source.OpPoll, o.id, o.def.Source.Connection
	c.From, c.Max = in.polled, maxPoll
}

// sayTries is how many failures in a row are worth a status row.
const sayTries = 3

// polled takes the completion of a poll. A source that answers against its contract
// is treated as one that does not answer: nothing of it is believed.
func (h *Host) polled(at uint32, res *source.Result) {
	o := h.objects.At(at)
	in := &o.in
	switch {
	case res.Outcome == outcome.Mismatch:
		// Another copy has written these records everywhere and confirmed them, or they
		// are lost: where the data goes on is read anew.
		h.failed(&o.poll)
		if o.poll.tries == sayTries {
			h.say(at, statusSourceLost)
		}
		h.restart(at)
	case res.Outcome != outcome.Done || !sound(res, in.polled):
		h.failed(&o.poll)
		if o.poll.tries == sayTries {
			h.say(at, statusSourceFails)
		}
	default:
		h.say(at, statusRunning)
		o.poll.succeeded()
		in.fresh, in.finished = true, res.Finished
		if res.Upto == in.polled {
			h.pause(&o.poll, h.settings.AdvanceEvery)
			return
		}
		h.addChunk(in, chunk{from: in.polled, upto: res.Upto, records: res.Records})
		in.polled = res.Upto
	}
}

// sound reports whether the records lie where a poll from an offset finds them.
func sound(res *source.Result, from source.Offset) bool {
	for i := range res.Records {
		r := &res.Records[i]
		if r.Offset < from || r.Offset >= res.Upto {
			return false
		}
		from = r.Offset
	}
	return from <= res.Upto
}

func (h *Host) addChunk(in *ingestion, c chunk) {
	i := h.chunks.New()
	*h.chunks.At(i) = c
	if in.lastChunk == 0 {
		in.firstChunk = i
	} else {
		h.chunks.At(in.lastChunk).next = i
	}
	in.lastChunk = i
	in.buffered += c.weight()
}

// weight counts a chunk's records, and the chunk itself.
func (c *chunk) weight() uint32 { return uint32(len(c.records)) + 1 }

// dropChunk forgets the first chunk.
func (h *Host) dropChunk(in *ingestion) {
	i := in.firstChunk
	c := h.chunks.At(i)
	in.buffered -= c.weight()
	in.firstChunk = c.next
	if in.firstChunk == 0 {
		in.lastChunk = 0
	}
	h.chunks.Release(i)
}

// driveConfirm tells the source what is durable in every export.
func (h *Host) driveConfirm(at uint32) {
	o := h.objects.At(at)
	if o.ending || o.stage != stageRunning || o.confirm.effect != 0 {
		return
	}
	offset, ok := h.everywhere(at)
	ref := laneRef{laneConfirm, at}
	if !ok || offset <= o.in.confirmed || !h.ready(&o.confirm, ref, o.serial) {
		return
	}
	o.in.confirming = offset
	c := &h.issue(&o.confirm, ref, o.serial, EffectSource, h.settings.PersistDeadline).Source
	c.Op, c.Ingestion, c.Connection, c.From = source.OpConfirm, o.id, o.def.Source.Connection, offset
}

// confirmed takes the completion of a confirmation; they are paced.
func (h *Host) confirmed(at uint32, res *source.Result) {
	o := h.objects.At(at)
	if o.ending {
		h.released(at, res)
		return
	}
	if res.Outcome != outcome.Done {
		h.failed(&o.confirm)
		return
	}
	o.in.confirmed = o.in.confirming
	h.pause(&o.confirm, h.settings.AdvanceEvery)
}
