package core

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// batch is the write that is out, or waits to be repeated: the first parts of the
// collection's queue under one token, or what the controller itself writes to a
// managed collection, which has no parts. It is sent again identically until the
// shard's state has decided (C-14, C-52).
type batch struct {
	parts    uint32
	token    persist.Token
	expected frontier.Frontier
	upper    frontier.Frontier
	updates  []relation.Update
}

// made reports that there is a batch: every one has a token.
func (b *batch) made() bool { return b.token != persist.Token{} }

// driveWrite sends the batch that is due, or makes the next one of everything
// that is queued.
func (c *Controller) driveWrite(at uint32) {
	col := c.collections.At(at)
	if col.write.effect != 0 {
		return
	}
	if !col.batch.made() && !c.nextBatch(at) {
		return
	}
	if !c.ready(&col.write, laneWrite, at, col.id.key(), 0) {
		return
	}
	call := c.call(&col.write, laneWrite, at, col.id.key(), c.cfg.PersistDeadline)
	call.Op = persist.OpCompareAndAppend
	call.Shard = col.data
	call.Writer = c.writer()
	call.Epoch = c.epoch
	call.Token = col.batch.token
	call.Expected, call.Upper = col.batch.expected, col.batch.upper
	call.Updates = col.batch.updates
}

// nextBatch judges the queue in order against the upper that each part will meet
// (C-51). Parts that do not fit what is durable are refused; one that does not fit
// what the batch would make durable waits for the batch's outcome.
func (c *Controller) nextBatch(at uint32) bool {
	col := c.collections.At(at)
	if col.desc.Kind == KindIntrospection {
		return c.nextManaged(at)
	}
	b := batch{expected: col.upper, upper: col.upper}
	single, updates := []relation.Update(nil), 0
	for i := col.firstPart; i != 0; {
		p := c.parts.At(i)
		next := p.next
		fits := fits(p.updates, b.upper)
		switch {
		case b.parts > 0 && !fits:
			next = 0
		case !fits:
			c.partDone(i, Error{Code: InvalidUppers, Definite: true, Frontier: col.upper})
		case p.upper.LessEqual(col.upper):
			c.partDone(i, Error{}) // durable already: it need not go out, and could be cancelled no more
		default:
			b.parts++
			b.upper = b.upper.Join(p.upper)
			updates += len(p.updates)
			if len(p.updates) > 0 {
				single = p.updates
			}
			c.requests.At(p.request).sent = true
		}
		i = next
	}
	if b.parts == 0 {
		return false
	}
	b.updates = single
	if updates > len(single) {
		b.updates = c.gather(col.firstPart, b.parts, updates)
	}
	b.token = c.newToken(c.serial())
	col.batch = b
	return true
}

// fits reports whether every update lies at or beyond an upper.
func fits(updates []relation.Update, upper frontier.Frontier) bool {
	for i := range updates {
		if !upper.LessEqualTime(updates[i].Time) {
			return false
		}
	}
	return true
}

// gather joins the updates of the first parts of a queue into one frozen list.
func (c *Controller) gather(first, parts uint32, n int) []relation.Update {
	list := c.updates.Carve(n)
	k := 0
	for i := first; parts > 0; parts-- {
		p := c.parts.At(i)
		k += copy(list[k:], p.updates)
		i = p.next
	}
	return list
}

// written takes the completion of an append.
func (c *Controller) written(at uint32, res *persist.Result) {
	col := c.collections.At(at)
	c.settleLane(&col.write)
	c.touch(at)
	switch res.Outcome {
	case outcome.Done:
		col.write.succeeded()
		c.learnUpper(at, col.batch.upper)
		c.learnUpper(at, res.Upper)
		c.batchDone(at)
	case outcome.Mismatch:
		col.write.succeeded()
		c.batchLost(at, res.Upper)
	case outcome.NotDone, outcome.Unknown:
		c.failed(&col.write)
	case outcome.Fenced:
		c.fenced("append", res.Epoch)
	case outcome.Invalid:
		c.unusable(at, res.Reason)
	default:
		c.halt(HaltContract, "outcome of an append", uint64(res.Outcome), col.id.key())
	}
}

// batchDone: every part of the batch is durable.
func (c *Controller) batchDone(at uint32) {
	col := c.collections.At(at)
	c.managedDone(at)
	n := col.batch.parts
	col.batch = batch{}
	for ; n > 0; n-- {
		c.partDone(col.firstPart, Error{})
	}
}

// batchLost: the shard's upper was another, and nothing of the batch is or will be
// durable. Its parts are judged anew, in order, under a new token (C-52); those of
// a dropped collection are refused.
func (c *Controller) batchLost(at uint32, upper frontier.Frontier) {
	col := c.collections.At(at)
	if upper == col.batch.expected {
		c.halt(HaltContract, "mismatch at the expected upper", uint64(upper.T), col.id.key())
		return
	}
	c.managedLost(at)
	col.batch = batch{}
	c.learnUpper(at, upper)
	if col.dropped {
		c.refuseParts(at, IdentifierMissing)
	}
}
