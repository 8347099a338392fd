package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// readStage is how far a snapshot has come.
type readStage uint8

const (
	// readWaiting waits for the upper to pass its time.
	readWaiting readStage = iota
	// readOpening opens a leased reader.
	readOpening
	// readReading reads, and renews the reader's lease meanwhile.
	readReading
	// readClosing closes the reader; the snapshot holds nothing any more.
	readClosing
)

// snapshot reads one collection at one time (C-60). It outlives its request: once
// the read is issued, its hold and lease last until the driver says that it ended.
type snapshot struct {
	// request that waits for it; 0 once that was answered.
	request    uint32
	collection uint32
	asOf       frontier.Timestamp
	stage      readStage
	// holding: it holds the collection's since at asOf.
	holding bool
	// serial names it in timers and derives its reader's id.
	serial uint64
	reader persist.ReaderID
	// closeBy is when the reader's lease has lapsed anyway.
	closeBy clock.Instant
	main    lane
	beat    lane
	// own: the controller itself reads (C-71); it has no request.
	own bool
	// next and prev link a collection's snapshots in the order of arrival.
	next, prev uint32
}

// snapshot takes a request to read a collection at a time.
func (c *Controller) snapshot(r *Request, at uint32) {
	on, code := c.find(r.GlobalID)
	if code != Ok {
		c.answerError(r, at, c.errorAbout(code, r.GlobalID))
		return
	}
	col := c.collections.At(on)
	if !col.since.LessEqualTime(r.AsOf) {
		err := c.errorAbout(ReadBeforeSince, r.GlobalID)
		err.Frontier = col.since
		c.answerError(r, at, err)
		return
	}
	if at == 0 {
		at = c.openRequest(r)
	}
	c.touch(on)
	i := c.snapshots.New()
	*c.snapshots.At(i) = snapshot{request: at, collection: on, asOf: r.AsOf, holding: true, serial: c.serial()}
	c.linkSnapshot(i)
	q := c.requests.At(at)
	q.state, q.snapshot = requestReading, i
}

// linkSnapshot puts a snapshot at the end of its collection's list and lets it
// hold the since, if it does.
func (c *Controller) linkSnapshot(i uint32) {
	s := c.snapshots.At(i)
	col := c.collections.At(s.collection)
	s.prev = col.lastSnapshot
	if s.prev == 0 {
		col.firstSnapshot = i
	} else {
		c.snapshots.At(s.prev).next = i
	}
	col.lastSnapshot = i
	if s.holding {
		col.snapshotCount++
		col.held(s.asOf)
	}
	if s.stage == readWaiting {
		col.waitingReads++
	}
}

// driveSnapshots moves each snapshot of a collection as far as it can go.
func (c *Controller) driveSnapshots(at uint32) {
	col := c.collections.At(at)
	for i := col.firstSnapshot; i != 0; {
		next := c.snapshots.At(i).next
		c.driveSnapshot(col, i)
		i = next
	}
}

func (c *Controller) driveSnapshot(col *collection, i uint32) {
	s := c.snapshots.At(i)
	switch s.stage {
	case readWaiting:
		if col.upper.LessEqualTime(s.asOf) {
			return
		}
		col.waitingReads--
		s.stage = readOpening
		s.reader = c.readerOf(s)
		c.requests.At(s.request).sent = true
		c.driveOpenReader(col, i)
	case readOpening:
		c.driveOpenReader(col, i)
	case readReading:
		c.driveRead(col, i)
		c.driveBeat(col, i)
	case readClosing:
		c.driveClose(col, i)
	}
}

func (c *Controller) driveOpenReader(col *collection, i uint32) {
	s := c.snapshots.At(i)
	if !c.ready(&s.main, laneRead, i, s.serial, 0) {
		return
	}
	call := c.call(&s.main, laneRead, i, s.serial, c.cfg.PersistDeadline)
	call.Op = persist.OpOpenLeasedReader
	call.Shard, call.Reader = col.data, s.reader
	call.Lease = c.cfg.ReaderLease
}

func (c *Controller) driveRead(col *collection, i uint32) {
	s := c.snapshots.At(i)
	if !c.ready(&s.main, laneRead, i, s.serial, 0) {
		return
	}
	call := c.call(&s.main, laneRead, i, s.serial, c.cfg.ReadDeadline)
	call.Op = persist.OpSnapshot
	call.Shard, call.Reader = col.data, s.reader
	call.AsOf = s.asOf
}

