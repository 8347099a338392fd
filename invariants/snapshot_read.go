package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// readState is how far a controller has come with one snapshot.
type readState uint8

const (
	// readWaiting: the upper has not passed its time.
	readWaiting readState = iota
	// readOut: a call of its reader is out.
	readOut
	// readIdle: its next call is owed.
	readIdle
)

// snapshotRead is the shadow of one snapshot and its leased reader. It outlives its
// request until the reader is closed (C-60, C-91).
type snapshotRead struct {
	used    bool
	life    uint32
	slot    int32
	request int32 // that waits for it, or -1
	reader  persist.ReaderID
	state   readState
	step    uint64 // in which its reader was first seen
	// op, effect and deadline of the call that is out.
	op       persist.Op
	effect   core.EffectID
	deadline clock.Instant
	asOf     frontier.Timestamp
	// owed: its next call belongs in this very step.
	owed bool
	// mixed: several began in one step, and which is whose cannot be told.
	mixed bool
	// lapsed: its reader is gone, or may be, and a fresh one may follow.
	lapsed bool
	// due is when its next call, or a fetch that it waits for, is owed at the
	// latest; seen is when the controller was first awake after that.
	due, seen clock.Instant
	free      int32
}

// longestPause is the longest that a backoff may last.
func longestPause(l *life) clock.Instant { return span(l.config.BackoffMax) }

func (j *Judges) newReading(life uint32, slot, request int32) int32 {
	i := j.freeReading
	if i >= 0 {
		j.freeReading = j.readings[i].free
	} else {
		i = int32(len(j.readings))
		j.readings = append(j.readings, snapshotRead{})
	}
	j.readings[i] = snapshotRead{used: true, life: life, slot: slot, request: request, free: -1}
	for len(j.readingsOf) <= int(slot) {
		j.readingsOf = append(j.readingsOf, 0)
	}
	j.readingsOf[slot]++
	return i
}

func (j *Judges) freeReadingAt(i int32) {
	j.readingsOf[j.readings[i].slot]--
	j.readings[i] = snapshotRead{request: -1, free: j.freeReading}
	j.freeReading = i
}

// dropReadings forgets what an incarnation was reading.
func (j *Judges) dropReadings(incarnation uint32) {
	for i := range j.readings {
		if r := &j.readings[i]; r.used && r.life == incarnation {
			j.freeReadingAt(int32(i))
		}
	}
}

func (j *Judges) readingOf(incarnation uint32, reader persist.ReaderID) int32 {
	for i := range j.readings {
		if r := &j.readings[i]; r.used && r.life == incarnation && r.reader == reader {
			return int32(i)
		}
	}
	return -1
}

func (j *Judges) readingFor(request int32) int32 {
	for i := range j.readings {
		if r := &j.readings[i]; r.used && r.request == request {
			return int32(i)
		}
	}
	return -1
}

// readIssued takes up a call of a leased reader.
func (j *Judges) readIssued(l *life, f *flight, c *persist.Call) {
	b := j.beliefAt(l.node, f.slot)
	switch c.Op {
	case persist.OpFetchUpper:
		b.fetchAt, b.fetchDeadline = f.issued, f.deadline
		return
	case persist.OpOpenLeasedReader, persist.OpSnapshot, persist.OpCloseReader:
	default:
		return
	}
	if isOwn(c.Reader) {
		j.ownIssued(l, f, c)
		return
	}
	i := j.readingOf(f.life, c.Reader)
	if c.Op == persist.OpCloseReader {
		if i < 0 {
			return
		}
		if r := &j.readings[i]; r.state == readOut && l.mono < r.deadline {
			j.violate(s8, l.node, "%v: a reader is closed while its %v is out: nothing protects what is being read", idOf(j, f.slot), r.op)
		}
		if r := &j.readings[i]; r.mixed && r.request >= 0 {
			// It was another one's: what this request waits for has lapsed.
			r.reader, r.state, r.lapsed, r.owed = persist.ReaderID{}, readIdle, true, false
			r.due, r.seen = l.mono+longestPause(l), 0
			return
		}
		j.freeReadingAt(i)
		return
	}
	if i < 0 {
		i = j.newReading(f.life, f.slot, -1)
		j.readings[i].reader, j.readings[i].step = c.Reader, j.step
		j.unmatched = true
		j.touch(l.node, f.slot, b)
	}
	r := &j.readings[i]
	r.state, r.op, r.effect, r.deadline = readOut, c.Op, f.id, f.deadline
	r.owed, r.due, r.seen, r.lapsed = false, f.deadline+longestPause(l), 0, false
	if c.Op == persist.OpSnapshot {
		j.s2Asked(l, r, c)
		r.asOf = c.AsOf
	}
}

