package core

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// criticalReader is the one critical reader that controllers share on every
// shard; which of them owns it is told by its opaque value (P-15, C-91).
func criticalReader() persist.ReaderID {
	return persist.ReaderID{Hi: 0x7469646d61726b00, Lo: 1}
}

// openStage is the next call of C-24's order: the since is learned before the
// upper, and the upper after every older epoch has been fenced.
type openStage uint8

const (
	stageCritical openStage = iota
	stageTakeOver
	stageWriter
	stageUpper
)

// shardOpening is how far the opening of a shard has come.
type shardOpening struct {
	stage openStage
	// found is the opaque value to take over from.
	found persist.Opaque
}

// driveOpen sends the next call of the opening.
func (c *Controller) driveOpen(at uint32) {
	col := c.collections.At(at)
	if !c.ready(&col.open, laneOpen, at, col.id.key(), 0) {
		return
	}
	call := c.call(&col.open, laneOpen, at, col.id.key(), c.cfg.PersistDeadline)
	call.Shard = col.data
	switch col.opening.stage {
	case stageCritical:
		call.Op = persist.OpOpenCritical
		call.Reader = criticalReader()
		call.Opaque = c.opaque()
	case stageTakeOver:
		call.Op = persist.OpCompareAndDowngradeSince
		call.Reader = criticalReader()
		call.ExpectedOpaque = col.opening.found
		call.Opaque = c.opaque()
		call.Since = frontier.Minimum()
	case stageWriter:
		call.Op = persist.OpOpenWriter
		call.Writer = c.writer()
		call.Epoch = c.epoch
	case stageUpper:
		call.Op = persist.OpFetchUpper
	}
}

// opened takes the completion of one call of the opening.
func (c *Controller) opened(at uint32, res *persist.Result) {
	col := c.collections.At(at)
	c.settleLane(&col.open)
	c.touch(at)
	switch res.Outcome {
	case outcome.Done:
		col.open.succeeded()
		c.openNext(at, res)
	case outcome.Mismatch:
		if col.opening.stage != stageTakeOver {
			c.halt(HaltContract, "mismatch while opening", uint64(col.opening.stage), 0)
			return
		}
		c.takeOverFrom(col, res.Opaque)
	case outcome.NotDone, outcome.Unknown:
		c.failed(&col.open)
	case outcome.Fenced:
		c.fenced("shard opening", res.Epoch)
	case outcome.Invalid:
		c.unusable(at, res.Reason)
	default:
		c.halt(HaltContract, "outcome of a shard opening", uint64(res.Outcome), uint64(col.opening.stage))
	}
}

// openNext moves to the stage that follows a successful call.
func (c *Controller) openNext(at uint32, res *persist.Result) {
	col := c.collections.At(at)
	switch col.opening.stage {
	case stageCritical:
		if res.Opaque != c.opaque() {
			c.takeOverFrom(col, res.Opaque)
			return
		}
		c.taken(col, res)
	case stageTakeOver:
		c.taken(col, res)
	case stageWriter:
		col.opening.stage = stageUpper
	case stageUpper:
		c.finishOpening(at, res.Upper)
	}
}

// takeOverFrom prepares the take-over of the critical reader from the value found
// on it, upwards only (C-13).
func (c *Controller) takeOverFrom(col *collection, found persist.Opaque) {
	if found.Epoch >= c.epoch {
		c.fenced("shard taken over", found.Epoch)
		return
	}
	col.opening.found = found
	col.opening.stage = stageTakeOver
}

// taken: the critical reader is ours; its since is where the collection starts.
func (c *Controller) taken(col *collection, res *persist.Result) {
	col.readerSince, col.shardSince = res.ReaderSince, res.Since
	col.lastDowngrade = c.now.Mono
	col.opening.stage = stageWriter
}

// finishOpening puts the shard into use (C-24): since and implied capability are
// the critical reader's since joined with the description's, the upper is the one
// fetched last.
func (c *Controller) finishOpening(at uint32, upper frontier.Frontier) {
	col := c.collections.At(at)
	if col.readerSince.IsEmpty() && !col.dropped && col.desc.Kind != KindRemap {
		c.fail(at)
		return
	}
	col.phase = ShardOpen
	col.upper = col.upper.Join(upper)
	col.implied = col.readerSince
	if !col.dropped {
		col.implied = col.implied.Join(col.desc.Since)
	}
	col.since = col.implied
	c.raiseDependants(col)
	c.touchReaders(col)
	col.lastFetch = c.now.Mono
	if len(col.policy.Nodes) == 0 && !col.dropped && col.desc.Kind != KindRemap {
		col.policy = ValidFrom(col.implied)
	}
	c.admitWaiting(at)
}

// unusable handles a call that can never succeed: a finalized shard fails its
// collection, anything else is a contradiction.
func (c *Controller) unusable(at uint32, reason persist.Reason) {
	if reason != persist.ReasonFinalized {
		c.halt(HaltContract, "invalid shard call", uint64(reason), c.collections.At(at).id.key())
		return
	}
	c.collections.At(at).final.stage = finalUnlist
	c.fail(at)
}
