package storaged

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// leavingReader is a leased reader that nobody needs any more. Closing it lets the
// shard's since go on before the lease ends (C-91).
type leavingReader struct {
	serial uint64
	shard  persist.ShardID
	reader persist.ReaderID
	// until is when the lease has lapsed anyway.
	until      clock.Instant
	lane       lane
	next, prev uint32
}

// input is the shard that an object reads.
func (o *object) input() persist.ShardID {
	if noShard(o.def.Sink.Data) {
		return o.def.Source.Remap
	}
	return o.def.Sink.Data
}

// openReader opens the object's reader on its main lane; a new one if the last one
// is lost.
func (h *Host) openReader(at uint32) {
	o := h.objects.At(at)
	if !h.ready(&o.main, laneRef{laneMain, at}, o.serial) {
		return
	}
	if o.reader == (persist.ReaderID{}) {
		o.reader = h.newReader()
	}
	o.op = persist.OpOpenLeasedReader
	c := h.call(&o.main, laneRef{laneMain, at}, o.serial, persist.OpOpenLeasedReader, o.input())
	c.Reader, c.Lease = o.reader, h.settings.ReaderLease
}

// readerOpened notes where the reader stands; its first heartbeat is a period away.
func (h *Host) readerOpened(at uint32, res *persist.Result) {
	o := h.objects.At(at)
	o.main.succeeded()
	o.reading, o.since = true, res.ReaderSince
	o.beat.tries = 0
	o.beat.retryAt = h.now.Mono.Add(h.settings.Heartbeat)
}

// loseReader forgets a reader whose lease has ended (P-18).
func (h *Host) loseReader(at uint32) {
	o := h.objects.At(at)
	h.settleLane(&o.beat)
	o.reader, o.reading = persist.ReaderID{}, false
}

// driveBeat renews the lease, and lets go of what will not be read again: a
// heartbeat that moves forwards (C-91, P-14).
func (h *Host) driveBeat(at uint32) {
	o := h.objects.At(at)
	ref := laneRef{laneBeat, at}
	if !o.reading || !h.ready(&o.beat, ref, o.serial) {
		return
	}
	c := h.call(&o.beat, ref, o.serial, persist.OpDowngradeSince, o.input())
	c.Reader, c.Since = o.reader, h.resume(at)
}

// beaten takes the completion of a heartbeat.
func (h *Host) beaten(at uint32, res *persist.Result) {
	o := h.objects.At(at)
	switch res.Outcome {
	case outcome.Done:
		o.since = res.ReaderSince
		h.pause(&o.beat, h.settings.Heartbeat)
	case outcome.LeaseExpired, outcome.Invalid:
		h.loseReader(at)
	default:
		h.failed(&o.beat)
	}
}

// leave closes the object's reader, if there may be one, beside whatever follows.
func (h *Host) leave(at uint32) {
	o := h.objects.At(at)
	h.settleLane(&o.beat)
	if o.reader == (persist.ReaderID{}) {
		return
	}
	i := h.leaving.New()
	*h.leaving.At(i) = leavingReader{
		serial: h.serial(), shard: o.input(), reader: o.reader, until: h.now.Mono.Add(h.settings.ReaderLease),
	}
	o.reader, o.reading = persist.ReaderID{}, false
	h.linkLeaving(i)
	h.driveLeaving(i)
}

func (h *Host) linkLeaving(i uint32) {
	v := h.leaving.At(i)
	v.prev = h.lastLeaving
	if v.prev == 0 {
		h.firstLeaving = i
	} else {
		h.leaving.At(v.prev).next = i
	}
	h.lastLeaving = i
}

// driveLeaving closes a reader, or gives up when its lease has lapsed anyway.
func (h *Host) driveLeaving(i uint32) {
	v := h.leaving.At(i)
	if v.lane.effect == 0 && h.now.Mono >= v.until {
		h.gone(i)
		return
	}
	ref := laneRef{laneLeave, i}
	if h.ready(&v.lane, ref, v.serial) {
		h.call(&v.lane, ref, v.serial, persist.OpCloseReader, v.shard).Reader = v.reader
	}
}

// left takes the completion of a closing.
func (h *Host) left(i uint32, res *persist.Result) {
	switch res.Outcome {
	case outcome.NotDone, outcome.Unknown:
		v := h.leaving.At(i)
		h.failed(&v.lane)
		v.lane.retryAt = min(v.lane.retryAt, v.until) // then it is given up
		h.driveLeaving(i)
	default:
		h.gone(i)
	}
}

func (h *Host) gone(i uint32) {
	v := h.leaving.At(i)
	h.settleLane(&v.lane)
	if v.prev == 0 {
		h.firstLeaving = v.next
	} else {
		h.leaving.At(v.prev).next = v.next
	}
	if v.next == 0 {
		h.lastLeaving = v.prev
	} else {
		h.leaving.At(v.next).prev = v.prev
	}
	h.leaving.Release(i)
}