// readCompleted takes up how a call of a leased reader ended.
func (j *Judges) readCompleted(l *life, f *flight, res *persist.Result, late bool) {
	b := j.beliefAt(l.node, f.slot)
	switch f.op {
	case persist.OpFetchUpper:
		if !late {
			b.fetchAt, b.fetchDeadline = max(b.fetchAt, l.mono), 0
		}
		return
	case persist.OpOpenLeasedReader, persist.OpSnapshot:
	default:
		return
	}
	j.ownCompleted(f, res, late)
	i := j.readingByEffect(f.life, f.id)
	if i < 0 {
		return
	}
	r := &j.readings[i]
	gone := res.Outcome == outcome.LeaseExpired || res.Reason == persist.ReasonUnknownReader
	b.strangerLapsed = b.strangerLapsed || gone && r.mixed && r.request < 0
	if late {
		// It was given up, or its end is taken up all the same.
		r.lapsed = r.request >= 0 && gone
		return
	}
	r.state, r.seen = readIdle, 0
	r.due = l.mono + longestPause(l)
	if r.request < 0 && (res.Outcome == outcome.LeaseExpired || res.Outcome == outcome.Invalid) {
		j.freeReadingAt(i) // there is no reader to close
		return
	}
	switch res.Outcome {
	case outcome.Done, outcome.Mismatch:
		r.due, r.owed = l.mono, true
	case outcome.LeaseExpired:
		r.lapsed = true
	case outcome.Invalid:
		if res.Reason != persist.ReasonUnknownReader {
			j.freeReadingAt(i)
			return
		}
		r.lapsed = true
	default:
		// Nobody waits for it any more: it is closed at once.
		r.owed = r.request < 0
	}
	j.owedReads = j.owedReads || r.owed
}

func (j *Judges) readingByEffect(incarnation uint32, id core.EffectID) int32 {
	for i := range j.readings {
		if r := &j.readings[i]; r.used && r.life == incarnation && r.state == readOut && r.effect == id {
			return int32(i)
		}
	}
	return -1
}

// readAnswered notes that nobody waits for a snapshot any more: one that never
// began is over, any other must close its reader, at once if nothing is out.
func (j *Judges) readAnswered(request int32) {
	i := j.readingFor(request)
	if i < 0 {
		return
	}
	r := &j.readings[i]
	r.request = -1
	switch r.state {
	case readWaiting:
		j.freeReadingAt(i)
	case readIdle:
		if r.lapsed {
			j.freeReadingAt(i)
			return
		}
		r.owed, j.owedReads = true, true
	case readOut:
		l := j.lifeOf(r.life)
		switch {
		case l == nil || l.mono < r.deadline:
		case r.lapsed:
			j.freeReadingAt(i)
		default:
			r.state, r.due, r.seen = readIdle, l.mono, 0
		}
	}
}

// unread reports that nothing of a collection is being read, which mostly is so.
func (j *Judges) unread(slot int32) bool {
	return slot < 0 || int(slot) >= len(j.readingsOf) || j.readingsOf[slot] == 0
}

// readers counts the readers of a collection that its controller still uses.
func (j *Judges) readers(b *belief, slot int32) (n int) {
	if j.unread(slot) {
		return 0
	}
	for i := range j.readings {
		if r := &j.readings[i]; r.used && r.slot == slot && r.life == b.life && r.state != readWaiting {
			n++
		}
	}
	return n
}

// stillReading counts the reads of a collection that are out for nobody and hold
// it until they end (C-60), and the earliest of their times.
func (j *Judges) stillReading(l *life, b *belief, slot int32) (n int64, least frontier.Frontier) {
	least = empty()
	if j.unread(slot) || j.readers(b, slot) > 1 {
		// Which of several readers is whose cannot always be told.
		return 0, least
	}
	for i := range j.readings {
		r := &j.readings[i]
		if !r.used || r.slot != slot || r.life != b.life || r.mixed || r.request >= 0 || r.state != readOut || r.op != persist.OpSnapshot || l.mono >= r.deadline {
			continue
		}
		n++
		least = earlier(least, at(r.asOf))
	}
	return n, least
}
