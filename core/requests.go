package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// requestState is where an open request is.
type requestState uint8

const (
	requestNone requestState = iota
	// requestParked waits for the boot, or for control operation waitFor.
	requestParked
	// requestWaiting waits for the shard of collection waitsOn to be open.
	requestWaiting
	// requestQueued waits for its transaction.
	requestQueued
	// requestCommitting is in its transaction.
	requestCommitting
	// requestAppending has parts that have no outcome yet.
	requestAppending
	// requestReading has a snapshot.
	requestReading
	// requestWithdrawn was answered, but its place in the control queue remains.
	requestWithdrawn
)

// request is an open request: one that has no response yet.
type request struct {
	req   Request
	state requestState
	// serial names it for as long as it has a place in the state; its id can be used
	// again once it is answered.
	serial uint64
	cause  Cause
	// sent: something of it may have happened outside (C-8).
	sent bool
	// durable: a create whose transaction has committed.
	durable bool
	// control is its number in the control queue, waitFor the one it waits for.
	control, waitFor uint32
	// cleared: it has waited for the control operations that came before it, and does
	// not wait for later ones, or it could wait for ever.
	cleared bool
	waitsOn uint32
	// nextWaiting links the requests that wait for one collection.
	nextWaiting uint32
	// deadline of a snapshot, and its timer.
	deadline clock.Instant
	timer    uint32
	snapshot uint32
	// remaining counts append parts without an outcome; landed: one of them is
	// durable; failed names those that were refused, err says why the first of them
	// was.
	remaining uint32
	landed    bool
	failed    []GlobalID
	err       Error
	// nextOpen and prevOpen link the open requests in the order of arrival.
	nextOpen, prevOpen uint32
	// firstHeld lists what a create-exports or alter-exports holds until its transaction
	// ends.
	firstHeld uint32
}

// request takes a client's request: check its form and the limits, then admit it.
func (c *Controller) request(r *Request) {
	switch {
	case c.phase == PhaseHalted:
		c.refuse(r, Error{Code: Halted, Definite: true})
	case c.isOpen(r.ID):
		c.refuse(r, Error{Code: RequestIDOpen, Definite: true})
	case !c.wellFormed(r):
		c.refuse(r, Error{Code: InvalidRequest, Definite: true})
	case longestList(r) > c.limit(LimitIDsPerRequest):
		c.refuse(r, overloaded(LimitIDsPerRequest))
	case int64(c.byRequest.Len()) >= c.limit(LimitOpenRequests):
		c.refuse(r, overloaded(LimitOpenRequests))
	case c.phase != PhaseRunning:
		at := c.openRequest(r)
		c.requests.At(at).state = requestParked
		c.parked.Push(at)
	default:
		c.admit(r, 0)
	}
}

func overloaded(l LimitKind) Error { return Error{Code: Overloaded, Definite: true, Limit: l} }

// limit is a configured limit; before the boot there is no configuration yet, and
// the defaults hold.
func (c *Controller) limit(l LimitKind) int64 {
	limits := &c.cfg.Limits
	if c.phase == PhaseNew {
		limits = &Limits{OpenRequests: 1024, QueuedAppends: 1024, QueuedBytes: 1 << 20, HoldsPerOwner: 1024, IDsPerRequest: 1024}
	}
	switch l {
	case LimitOpenRequests:
		return limits.OpenRequests
	case LimitQueuedAppends:
		return limits.QueuedAppends
	case LimitQueuedBytes:
		return limits.QueuedBytes
	case LimitHoldsPerOwner:
		return limits.HoldsPerOwner
	case LimitIDsPerRequest:
		return limits.IDsPerRequest
	case LimitNone:
	}
	return 0
}

func (c *Controller) isOpen(id RequestID) bool {
	_, ok := c.byRequest.Get(uint64(id))
	return ok
}