// driveBeat renews the reader's lease while the read goes on (C-91).
func (c *Controller) driveBeat(col *collection, i uint32) {
	s := c.snapshots.At(i)
	if !c.ready(&s.beat, laneBeat, i, s.serial, 0) {
		return
	}
	call := c.call(&s.beat, laneBeat, i, s.serial, c.cfg.PersistDeadline)
	call.Op = persist.OpHeartbeat
	call.Shard, call.Reader = col.data, s.reader
}

// driveClose closes the reader, or gives up when its lease has lapsed anyway.
func (c *Controller) driveClose(col *collection, i uint32) {
	s := c.snapshots.At(i)
	if s.main.effect == 0 && c.now.Mono >= s.closeBy {
		c.forgetSnapshot(i)
		return
	}
	if !c.ready(&s.main, laneRead, i, s.serial, 0) {
		return
	}
	call := c.call(&s.main, laneRead, i, s.serial, c.cfg.PersistDeadline)
	call.Op = persist.OpCloseReader
	call.Shard, call.Reader = col.data, s.reader
}

// read takes the completion of a snapshot's open, read or close.
func (c *Controller) read(i uint32, res *persist.Result) {
	s := c.snapshots.At(i)
	c.settleLane(&s.main)
	c.touch(s.collection)
	if s.stage == readClosing {
		c.readerClosed(i, res)
		return
	}
	switch res.Outcome {
	case outcome.Done:
		s.main.succeeded()
		c.learnUpper(s.collection, res.Upper)
		if s.stage == readOpening {
			c.readerOpened(i, res)
		} else {
			c.readEnded(i, res)
		}
	case outcome.NotYet:
		c.learnUpper(s.collection, res.Upper)
		c.readAgain(i)
	case outcome.NotDone, outcome.Unknown:
		c.readAgain(i)
	case outcome.LeaseExpired:
		c.reopen(i)
	case outcome.Mismatch:
		c.endRead(i, Error{Code: ReadBeforeSince, Definite: true, Frontier: res.Since})
	case outcome.Invalid:
		if res.Reason == persist.ReasonUnknownReader {
			c.reopen(i)
			return
		}
		c.unusable(s.collection, res.Reason)
	default:
		c.halt(HaltContract, "outcome of a read", uint64(res.Outcome), uint64(s.stage))
	}
}

// readerOpened: the reader protects what it will read, unless somebody with a
// newer epoch moved the since already.
func (c *Controller) readerOpened(i uint32, res *persist.Result) {
	s := c.snapshots.At(i)
	if !res.ReaderSince.LessEqualTime(s.asOf) {
		c.endRead(i, Error{Code: ReadBeforeSince, Definite: true, Frontier: res.ReaderSince})
		return
	}
	if !c.wanted(i) {
		c.endRead(i, Error{})
		return
	}
	s.stage = readReading
	s.beat.retryAt = c.now.Mono.Add(c.cfg.Heartbeat)
}

// wanted reports that somebody still waits for a snapshot: a request, or the
// controller itself.
func (c *Controller) wanted(i uint32) bool {
	return c.snapshots.At(i).request != 0 || c.managed.mapping.read == i
}

// readAgain repeats an open or a read after a backoff, unless nobody waits for it.
func (c *Controller) readAgain(i uint32) {
	s := c.snapshots.At(i)
	if !c.wanted(i) {
		c.endRead(i, Error{})
		return
	}
	c.failed(&s.main)
}

// reopen starts over with a fresh reader; the old one has lapsed.
func (c *Controller) reopen(i uint32) {
	s := c.snapshots.At(i)
	c.settleLane(&s.beat)
	s.stage = readOpening
	s.serial = c.serial()
	s.reader = c.readerOf(s)
	c.readAgain(i)
}

// readEnded answers with what was read: consolidated, in row order (C-60).
func (c *Controller) readEnded(i uint32, res *persist.Result) {
	s := c.snapshots.At(i)
	if !c.wanted(i) {
		c.endRead(i, Error{})
		return
	}
	if s.own {
		c.mappingRead(res.Updates)
		c.endRead(i, Error{})
		return
	}
	rows, bad := c.contents(res.Updates)
	if bad {
		c.endRead(i, Error{Code: DataflowError, Definite: true})
		return
	}
	c.respond(s.request, &Response{Rows: rows})
	s.request = 0
	c.endRead(i, Error{})
}

