package core

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// driveSince drives the shard's since towards the collection's (C-90): one
// downgrade at a time, at most one per SinceEvery unless the target is the empty
// frontier, and again once per reader lease while the shard's since is held back
// by somebody else's reader.
func (c *Controller) driveSince(at uint32) {
	col := c.collections.At(at)
	key := col.id.key()
	switch {
	case col.readerSince.LessThan(col.since):
		notBefore := col.lastDowngrade.Add(c.cfg.SinceEvery)
		if col.since.IsEmpty() {
			notBefore = 0
		}
		if !c.ready(&col.downgrade, laneSince, at, key, notBefore) {
			return
		}
	case col.shardSince.LessThan(col.readerSince):
		if !c.ready(&col.downgrade, laneSince, at, key, col.lastDowngrade.Add(c.cfg.ReaderLease)) {
			return
		}
	default:
		if col.downgrade.effect == 0 {
			c.disarm(&col.downgrade.timer)
		}
		return
	}
	call := c.call(&col.downgrade, laneSince, at, key, c.cfg.PersistDeadline)
	call.Op = persist.OpCompareAndDowngradeSince
	call.Shard = col.data
	call.Reader = criticalReader()
	call.ExpectedOpaque = c.opaque()
	call.Opaque = c.opaque()
	call.Since = col.since
	col.lastDowngrade = c.now.Mono
}

// sinceMoved takes the completion of a downgrade.
func (c *Controller) sinceMoved(at uint32, res *persist.Result) {
	col := c.collections.At(at)
	c.settleLane(&col.downgrade)
	c.touch(at)
	switch res.Outcome {
	case outcome.Done:
		col.downgrade.succeeded()
		col.readerSince = col.readerSince.Join(res.ReaderSince)
		col.shardSince = col.shardSince.Join(res.Since)
	case outcome.NotDone, outcome.Unknown:
		c.failed(&col.downgrade)
	case outcome.Fenced:
		c.fenced("since downgrade", res.Epoch)
	case outcome.Mismatch:
		// An older epoch cannot take a reader back, so somebody broke the contract.
		c.halt(HaltContract, "critical reader lost to an older epoch", res.Opaque.Epoch, c.epoch)
	case outcome.Invalid:
		c.unusable(at, res.Reason)
	default:
		c.halt(HaltContract, "outcome of a downgrade", uint64(res.Outcome), col.id.key())
	}
}