// admit serves a well-formed request, or puts it where it waits. at is its
// position if it is open already; otherwise it becomes open only if it must wait.
func (c *Controller) admit(r *Request, at uint32) {
	switch r.Op {
	case RequestCreate, RequestDrop, RequestAlter, RequestDropExports:
		c.enqueueControl(r, at)
		return
	case RequestDump:
		c.answer(r, at, &Response{Dump: string(c.AppendCanonical(nil))})
		return
	default:
	}
	if c.mustWait(r, at) {
		return
	}
	switch r.Op {
	case RequestAppend:
		c.append(r, at)
	case RequestSetPolicy:
		c.setPolicy(r, at)
	case RequestUpdateUppers:
		c.updateUppers(r, at)
	case RequestAcquireHold:
		c.acquireHold(r, at)
	case RequestRenewHold:
		c.renewHold(r, at)
	case RequestMoveHold:
		c.moveHold(r, at)
	case RequestReleaseHold:
		c.releaseHold(r, at)
	case RequestUpdateCapabilities:
		c.updateCapabilities(r, at)
	case RequestSnapshot:
		c.snapshot(r, at)
	case RequestCollection:
		c.describe(r, at)
	case RequestCreateExports, RequestAlterExports:
		c.enqueueControl(r, at)
	case RequestPrepareExport:
		c.prepareExport(r, at)
	case RequestRenewToken:
		c.renewToken(r, at)
	case RequestCancelToken:
		c.cancelToken(r, at)
	case RequestExport:
		c.describeExport(r, at)
	case RequestNone, RequestCreate, RequestDrop, RequestDump, RequestAlter, RequestDropExports, RequestOpCount:
		c.answerError(r, at, Error{Code: InvalidRequest, Definite: true})
	}
}

// admitAgain admits a request whose wait is over.
func (c *Controller) admitAgain(at uint32) {
	q := c.requests.At(at)
	req, cause := q.req, c.cause
	c.cause = q.cause
	if q.durable {
		c.awaitOpen(at)
	} else {
		c.admit(&req, at)
	}
	c.cause = cause
}

// mustWait parks a request that names an id which a control operation before it is
// about (C-7), or whose shard is not open yet although the request needs it.
func (c *Controller) mustWait(r *Request, at uint32) bool {
	waitFor, waitsOn := uint32(0), c.needsOpening(r)
	if at == 0 || !c.requests.At(at).cleared {
		waitFor = c.reservedFor(r)
	}
	if r.Op == RequestPrepareExport || r.Op == RequestRenewToken {
		waitFor = max(waitFor, c.committing(r.GlobalID))
	}
	if waitFor == 0 && waitsOn == 0 {
		return false
	}
	if at == 0 {
		at = c.openRequest(r)
	}
	q := c.requests.At(at)
	q.cleared = true
	if waitFor != 0 {
		q.state, q.waitFor = requestParked, waitFor
		c.parked.Push(at)
		return true
	}
	c.waitForOpen(at, waitsOn)
	return true
}

// committing is the number of the operation in the transaction that is out which names an
// id; 0: none does. What waited for others may be about that id, and came before it.
func (c *Controller) committing(id GlobalID) uint32 {
	if c.meta.job != jobCommit {
		return 0
	}
	for k := 0; k < int(c.meta.served); k++ {
		q := c.requests.At(c.control.queue.At(k))
		for i := 0; ; i++ {
			n, ok := named(&q.req, i)
			if !ok {
				break
			}
			if n == id {
				return q.control
			}
		}
	}
	return 0
}

// reservedFor is the number of the last queued create or drop that is about an id which a
// request names or reads; 0: there is none.
func (c *Controller) reservedFor(r *Request) uint32 {
	last := uint32(0)
	for _, list := range [...]func(*Request, int) (GlobalID, bool){named, reads} {
		for i := 0; ; i++ {
			id, ok := list(r, i)
			if !ok {
				break
			}
			n, _ := c.control.reserved.Get(id.key())
			last = max(last, n)
		}
	}
	return last
}