// contents consolidates a snapshot; bad is true if an error has a net count.
func (c *Controller) contents(updates []relation.Update) (rows []relation.RowCount, bad bool) {
	all := append(c.scratch.updates[:0], updates...)
	for i := range all {
		all[i].Time = 0
	}
	net := relation.Consolidate(all)
	c.scratch.updates = all
	rows = c.rows.Carve(len(net))
	for i := range net {
		rows[i] = relation.RowCount{Data: net[i].Data, Diff: net[i].Diff}
		bad = bad || net[i].Data.IsError()
	}
	return rows, bad
}

// endRead answers the request, if it still waits, and releases the hold; what is
// left is to close the reader.
func (c *Controller) endRead(i uint32, err Error) {
	s := c.snapshots.At(i)
	if s.request != 0 {
		if err.Code != Ok {
			about := c.errorAbout(err.Code, c.collections.At(s.collection).id)
			err.IDs = about.IDs
		}
		c.respond(s.request, &Response{Err: err})
		s.request = 0
	}
	c.ownReadEnded(i)
	c.release(s)
	c.settleLane(&s.main)
	c.settleLane(&s.beat)
	s.main.succeeded()
	s.stage = readClosing
	s.closeBy = c.now.Mono.Add(c.cfg.ReaderLease)
}

// release ends the snapshot's hold on its collection.
func (c *Controller) release(s *snapshot) {
	if s.holding {
		s.holding = false
		col := c.collections.At(s.collection)
		col.snapshotCount--
		col.unheld(s.asOf)
	}
}

func (c *Controller) readerClosed(i uint32, res *persist.Result) {
	s := c.snapshots.At(i)
	switch res.Outcome {
	case outcome.NotDone, outcome.Unknown:
		c.failed(&s.main)
		s.main.retryAt = min(s.main.retryAt, s.closeBy) // then it is given up
	default:
		c.forgetSnapshot(i)
	}
}

// beaten takes the completion of a heartbeat. A reader that lapsed is noticed by
// the read itself.
func (c *Controller) beaten(i uint32, res *persist.Result) {
	s := c.snapshots.At(i)
	c.settleLane(&s.beat)
	c.touch(s.collection)
	switch res.Outcome {
	case outcome.NotDone, outcome.Unknown:
		c.failed(&s.beat)
	default:
		s.beat.succeeded()
		s.beat.retryAt = c.now.Mono.Add(c.cfg.Heartbeat)
	}
}

// abandon lets a snapshot go whose request was answered: a read under way ends
// when the driver says so, everything else ends now.
func (c *Controller) abandon(i uint32) {
	s := c.snapshots.At(i)
	c.touch(s.collection)
	s.request = 0
	switch {
	case s.stage == readWaiting:
		c.endSnapshot(i)
	case s.main.effect == 0:
		c.endRead(i, Error{})
	}
}

// endSnapshot ends a snapshot whose read was never issued.
func (c *Controller) endSnapshot(i uint32) {
	s := c.snapshots.At(i)
	c.collections.At(s.collection).waitingReads--
	c.forgetSnapshot(i)
}

// forgetSnapshot takes a snapshot out of its collection's list.
func (c *Controller) forgetSnapshot(i uint32) {
	s := c.snapshots.At(i)
	c.touch(s.collection)
	c.ownReadEnded(i)
	c.release(s)
	c.settleLane(&s.main)
	c.settleLane(&s.beat)
	col := c.collections.At(s.collection)
	if s.prev == 0 {
		col.firstSnapshot = s.next
	} else {
		c.snapshots.At(s.prev).next = s.next
	}
	if s.next == 0 {
		col.lastSnapshot = s.prev
	} else {
		c.snapshots.At(s.next).prev = s.prev
	}
	c.snapshots.Release(i)
}

// dropSnapshots answers the snapshots of a dropped collection that still wait;
// reads that have begun finish (C-60).
func (c *Controller) dropSnapshots(at uint32) {
	for i := c.collections.At(at).firstSnapshot; i != 0; {
		s := c.snapshots.At(i)
		next := s.next
		if s.stage == readWaiting {
			c.respond(s.request, &Response{Err: c.errorAbout(IdentifierMissing, c.collections.At(at).id)})
			c.endSnapshot(i)
		}
		i = next
	}
}

// failSnapshots ends all snapshots of a collection whose shard is unusable.
func (c *Controller) failSnapshots(at uint32) {
	for i := c.collections.At(at).firstSnapshot; i != 0; {
		s := c.snapshots.At(i)
		next := s.next
		if s.request != 0 {
			c.respond(s.request, &Response{Err: c.errorAbout(IOError, c.collections.At(at).id)})
		}
		if s.stage == readWaiting {
			c.collections.At(at).waitingReads--
		}
		c.forgetSnapshot(i)
		i = next
	}
}
