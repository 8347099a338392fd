package core

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// part is one collection's share of an append request, in that collection's queue.
type part struct {
	request    uint32
	collection uint32
	updates    []relation.Update
	upper      frontier.Frontier
	bytes      int64
	// next and prev link the queue, in the order of arrival.
	next, prev uint32
}

// append checks a request as a whole (C-50) and queues its parts; whether they fit
// their collections' uppers is judged at their turn (C-51).
func (c *Controller) append(r *Request, at uint32) {
	var bytes int64
	for i := range r.Appends {
		a := &r.Appends[i]
		code := c.judgeAppend(a)
		if code != Ok {
			c.answerError(r, at, c.errorAbout(code, a.ID))
			return
		}
		bytes += size(a.Updates)
	}
	switch {
	case len(r.Appends) == 0:
		c.answer(r, at, &Response{})
		return
	case int64(c.parts.Len()+len(r.Appends)) > c.limit(LimitQueuedAppends):
		c.answerError(r, at, overloaded(LimitQueuedAppends))
		return
	case c.queuedBytes+bytes > c.limit(LimitQueuedBytes):
		c.answerError(r, at, overloaded(LimitQueuedBytes))
		return
	}
	if at == 0 {
		at = c.openRequest(r)
	}
	c.requests.At(at).state = requestAppending
	for i := range r.Appends {
		c.queuePart(at, &r.Appends[i])
	}
}

func (c *Controller) judgeAppend(a *Append) ErrorCode {
	at, code := c.find(a.ID)
	if code != Ok {
		return code
	}
	col := c.collections.At(at)
	if col.desc.Kind != KindTable {
		return NotAppendable
	}
	for i := range a.Updates {
		u := &a.Updates[i]
		if a.Upper.LessEqualTime(u.Time) {
			return UpdateBeyondUpper
		}
		if !col.desc.Schema.Fits(u.Data) {
			return RowMismatch
		}
	}
	return Ok
}

func size(updates []relation.Update) (n int64) {
	for i := range updates {
		n += int64(len(updates[i].Data))
	}
	return n
}

// queuePart queues one entry of a request behind what waits for its collection,
// or joins it with the request's earlier entry of the same collection: updates
// joined, later upper.
func (c *Controller) queuePart(request uint32, a *Append) {
	on, _ := c.byID.Get(a.ID.key())
	c.touch(on)
	col := c.collections.At(on)
	bytes := size(a.Updates)
	// The request's own part, if it has one, is the last of the queue.
	if last := col.lastPart; last != 0 && c.parts.At(last).request == request {
		p := c.parts.At(last)
		p.updates = c.joined(p.updates, a.Updates)
		p.upper = p.upper.Join(a.Upper)
		p.bytes += bytes
		c.queuedBytes += bytes
		return
	}
	c.linkPart(part{request: request, collection: on, updates: a.Updates, upper: a.Upper, bytes: bytes})
	c.requests.At(request).remaining++
}

// linkPart puts a part at the end of its collection's queue.
func (c *Controller) linkPart(p part) {
	col := c.collections.At(p.collection)
	p.prev = col.lastPart
	i := c.parts.New()
	*c.parts.At(i) = p
	if p.prev == 0 {
		col.firstPart = i
	} else {
		c.parts.At(p.prev).next = i
	}
	col.lastPart = i
	col.partCount++
	c.queuedBytes += p.bytes
}

func (c *Controller) joined(a, b []relation.Update) []relation.Update {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	list := c.updates.Carve(len(a) + len(b))
	copy(list[copy(list, a):], b)
	return list
}

// unqueue takes a part out of its collection's queue.
func (c *Controller) unqueue(i uint32) {
	p := c.parts.At(i)
	col := c.collections.At(p.collection)
	c.touch(p.collection)
	if p.prev == 0 {
		col.firstPart = p.next
	} else {
		c.parts.At(p.prev).next = p.next
	}
	if p.next == 0 {
		col.lastPart = p.prev
	} else {
		c.parts.At(p.next).prev = p.prev
	}
	col.partCount--
	c.queuedBytes -= p.bytes
	c.parts.Release(i)
}

// partDone gives a part its outcome; the request is answered with its last one
// (C-52). InvalidUppers names the ids that are not durable, and the others are;
// any other definite error means that nothing of the request is.
func (c *Controller) partDone(i uint32, err Error) {
	p := c.parts.At(i)
	at, id := p.request, c.collections.At(p.collection).id
	c.unqueue(i)
	q := c.requests.At(at)
	q.remaining--
	if err.Code == Ok {
		q.landed = true
	} else {
		if len(q.failed) == 0 {
			q.err = err
		}
		q.err.Definite = q.err.Definite && err.Definite
		failed := c.ids.Carve(len(q.failed) + 1)
		copy(failed, q.failed)
		failed[len(q.failed)] = id
		q.failed = failed
	}
	if q.remaining > 0 {
		return
	}
	q.err.IDs = q.failed
	switch {
	case q.landed && len(q.failed) > 0 && q.err.Definite:
		q.err.Code = InvalidUppers
	case q.err.Code != InvalidUppers:
		q.err.Frontier = frontier.Minimum()
	}
	c.respond(at, &Response{Err: q.err})
}

// refuseParts refuses everything that waits for a collection, except, if it is
// being dropped, the batch that is out.
func (c *Controller) refuseParts(at uint32, code ErrorCode) {
	col := c.collections.At(at)
	inBatch, upper := col.batch.parts, col.upper
	for i := col.firstPart; i != 0; {
		next := c.parts.At(i).next
		sent := inBatch > 0
		if sent {
			inBatch--
		}
		if !sent || code != IdentifierMissing {
			c.partDone(i, Error{Code: code, Definite: !sent, Frontier: upper})
		}
		i = next
	}
	if code != IdentifierMissing {
		c.collections.At(at).batch = batch{}
	}
}

// dropParts takes a cancelled request's parts, none of which was sent, out of
// their queues.
func (c *Controller) dropParts(at uint32) {
	q := c.requests.At(at)
	for i := range q.req.Appends {
		on, ok := c.byID.Get(q.req.Appends[i].ID.key())
		if !ok {
			continue
		}
		for p := c.collections.At(on).firstPart; p != 0; p = c.parts.At(p).next {
			if c.parts.At(p).request == at {
				c.unqueue(p)
				break
			}
		}
	}
}