// needsOpening finds a collection that a request is about or reads and whose shard is not
// open yet although the request needs it; 0: there is none.
func (c *Controller) needsOpening(r *Request) uint32 {
	if on := c.readsOpening(r); on != 0 {
		return on
	}
	last := uint32(0)
	needed := r.Op != RequestAppend && r.Op != RequestSetPolicy && r.Op != RequestUpdateUppers
	for i := 0; needed; i++ {
		id, ok := named(r, i)
		if !ok {
			break
		}
		if on, ok := c.byID.Get(id.key()); ok && c.opening(on, r.Op) {
			last = on
		}
	}
	return last
}

// readsOpening finds the last collection that a request is to read and whose shard is not
// open yet, so that from when on it can be read is not known; 0: there is none.
func (c *Controller) readsOpening(r *Request) uint32 {
	last := uint32(0)
	for i := 0; ; i++ {
		id, ok := reads(r, i)
		if !ok {
			return last
		}
		if on, ok := c.byID.Get(id.key()); ok && c.opening(on, RequestAcquireHold) {
			last = on
		}
	}
}

// opening reports whether an operation must wait for a collection's shard. What a
// drop refuses for ever need not.
func (c *Controller) opening(on uint32, op RequestOp) bool {
	col := c.collections.At(on)
	refused := col.dropped && (op == RequestAcquireHold || op == RequestSnapshot)
	return col.phase == ShardOpening && !refused
}

// waitForOpen puts a request behind those that wait for a collection's shard.
func (c *Controller) waitForOpen(at, on uint32) {
	q := c.requests.At(at)
	q.state, q.waitsOn, q.nextWaiting = requestWaiting, on, 0
	col := c.collections.At(on)
	if col.lastWaiting == 0 {
		col.firstWaiting = at
	} else {
		c.requests.At(col.lastWaiting).nextWaiting = at
	}
	col.lastWaiting = at
	c.touch(on)
}

// admitWaiting admits those that waited for a collection's shard.
func (c *Controller) admitWaiting(on uint32) {
	col := c.collections.At(on)
	at := col.firstWaiting
	col.firstWaiting, col.lastWaiting = 0, 0
	for at != 0 {
		q := c.requests.At(at)
		next := q.nextWaiting
		q.nextWaiting, q.waitsOn = 0, 0
		c.admitAgain(at)
		at = next
	}
}

// stopWaiting takes a request out of the list of the collection it waits for.
func (c *Controller) stopWaiting(at uint32) {
	q := c.requests.At(at)
	col := c.collections.At(q.waitsOn)
	c.touch(q.waitsOn)
	var before uint32
	for i := col.firstWaiting; i != at; i = c.requests.At(i).nextWaiting {
		before = i
	}
	if before == 0 {
		col.firstWaiting = q.nextWaiting
	} else {
		c.requests.At(before).nextWaiting = q.nextWaiting
	}
	if col.lastWaiting == at {
		col.lastWaiting = before
	}
	q.waitsOn, q.nextWaiting = 0, 0
}

// openRequest makes a request open.
func (c *Controller) openRequest(r *Request) uint32 {
	at := c.requests.New()
	q := c.requests.At(at)
	*q = request{} // fields one by one: as a whole it would be built elsewhere and copied
	q.req, q.serial, q.cause = *r, c.serial(), c.cause
	if r.Op == RequestSnapshot {
		q.deadline = c.now.Mono.Add(c.waitOf(r))
		c.arm(&q.timer, timerDeadline, at, uint64(r.ID), q.deadline)
	}
	c.linkOpen(at)
	return at
}

// linkOpen puts a request at the end of the list of open ones.
func (c *Controller) linkOpen(at uint32) {
	q := c.requests.At(at)
	q.prevOpen = c.lastOpen
	if c.lastOpen == 0 {
		c.firstOpen = at
	} else {
		c.requests.At(c.lastOpen).nextOpen = at
	}
	c.lastOpen = at
	c.byRequest.Put(uint64(q.req.ID), at)
}

