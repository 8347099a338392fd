package core

import (
	"slices"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

// collection is everything that the controller knows of one collection: one
// struct, from which all else is derived.
//
// Invariants, once its shard is open: since = implied ∧ every hold's time;
// implied and since never go back; upper is never beyond the shard's.
type collection struct {
	id   GlobalID
	desc Description
	// policy has no nodes until the shard is open, unless one was set (C-24).
	policy Policy
	// policyUnknown is what the policy's record holds that this version does not know.
	policyUnknown string
	data, remap   persist.ShardID

	phase   ShardPhase
	dropped bool
	touched bool
	// cause of the input that touched it last.
	cause Cause

	since, implied, upper frontier.Frontier
	// heldAt is the meet of all holds; it is recomputed if heldStale.
	heldAt    frontier.Frontier
	heldStale bool
	firstHold uint32
	named     uint32
	counted   uint32

	// dependsAt is the meet of the dependants' holds; it is recomputed with heldAt.
	dependsAt      frontier.Frontier
	firstDependant uint32
	firstToken     uint32
	// object that fills it, or whose remap shard it stands for; 0: none, or it has ended
	// everywhere. compacted is how far the host of this session may compact it; endSent
	// and endConfirmed: that host was told to end it, and has.
	object       uint32
	endSent      bool
	endConfirmed bool
	compacted    frontier.Frontier
	// remapAt is the collection that stands for an ingestion's remap shard, until that is
	// unlisted; remapListed: a boot found it in the list of shards to finalize.
	remapAt     uint32
	remapListed bool

	firstSnapshot, lastSnapshot uint32
	// snapshotCount counts the snapshots that hold the since back; the list has those
	// that only have their reader to close, too.
	snapshotCount uint32
	// waitingReads counts snapshots that wait for the upper to pass their time.
	waitingReads uint32

	opening shardOpening
	// open is the lane of the opening and, at the other end, of the finalization.
	open lane
	// toFinalize: its shard is in the durable list of those to finalize.
	toFinalize bool
	final      finalizing
	// statusOf counts the live collections whose status collection it is.
	statusOf uint32

	// readerSince and shardSince are the critical reader's since and the shard's, as
	// the latest downgrade reported them; lastDowngrade is when it was sent.
	readerSince, shardSince frontier.Frontier
	lastDowngrade           clock.Instant
	downgrade               lane

	fetch     lane
	lastFetch clock.Instant
	// fetchTries counts fetches since a snapshot began to wait without progress.
	fetchTries uint32

	write lane
	batch batch
	// firstPart and lastPart are the ends of the queue of append parts, the ones in
	// the batch first.
	firstPart, lastPart uint32
	partCount           uint32

	// firstWaiting and lastWaiting are the ends of the list of requests that wait
	// for the shard to be open.
	firstWaiting, lastWaiting uint32

	// sum is the digest that the collection adds to the controller's, if hashed;
	// otherwise it is listed to be hashed when a digest is wanted.
	sum    digest.Sum
	hashed bool
	listed bool
}

func (col *collection) lane(kind laneKind) *lane {
	switch kind {
	case laneOpen, laneFinal:
		return &col.open
	case laneSince:
		return &col.downgrade
	case laneWrite:
		return &col.write
	case laneFetch:
		return &col.fetch
	default:
		return &col.open
	}
}

// find is the collection that a request may name: known, not dropped, usable.
func (c *Controller) find(id GlobalID) (at uint32, code ErrorCode) {
	at, ok := c.byID.Get(id.key())
	if !ok || !id.Valid() {
		return 0, IdentifierMissing
	}
	switch col := c.collections.At(at); {
	case col.dropped:
		return 0, IdentifierMissing
	case col.phase == ShardFailed:
		return 0, IOError
	}
	return at, Ok
}

// install adds a collection whose shards the stash has bound. Nothing outside is
// touched by it. It is put at the end of the order: see orderInstalled.
func (c *Controller) install(id GlobalID, s shards) uint32 {
	at := c.collections.New()
	col := c.collections.At(at)
	*col = collection{id: id, data: s.data, remap: s.remap, heldAt: frontier.Empty(), dependsAt: frontier.Empty()}
	c.byID.Put(id.key(), at)
	c.order = append(c.order, at)
	c.touch(at)
	return at
}

// position is where an id is, or belongs, in the order of ids.
func (c *Controller) position(id GlobalID) int { return c.positionIn(c.order, id) }

func (c *Controller) positionIn(order []uint32, id GlobalID) int {
	key := id.key()
	lo, hi := 0, len(order)
	for lo < hi {
		mid := (lo + hi) / 2
		if c.collections.At(order[mid]).id.key() < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// orderInstalled moves the collections that were installed behind the first sorted
// ones to their places: in one pass, because a stash gives ids in the order of text,
// and a shift per id would take quadratic time.
func (c *Controller) orderInstalled(sorted int) {
	fresh := append(c.scratch.slots[:0], c.order[sorted:]...)
	c.scratch.slots = fresh
	slices.SortFunc(fresh, func(a, b uint32) int {
		return c.collections.At(a).id.Compare(c.collections.At(b).id)
	})
	for i := len(fresh) - 1; i >= 0; i-- {
		at := c.positionIn(c.order[:sorted], c.collections.At(fresh[i]).id)
		copy(c.order[at+i+1:], c.order[at:sorted])
		c.order[at+i] = fresh[i]
		sorted = at
	}
}

// settle brings what is outside into line with a collection's state (C-9): every
// consumer of its frontiers sees the step's net result.
func (c *Controller) settle(at uint32) {
	col := c.collections.At(at)
	col.touched = false
	if col.id == (GlobalID{}) {
		return
	}
	c.cause = col.cause
	switch col.phase {
	case ShardOpening:
		c.driveOpen(at)
	case ShardOpen:
		c.gatherHolds(col)
		c.advance(col)
		if !c.updateSince(col) {
			return
		}
		c.driveMapping(at)
		c.driveWrite(at)
		c.driveSnapshots(at)
		c.driveSince(at)
		c.driveFetch(at)
	case ShardFailed:
		// Nothing can be read or written, but what is held is honoured to its end.
		// A shard that only cannot be read is taken to its end like any other.
		c.gatherHolds(col)
		if col.dropped {
			c.advance(col)
		}
		if !c.updateSince(col) {
			return
		}
		if col.dropped && col.final.stage < finalUnlist {
			c.driveSince(at)
		}
	}
	if col = c.collections.At(at); col.object != 0 {
		c.touchObject(col.object)
	}
	if c.phase == PhaseRunning {
		c.driveFinal(at)
	}
}

// advance moves the implied capability as the read policy says (C-43), forwards
// only, and not while C-48's time runs. That of a dropped collection is released.
func (c *Controller) advance(col *collection) {
	switch {
	case c.inGrace() || col.firstToken != 0:
	case col.desc.Kind == KindRemap:
		c.advanceRemap(col)
	case col.dropped:
		col.implied = frontier.Empty()
	default:
		col.implied = col.implied.Join(c.policyBound(col).Meet(col.dependsAt))
	}
}

// policyBound is how far the read policy lets the implied capability go. A managed
// collection's sees an upper that is not ahead of the present (C-55), and what the
// controller itself reads of one holds it back besides (C-71).
func (c *Controller) policyBound(col *collection) frontier.Frontier {
	if col.desc.Kind != KindIntrospection {
		return col.policy.eval(col.upper, col.implied)
	}
	bound := col.policy.eval(c.presentUpper(col), col.implied)
	if col.desc.Introspection == IntrospectionShardMapping {
		bound = bound.Meet(col.upper.StepBack())
	}
	return bound
}

// updateSince derives the since from all capabilities (C-44, C-45). It reports
// false if the controller had to halt.
func (c *Controller) updateSince(col *collection) bool {
	since := col.implied.Meet(col.heldAt).Meet(col.dependsAt)
	if since.LessThan(col.since) {
		c.halt(HaltContradiction, "since regresses", uint64(col.since.T), uint64(since.T))
		return false
	}
	if since.IsEmpty() && !col.since.IsEmpty() {
		c.touchReaders(col) // what has finished reading it runs nowhere any more (C-34)
	}
	col.since = since
	return true
}

// gatherHolds brings the meets of what holds the collection up to date.
func (c *Controller) gatherHolds(col *collection) {
	if !col.heldStale {
		return
	}
	col.heldStale = false
	col.heldAt = c.meetOfHolds(col)
	col.dependsAt = c.meetOfDependants(col)
}

func (c *Controller) meetOfHolds(col *collection) frontier.Frontier {
	held := frontier.Empty()
	for h := col.firstHold; h != 0; h = c.holds.At(h).next {
		held = held.Meet(frontier.At(c.holds.At(h).time))
	}
	for s := col.firstSnapshot; s != 0; s = c.snapshots.At(s).next {
		if c.snapshots.At(s).holding {
			held = held.Meet(frontier.At(c.snapshots.At(s).asOf))
		}
	}
	return held
}

// held notes a new hold at t.
func (col *collection) held(t frontier.Timestamp) {
	col.heldAt = col.heldAt.Meet(frontier.At(t))
}

// unheld notes that a hold at t is gone.
func (col *collection) unheld(t frontier.Timestamp) {
	if col.heldAt == frontier.At(t) {
		col.heldStale = true
	}
}

// learnUpper joins an upper that is known to be durable into the collection's (C-40).
func (c *Controller) learnUpper(at uint32, upper frontier.Frontier) {
	col := c.collections.At(at)
	if !col.upper.LessThan(upper) {
		return
	}
	col.upper = upper
	col.fetchTries = 0
	c.touch(at)
}

// remove forgets a collection that has come to its end; its id stays dropped for
// ever.
func (c *Controller) remove(at uint32) {
	c.touch(at)
	c.admitWaiting(at)
	col := c.collections.At(at)
	if col.desc.Kind == KindRemap {
		main, _ := c.byID.Get(col.desc.Of.key())
		c.collections.At(main).remapAt = 0
		c.touch(main)
	}
	for _, l := range [...]*lane{&col.open, &col.downgrade, &col.write, &col.fetch} {
		c.settleLane(l)
	}
	for col.firstDependant != 0 {
		c.forgetDependant(col.firstDependant)
	}
	c.unhash(at)
	c.byID.Delete(col.id.key())
	i := c.position(col.id)
	c.order = append(c.order[:i], c.order[i+1:]...)
	c.collections.Release(at)
}

// fail marks a collection whose shard is permanently unusable (C-23): what waits
// for it gets its IOError, and it can still be dropped.
func (c *Controller) fail(at uint32) {
	col := c.collections.At(at)
	col.phase = ShardFailed
	for _, l := range [...]*lane{&col.open, &col.downgrade, &col.write, &col.fetch} {
		c.settleLane(l)
	}
	c.refuseParts(at, IOError)
	c.failSnapshots(at)
	c.admitWaiting(at)
	c.touchReaders(col)
	c.touch(at)
}
