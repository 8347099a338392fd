package core

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// finalStage is the next step of a dropped collection's end (C-29). Each can be
// repeated: a new incarnation begins with the first and finds done what is done.
type finalStage uint8

const (
	// finalWait: something may still hold, read or write the shard.
	finalWait finalStage = iota
	// finalFetch: the upper to close the shard from is being fetched.
	finalFetch
	// finalClose: the upper is being closed.
	finalClose
	// finalDelete: the shard is being finalized.
	finalDelete
	// finalUnlist: the shard is known to be finalized, by us or by somebody else.
	finalUnlist
	// finalQueued: its id waits in Controller.unlisting.
	finalQueued
)

// finalizing is how far a shard's finalization has come.
type finalizing struct {
	stage finalStage
	// upper is the one that the shard is closed from.
	upper frontier.Frontier
}

// driveFinal takes the next step for a collection whose shard is listed for
// finalization. Nothing else of it is out meanwhile.
func (c *Controller) driveFinal(at uint32) {
	col := c.collections.At(at)
	if !col.toFinalize || col.final.stage == finalQueued || !c.released(col) {
		return
	}
	switch col.final.stage {
	case finalWait:
		// The shard does not answer sooner because it was dropped.
		col.open.tries, col.open.retryAt = col.fetch.tries, col.fetch.retryAt
		col.final.stage = finalFetch
	case finalUnlist:
		col.final.stage = finalQueued
		c.unlisting = append(c.unlisting, col.id.key())
		return
	case finalFetch, finalClose, finalDelete, finalQueued:
	}
	key := col.id.key()
	if !c.ready(&col.open, laneFinal, at, key, 0) {
		return
	}
	call := c.call(&col.open, laneFinal, at, key, c.cfg.PersistDeadline)
	call.Shard = col.data
	switch col.final.stage {
	case finalFetch:
		call.Op = persist.OpFetchUpper
	case finalClose:
		call.Op = persist.OpCompareAndAppend
		call.Writer, call.Epoch = c.writer(), c.epoch
		call.Token = c.closingToken(col)
		call.Expected, call.Upper = col.final.upper, frontier.Empty()
	case finalDelete:
		call.Op = persist.OpFinalize
	case finalWait, finalUnlist, finalQueued:
	}
}

// released reports whether a dropped collection is nobody's any more: nothing holds
// it, nothing of it is out, its shard's since is durably empty unless the shard is
// gone anyway, and nobody may still write to it.
func (c *Controller) released(col *collection) bool {
	switch {
	case !col.dropped, col.firstSnapshot != 0, col.firstPart != 0, col.batch.made():
		return false
	case col.firstToken != 0, col.remapAt != 0:
		return false
	case col.downgrade.effect != 0, col.write.effect != 0, col.fetch.effect != 0:
		return false
	case !col.since.IsEmpty(), col.final.stage < finalUnlist && !col.shardSince.IsEmpty():
		return false
	}
	return col.statusOf == 0 && !c.mayStillBeWritten(col)
}

// mayStillBeWritten reports whether somebody else may still write to a dropped
// collection's shard, so that it must not be closed yet. Tables and managed
// collections are written through this controller only; of a reported collection
// nobody can say when its writer stops, and a write that comes after the end gets a
// definite answer. What a host writes is over when the host has said so, or its
// process has stopped.
func (c *Controller) mayStillBeWritten(col *collection) bool {
	switch col.desc.Kind {
	case KindTable, KindReported, KindIntrospection:
		return false
	case KindSubsource:
		return col.object != 0 && c.mayFill(col, c.objects.At(col.object))
	case KindIngestion, KindRemap:
		return col.object != 0
	case KindNone:
	}
	return true
}

// mayFill reports whether an ingestion may still write to a dropped subsource: where it
// is to run, the host has not said otherwise; where it ran before, its end is awaited.
func (c *Controller) mayFill(col *collection, o *object) bool {
	for p := o.firstPlacement; p != 0; p = c.placements.At(p).nextOfObject {
		if c.placements.At(p).ending || !col.endConfirmed {
			return true
		}
	}
	return false
}

// closingToken is a function of the upper that is expected, so that a closing append
// of unknown outcome is repeated under its own token (C-14), and one from another
// upper is another append.
func (c *Controller) closingToken(col *collection) persist.Token {
	s := c.derive(purposeClosing, col.id.key(), uint64(col.final.upper.T))
	return persist.Token{Hi: s.Hi, Lo: s.Lo | 1}
}