func (c *Controller) waitOf(r *Request) clock.Duration {
	if r.Wait == 0 {
		return c.cfg.SnapshotWait
	}
	return r.Wait
}

// unlink takes a request out of the list of open ones; its id can be used again.
func (c *Controller) unlink(at uint32) {
	q := c.requests.At(at)
	c.disarm(&q.timer)
	c.byRequest.Delete(uint64(q.req.ID))
	if q.prevOpen == 0 {
		c.firstOpen = q.nextOpen
	} else {
		c.requests.At(q.prevOpen).nextOpen = q.nextOpen
	}
	if q.nextOpen == 0 {
		c.lastOpen = q.prevOpen
	} else {
		c.requests.At(q.nextOpen).prevOpen = q.prevOpen
	}
	q.prevOpen, q.nextOpen = 0, 0
	if len(q.req.Exports) > 0 {
		c.releaseForRequest(at)
		c.lapseOverdue(&q.req)
	}
}

// respond answers an open request, once, and closes it.
func (c *Controller) respond(at uint32, resp *Response) {
	q := c.requests.At(at)
	c.emit(q.req.ID, q.cause, resp)
	c.unlink(at)
	c.requests.Release(at)
}

// answer responds to a request that may or may not have become open.
func (c *Controller) answer(r *Request, at uint32, resp *Response) {
	if at != 0 {
		c.respond(at, resp)
		return
	}
	c.emit(r.ID, c.cause, resp)
}

func (c *Controller) answerError(r *Request, at uint32, err Error) {
	c.answer(r, at, &Response{Err: err})
}

// refuse answers a request that never became open.
func (c *Controller) refuse(r *Request, err Error) {
	c.emit(r.ID, c.cause, &Response{Err: err})
}

func (c *Controller) emit(id RequestID, cause Cause, resp *Response) {
	e := c.out.next()
	e.Kind, e.Cause = EffectRespond, cause
	e.Response = *resp
	e.Response.Request, e.Response.Epoch = id, c.epoch
	e.Response.Clock = frontier.Timestamp(c.clock.bounded(c.now, c.cfg.MaxClockSkew))
}

// cancel answers a request at once if nothing was sent for it; otherwise it runs
// on to its own answer (C-5).
func (c *Controller) cancel(id RequestID) {
	at, ok := c.byRequest.Get(uint64(id))
	if !ok || c.phase == PhaseHalted {
		c.ignored++
		return
	}
	q := c.requests.At(at)
	if q.sent || q.durable {
		return
	}
	cancelled := Response{Err: Error{Code: Cancelled, Definite: true}}
	switch q.state {
	case requestParked:
		c.unpark(at)
	case requestWaiting:
		c.stopWaiting(at)
	case requestQueued:
		c.withdraw(at, &cancelled)
		return
	case requestAppending:
		c.dropParts(at)
	case requestReading:
		c.endSnapshot(q.snapshot)
	case requestNone, requestCommitting, requestWithdrawn:
		return
	}
	c.respond(at, &cancelled)
}

func (c *Controller) unpark(at uint32) {
	for i := 0; i < c.parked.Len(); i++ {
		if c.parked.At(i) == at {
			c.parked.RemoveAt(i)
			return
		}
	}
}

// deadline: a snapshot request has waited long enough (C-60). A read that is
// under way goes on for nobody, until the driver says that it ended.
func (c *Controller) deadline(at uint32) {
	q := c.requests.At(at)
	exceeded := Response{Err: Error{Code: DeadlineExceeded, Definite: !q.sent}}
	switch q.state {
	case requestParked:
		c.unpark(at)
	case requestWaiting:
		c.stopWaiting(at)
	case requestReading:
		c.abandon(q.snapshot)
	case requestNone, requestQueued, requestCommitting, requestAppending, requestWithdrawn:
	}
	c.respond(at, &exceeded)
}
