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

// maxServed bounds how many operations share a transaction.
const maxServed = 64

// nextControl judges operations at their turn and starts the transaction that they
// need. As many as are about different ids share it (group commit), so that a slow
// stash is not a slow queue; one whose ids another one of the group changes is
// judged by that one's outcome, and waits. What is finalized is unlisted with them.
func (c *Controller) nextControl() bool {
	if c.control.queue.Len() == 0 && len(c.unlisting) == 0 {
		return false
	}
	served, writes := uint32(0), c.scratch.group.writes[:0]
	c.scratch.group.ids.Reset()
	c.scratch.group.types = [IntrospectionTypeCount]bool{}
	for int(served) < c.control.queue.Len() && served < maxServed {
		at := c.control.queue.At(int(served))
		q := c.requests.At(at)
		if on := c.readsOpening(&q.req); on != 0 && q.state == requestQueued {
			if served > 0 {
				break
			}
			c.headWaits(at, on)
			continue
		}
		err := c.plan(at)
		refused := err.Code != Ok || q.state == requestWithdrawn
		if refused && served == 0 {
			c.refuseHead(at, err)
			continue
		}
		if refused || c.hangsOnGroup(&q.req) {
			break
		}
		writes = append(writes, c.scratch.writes...)
		c.joinGroup(q)
		served++
	}
	unlisted, writes := c.planUnlisting(writes)
	c.scratch.group.writes = writes
	if served == 0 && unlisted == 0 {
		return false
	}
	slices.SortFunc(writes, compareWrites)
	// What is named twice is written once: a drop, or the policy that is in force.
	writes = slices.CompactFunc(writes, func(a, b stash.Write) bool { return compareWrites(a, b) == 0 })
	c.transact(served, unlisted, c.writes.Copy(writes))
	return true
}

// What a create or drop of the group does with the ids that it names.
const (
	groupNames uint32 = iota + 1
	groupChanges
)

// joinGroup takes an operation into the transaction and notes its ids.
func (c *Controller) joinGroup(q *request) {
	q.state = requestCommitting
	if q.req.Op == RequestSetPolicy {
		return
	}
	does := groupNames
	if len(c.scratch.writes) > 0 {
		does = groupChanges
	}
	for i := range q.req.Collections {
		c.scratch.group.types[q.req.Collections[i].Description.Introspection] = true
	}
	for i := 0; ; i++ {
		id, ok := named(&q.req, i)
		if !ok {
			return
		}
		c.scratch.group.ids.Put(id.key(), does)
	}
}

// hangsOnGroup reports whether the operation that was planned last is about an id
// that the group changes, refers to one, changes one that the group names, or makes
// a collection of an introspection type that the group binds.
func (c *Controller) hangsOnGroup(r *Request) bool {
	for i := 0; ; i++ {
		id, ok := named(r, i)
		if !ok {
			break
		}
		does, _ := c.scratch.group.ids.Get(id.key())
		if does == groupChanges || does == groupNames && len(c.scratch.writes) > 0 {
			return true
		}
	}
	for i := range r.Collections {
		d := &r.Collections[i].Description
		if d.Kind == KindIntrospection && c.scratch.group.types[d.Introspection] {
			return true
		}
	}
	for i := 0; ; i++ {
		id, ok := refersTo(r, i)
		if !ok {
			return false
		}
		if does, _ := c.scratch.group.ids.Get(id.key()); does == groupChanges {
			return true
		}
	}
}

// headWaits lets the operation at the head leave the queue and wait for a shard: that of a
// collection which it is to read, and which was created while it waited for its turn.
func (c *Controller) headWaits(at, on uint32) {
	c.leaveQueue(at)
	c.requests.At(at).cleared = true
	c.waitForOpen(at, on)
	c.unparkUntilDone()
}

// refuseHead takes an operation that was withdrawn, or cannot be done, from the
// head of the queue, and lets go on what waited for it.
func (c *Controller) refuseHead(at uint32, err Error) {
	c.leaveQueue(at)
	if c.requests.At(at).state == requestWithdrawn {
		c.requests.Release(at)
	} else {
		c.respond(at, &Response{Err: err})
	}
	c.unparkUntilDone()
}

// plan judges an operation as a whole and collects what it writes (C-20, C-28,
// C-42). Writing nothing needs a transaction too: it proves that what the
// controller remembers is not out of date.
func (c *Controller) plan(at uint32) Error {
	c.scratch.writes = c.scratch.writes[:0]
	q := c.requests.At(at)
	if q.state == requestWithdrawn {
		return Error{}
	}
	switch q.req.Op {
	case RequestCreate:
		return c.planCreate(&q.req)
	case RequestDrop:
		return c.planDrop(&q.req)
	case RequestSetPolicy:
		c.planPolicies(&q.req)
	case RequestAlter:
		return c.planAlter(&q.req)
	case RequestCreateExports:
		return c.planCreateExports(at)
	case RequestAlterExports:
		return c.planAlterExports(at)
	case RequestDropExports:
		return c.planDropExports(&q.req)
	default:
	}
	return Error{}
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

// committed applies the operations whose transaction has committed, in order, and
// answers those whose shards need not be opened first.
func (c *Controller) committed(served uint32, stored []stash.Entry) {
	if served > 0 {
		c.cause = c.requests.At(c.control.queue.At(0)).cause
	}
	if !c.installCreated(stored) {
		return
	}
	for ; served > 0; served-- {
		at := c.control.queue.At(0)
		c.cause = c.requests.At(at).cause
		c.leaveQueue(at)
		c.apply(at)
	}
	c.unparkUntilDone()
}

func (c *Controller) apply(at uint32) {
	q := c.requests.At(at)
	switch q.req.Op {
	case RequestCreate:
		q.durable = true
		c.awaitOpen(at)
		return
	case RequestDrop:
		c.dropAll(q.req.IDs)
	case RequestAlter:
		c.alter(q.req.Moves)
	case RequestCreateExports:
		c.createExports(&q.req)
	case RequestAlterExports:
		c.alterExports(at)
	case RequestDropExports:
		c.dropExports(q.req.IDs)
	default:
	}
	c.respond(at, &Response{})
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