// finalStep takes the completion of one call of the finalization.
func (c *Controller) finalStep(at uint32, res *persist.Result) {
	col := c.collections.At(at)
	c.settleLane(&col.open)
	c.touch(at)
	switch res.Outcome {
	case outcome.Done:
		c.finalNext(at, res)
	case outcome.Mismatch:
		// Somebody has written since the upper was fetched.
		if col.final.stage != finalClose || res.Upper == col.final.upper {
			c.halt(HaltContract, "mismatch while finalizing", uint64(col.final.stage), col.id.key())
			return
		}
		c.learnUpper(at, res.Upper)
		col.final.stage = finalFetch
		c.failed(&col.open)
	case outcome.NotYet:
		// Both frontiers are empty, so a reader is left; it leaves, or lapses.
		if col.final.stage != finalDelete || !res.Since.IsEmpty() || !res.Upper.IsEmpty() {
			c.halt(HaltContract, "a closed shard is in use", uint64(col.final.stage), col.id.key())
			return
		}
		c.failed(&col.open)
	case outcome.NotDone, outcome.Unknown:
		c.failed(&col.open)
	case outcome.Fenced:
		c.fenced("finalization", res.Epoch)
	case outcome.Invalid:
		c.unusable(at, res.Reason)
	default:
		c.halt(HaltContract, "outcome of a finalization", uint64(res.Outcome), col.id.key())
	}
}

// finalNext moves to the stage that follows a successful call. A fetch does not end
// a row of failures: the append that follows it may lose its race again.
func (c *Controller) finalNext(at uint32, res *persist.Result) {
	col := c.collections.At(at)
	switch col.final.stage {
	case finalFetch:
		c.learnUpper(at, res.Upper)
		col.final.upper, col.final.stage = res.Upper, finalClose
		if res.Upper.IsEmpty() {
			col.final.stage = finalDelete
		}
	case finalClose:
		col.open.succeeded()
		c.learnUpper(at, frontier.Empty())
		col.final.stage = finalDelete
	case finalDelete:
		col.open.succeeded()
		col.final.stage = finalUnlist
	case finalWait, finalUnlist, finalQueued:
	}
}

// planUnlisting adds to a transaction what the next finished collections and exports
// leave behind: everything of theirs is deleted but that they were dropped. It returns how
// many there are.
func (c *Controller) planUnlisting(writes []stash.Write) (uint32, []stash.Write) {
	n := min(len(c.unlisting), maxServed)
	remove := func(from stash.Collection, key string) {
		writes = append(writes, stash.Write{Kind: stash.WriteDelete, Collection: from, Key: key})
	}
	for _, key := range c.unlisting[:n] {
		id := idOfKey(key)
		at, ok := c.byID.Get(key)
		switch {
		case !ok:
			remove(stash.CollectionExports, id.String())
			remove(stash.CollectionExportAsOf, id.String())
			continue
		case c.collections.At(at).desc.Kind != KindRemap:
			remove(stash.CollectionMetadata, id.String())
			remove(stash.CollectionDescriptions, id.String())
			remove(stash.CollectionPolicies, id.String())
		}
		remove(stash.CollectionFinalize, shardKey(c.collections.At(at).data))
	}
	return uint32(n), writes
}

// unlisted forgets the collections and exports whose unlisting has committed.
func (c *Controller) unlisted(n uint32) {
	for _, key := range c.unlisting[:n] {
		if at, ok := c.byID.Get(key); ok {
			c.remove(at)
		} else if at, ok := c.byObject.Get(key); ok {
			c.removeObject(at)
		}
	}
	c.unlisting = append(c.unlisting[:0], c.unlisting[n:]...)
}

// useStatus counts a collection in or out at its status collection, whose shard it
// may write to for as long as it lives.
func (c *Controller) useStatus(at uint32, users int32) {
	c.useStatusOf(c.collections.At(at).desc.Status, users)
}

func (c *Controller) useStatusOf(status GlobalID, users int32) {
	on, ok := c.byID.Get(status.key())
	if !ok {
		return
	}
	c.collections.At(on).statusOf += uint32(users)
	c.touch(on)
}
