package core

import (
	"cmp"
	"slices"

	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/stash"
)

// controlQueue holds what waits for a stash transaction, in the order of arrival,
// one transaction at a time (C-7): creates and drops, which are judged at their
// turn, and policies that are in force and must become durable.
type controlQueue struct {
	queue flat.Fifo[uint32]
	// reserved finds the number of the last queued create or drop that names an id.
	reserved flat.Index
	// next is the last number given out, done the last one whose outcome is known.
	next, done uint32
}

// enqueueControl puts a create or drop into the queue and reserves its ids.
func (c *Controller) enqueueControl(r *Request, at uint32) {
	if at == 0 {
		at = c.openRequest(r)
	}
	c.push(at)
	c.reserve(at)
}

// reserve notes the ids that a queued create or drop is about.
func (c *Controller) reserve(at uint32) {
	q := c.requests.At(at)
	if q.req.Op == RequestSetPolicy {
		return
	}
	for i := 0; ; i++ {
		id, ok := named(&q.req, i)
		if !ok {
			return
		}
		c.control.reserved.Put(id.key(), q.control)
	}
}

func (c *Controller) push(at uint32) {
	q := c.requests.At(at)
	c.control.next++
	q.state, q.control = requestQueued, c.control.next
	c.control.queue.Push(at)
}

// nextControl judges operations at their turn until one needs a transaction.
func (c *Controller) nextControl() bool {
	for c.control.queue.Len() > 0 {
		at := c.control.queue.At(0)
		q := c.requests.At(at)
		if q.state == requestWithdrawn {
			c.leaveQueue(at)
			c.requests.Release(at)
			c.unparkUntilDone()
			continue
		}
		writes, err := c.plan(q)
		if err.Code == Ok {
			q.state = requestCommitting
			c.transact(at, writes)
			return true
		}
		c.leaveQueue(at)
		c.respond(at, &Response{Err: err})
		c.unparkUntilDone()
	}
	return false
}

// plan judges an operation as a whole and says what its transaction writes (C-20,
// C-28, C-42). Writing nothing is a transaction too: it proves that what the
// controller remembers is not out of date.
func (c *Controller) plan(q *request) ([]stash.Write, Error) {
	c.scratch.writes = c.scratch.writes[:0]
	err := Error{}
	switch q.req.Op {
	case RequestCreate:
		err = c.planCreate(&q.req)
	case RequestDrop:
		err = c.planDrop(&q.req)
	case RequestSetPolicy:
		c.planPolicies(&q.req)
	}
	if err.Code != Ok {
		return nil, err
	}
	slices.SortFunc(c.scratch.writes, compareWrites)
	return c.writes.Copy(c.scratch.writes), err
}

func compareWrites(a, b stash.Write) int {
	if a.Collection != b.Collection {
		return int(a.Collection) - int(b.Collection)
	}
	return cmp.Compare(a.Key, b.Key)
}

func (c *Controller) write(kind stash.WriteKind, in stash.Collection, key, value string) {
	c.scratch.writes = append(c.scratch.writes, stash.Write{Kind: kind, Collection: in, Key: key, Value: value})
}

// committed applies an operation whose transaction has committed, and answers it
// unless its shards must be opened first.
func (c *Controller) committed(at uint32, stored []stash.Entry) {
	q := c.requests.At(at)
	c.leaveQueue(at)
	cause := c.cause
	c.cause = q.cause
	switch q.req.Op {
	case RequestCreate:
		q.durable = true
		c.installCreated(stored)
	case RequestDrop:
		c.dropAll(q.req.IDs)
	case RequestSetPolicy:
	}
	if c.phase == PhaseHalted {
		return
	}
	if q.durable {
		c.awaitOpen(at)
	} else {
		c.respond(at, &Response{})
	}
	c.cause = cause
	c.unparkUntilDone()
}

// leaveQueue takes the operation at the head out of the queue and gives its ids
// free.
func (c *Controller) leaveQueue(at uint32) {
	c.control.queue.Pop()
	q := c.requests.At(at)
	c.control.done = q.control
	for i := 0; ; i++ {
		id, ok := named(&q.req, i)
		if !ok {
			return
		}
		if n, ok := c.control.reserved.Get(id.key()); ok && n == q.control {
			c.control.reserved.Delete(id.key())
		}
	}
}

// unparkUntilDone admits the requests whose control operation has an outcome.
func (c *Controller) unparkUntilDone() {
	for n := c.parked.Len(); n > 0; n-- {
		at := c.parked.Pop()
		if c.requests.At(at).waitFor > c.control.done {
			c.parked.Push(at)
			continue
		}
		c.admitAgain(at)
	}
}

// withdraw answers an operation that has not been sent. Its place in the queue
// stays, because others may wait for its number.
func (c *Controller) withdraw(at uint32, resp *Response) {
	q := c.requests.At(at)
	c.emit(q.req.ID, q.cause, resp)
	c.unlink(at)
	q.state = requestWithdrawn
}
