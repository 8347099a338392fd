package core

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// driveFetch fetches the upper of an open shard every FetchEvery (C-40), and with
// backoff while a snapshot waits for it (C-60). A closed or dropped collection
// has nothing left to learn.
func (c *Controller) driveFetch(at uint32) {
	col := c.collections.At(at)
	if col.upper.IsEmpty() || col.dropped {
		if col.fetch.effect == 0 {
			c.disarm(&col.fetch.timer)
		}
		return
	}
	every := c.cfg.FetchEvery
	if col.waitingReads > 0 {
		every = min(every, c.backoff(col.fetchTries+1, EffectID(col.id.key())))
	}
	if !c.ready(&col.fetch, laneFetch, at, col.id.key(), col.lastFetch.Add(every)) {
		return
	}
	call := c.call(&col.fetch, laneFetch, at, col.id.key(), c.cfg.PersistDeadline)
	call.Op = persist.OpFetchUpper
	call.Shard = col.data
	col.lastFetch = c.now.Mono
	if col.waitingReads > 0 {
		col.fetchTries++
	}
}

// fetched takes the completion of a fetch.
func (c *Controller) fetched(at uint32, res *persist.Result) {
	col := c.collections.At(at)
	c.settleLane(&col.fetch)
	c.touch(at)
	switch res.Outcome {
	case outcome.Done:
		col.fetch.succeeded()
		c.learnUpper(at, res.Upper)
	case outcome.NotDone, outcome.Unknown:
		c.failed(&col.fetch)
	case outcome.Invalid:
		c.unusable(at, res.Reason)
	default:
		c.halt(HaltContract, "outcome of a fetch", uint64(res.Outcome), col.id.key())
	}
}
