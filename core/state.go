package core

import (
	"cmp"
	"slices"

	"example.com/tidemark/core/canonical"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/stash"
)

// stateVersion is the first byte of the canonical encoding. Digests and encodings
// change only with it.
const stateVersion = 1

// AppendCanonical appends the state's one canonical encoding: two states of equal
// bytes behave alike for ever. It has no positions, free lists or statistics in it.
func (c *Controller) AppendCanonical(b []byte) []byte {
	k := coder{writing: true, b: canonical.AppendU8(b, stateVersion)}
	k.machine(c)
	n := k.length(len(c.order), 1)
	for i := 0; i < n; i++ {
		k.collection(c, c.order[i])
	}
	return k.b
}

// Digest is the state's 128-bit digest: the sum of its collections' digests, kept
// as they change, and that of the rest. States have equal digests exactly if they
// have equal canonical bytes.
func (c *Controller) Digest() digest.Sum {
	for _, d := range c.dirty {
		if col := c.collections.At(d.at); col.id == d.id && col.listed {
			c.hash(d.at)
		}
	}
	c.dirty = c.dirty[:0]
	k := coder{writing: true, b: c.scratch.bytes[:0]}
	k.machine(c)
	c.scratch.bytes = k.b
	return c.sum.Add(digest.Of(k.b))
}

// hash adds a collection's digest to the sum.
func (c *Controller) hash(at uint32) {
	k := coder{writing: true, b: c.scratch.bytes[:0]}
	k.collection(c, at)
	c.scratch.bytes = k.b
	col := c.collections.At(at)
	col.sum, col.hashed, col.listed = digest.Of(k.b), true, false
	c.sum = c.sum.Add(col.sum)
}

// unhash takes a collection that is about to change out of the sum and lists it
// to be hashed anew.
func (c *Controller) unhash(at uint32) {
	col := c.collections.At(at)
	if col.hashed {
		c.sum = c.sum.Sub(col.sum)
		col.hashed = false
	}
	if col.listed {
		return
	}
	col.listed = true
	if len(c.dirty) > 2*len(c.order)+64 {
		c.dirty = slices.DeleteFunc(c.dirty, func(d touchedCollection) bool { return c.collections.At(d.at).id != d.id })
	}
	c.dirty = append(c.dirty, touchedCollection{at, col.id})
}

// Restore replaces the state by what AppendCanonical encoded, reusing c's memory. On
// an error the state is unusable.
func (c *Controller) Restore(b []byte) error {
	c.CopyFrom(&Controller{})
	k := coder{r: canonical.NewReader(b)}
	if v := k.r.U8(); v != stateVersion {
		k.r.Fail()
	}
	l := restoring{}
	k.restoreMachine(c, &l)
	n := k.length(0, 1)
	for i := 0; i < n && k.r.Err() == nil; i++ {
		k.restoreCollection(c, &l)
	}
	k.link(c, &l)
	if err := k.r.Close(); err != nil {
		*c = Controller{}
		return err
	}
	return nil
}

// restoring finds requests by their serials while the references between the
// parts of a state are rebuilt.
type restoring struct {
	requests flat.Index
	hosts    unlinked
	parked   []uint64
	queue    []uint64
}

// lane codes a lane with the instant its timer is armed for.
func (k *coder) lane(c *Controller, l *lane, kind laneKind, owner uint32, key uint64) {
	num(k, &l.effect)
	num(k, &l.tries)
	num(k, &l.retryAt)
	k.timer(c, &l.timer, kind, owner, key)
	if !k.writing && l.effect != 0 {
		if _, twice := c.effects.Get(uint64(l.effect)); twice || l.effect > c.nextEffect {
			k.r.Fail()
			return
		}
		l.ref = c.lanes.New()
		*c.lanes.At(l.ref) = laneRef{kind, owner}
		c.effects.Put(uint64(l.effect), l.ref)
	}
}

// timer codes when a timer is armed for; −1 if it is not.
func (k *coder) timer(c *Controller, handle *uint32, kind laneKind, owner uint32, key uint64) {
	at := clock.Instant(-1)
	if k.writing && *handle != 0 {
		at = clock.Instant(c.timers.At(*handle))
	}
	num(k, &at)
	if !k.writing && at >= 0 {
		c.arm(handle, kind, owner, key, at)
	}
}

// machine codes everything but the collections.
func (k *coder) machine(c *Controller) {
	k.scalars(c)
	open := 0
	for at := c.firstOpen; at != 0; at = c.requests.At(at).nextOpen {
		open++
	}
	k.length(open, 1)
	for at := c.firstOpen; at != 0; at = c.requests.At(at).nextOpen {
		k.openRequest(c, at, nil)
	}
	withdrawn := 0
	for i := 0; i < c.control.queue.Len(); i++ {
		if c.requests.At(c.control.queue.At(i)).state == requestWithdrawn {
			withdrawn++
		}
	}
	k.length(withdrawn, 1)
	for i := 0; i < c.control.queue.Len(); i++ {
		if at := c.control.queue.At(i); c.requests.At(at).state == requestWithdrawn {
			k.openRequest(c, at, nil)
		}
	}
	k.serials(c, &c.parked)
	k.serials(c, &c.control.queue)
	k.hosts(c, nil)
}

func (k *coder) serials(c *Controller, q *flat.Fifo[uint32]) {
	k.length(q.Len(), 8)
	for i := 0; i < q.Len(); i++ {
		serial := c.requests.At(q.At(i)).serial
		num(k, &serial)
	}
}

// scalars codes the machine's single values and flat lists, in both directions.
func (k *coder) scalars(c *Controller) {
	enum(k, &c.phase, PhaseHalted+1)
	num(k, &c.epoch)
	num(k, &c.nonce)
	enum(k, &c.halted.Code, HaltContradiction+1)
	text(k, &c.halted.Where)
	num(k, &c.halted.A)
	num(k, &c.halted.B)
	k.config(&c.cfg)
	for i := range c.entropy {
		num(k, &c.entropy[i])
	}
	num(k, &c.nextEffect)
	num(k, &c.nextSerial)
	num(k, &c.graceEnds)
	k.timer(c, &c.grace, timerGrace, 0, 0)
	num(k, &c.sweep.after)
	k.timer(c, &c.sweep.timer, timerSweep, 0, 0)
	k.managed(c)
	num(k, &c.clock.server)
	num(k, &c.clock.at)
	k.bool(&c.clock.known)

	m := &c.meta
	k.lane(c, &m.lane, laneStash, 0, 0)
	enum(k, &m.job, jobCommit+1)
	num(k, &m.served)
	num(k, &m.unlisted)
	num(k, &m.txn.Hi)
	num(k, &m.txn.Lo)
	list(k, &m.writes, 32, func(k *coder, w *stash.Write) { k.write(w) })
	k.bool(&m.resolving)
	num(k, &m.cause)
	num(k, &m.issuedAt)
	num(k, &m.verifiedAt)

	rest := c.load.entries[c.load.next:]
	list(k, &rest, 24, func(k *coder, e *stash.Entry) {
		num(k, &e.Collection)
		text(k, &e.Key)
		text(k, &e.Value)
	})
	if !k.writing {
		c.load = loading{entries: rest}
	}
	list(k, &c.load.former, 24, func(k *coder, f *formerHosts) {
		k.id(&f.id)
		list(k, &f.hosts, 16, codeHostConfig)
	})
	list(k, &c.dropped.ranges, 16, func(k *coder, r *idRange) {
		num(k, &r.first)
		num(k, &r.last)
	})
	list(k, &c.unlisting, 8, func(k *coder, key *uint64) { num(k, key) })
	num(k, &c.control.next)
	num(k, &c.control.done)
}

// managed codes what the controller writes by itself. Which collections it is about,
// and the read that is under way, are found again from them.
func (k *coder) managed(c *Controller) {
	k.timer(c, &c.managed.tick, timerTick, 0, 0)
	for i := range c.managed.target {
		num(k, &c.managed.target[i])
	}
	m := &c.managed.mapping
	k.bool(&m.stale)
	k.frontier(&m.upper)
	list(k, &m.diff, 24, codeUpdate)
}

// openRequest codes one request that has a place in the state.
func (k *coder) openRequest(c *Controller, at uint32, u *unlinked) {
	q := c.requests.At(at)
	k.request(&q.req)
	enum(k, &q.state, requestWithdrawn+1)
	num(k, &q.serial)
	num(k, &q.cause)
	k.bool(&q.sent)
	k.bool(&q.durable)
	num(k, &q.control)
	num(k, &q.waitFor)
	k.bool(&q.cleared)
	num(k, &q.deadline)
	k.timer(c, &q.timer, timerDeadline, at, uint64(q.req.ID))
	num(k, &q.remaining)
	k.bool(&q.landed)
	list(k, &q.failed, 16, func(k *coder, id *GlobalID) { k.id(id) })
	k.errorValue(&q.err)
	k.dependants(c, &c.requests.At(at).firstHeld, at, true, u)
}

// collection codes one collection with everything that belongs to it.
func (k *coder) collection(c *Controller, at uint32) {
	k.collectionScalars(c, at)
	col := c.collections.At(at)

	holds := c.scratch.slots[:0]
	for i := col.firstHold; i != 0; i = c.holds.At(i).next {
		holds = append(holds, i)
	}
	slices.SortFunc(holds, func(a, b uint32) int { return compareSerials(c.holds.At(a).serial, c.holds.At(b).serial) })
	c.scratch.slots = holds
	k.length(len(holds), 1)
	for _, i := range holds {
		k.hold(c.holds.At(i))
	}
	k.length(int(col.partCount), 1)
	for i := col.firstPart; i != 0; i = c.parts.At(i).next {
		p := c.parts.At(i)
		serial := c.requests.At(p.request).serial
		num(k, &serial)
		k.part(p)
	}
	n := 0
	for i := col.firstSnapshot; i != 0; i = c.snapshots.At(i).next {
		n++
	}
	k.length(n, 1)
	for i := col.firstSnapshot; i != 0; i = c.snapshots.At(i).next {
		s := c.snapshots.At(i)
		serial := uint64(0)
		if s.request != 0 {
			serial = c.requests.At(s.request).serial
		}
		num(k, &serial)
		k.snapshot(c, i)
	}
	n = 0
	for i := col.firstWaiting; i != 0; i = c.requests.At(i).nextWaiting {
		n++
	}
	k.length(n, 8)
	for i := col.firstWaiting; i != 0; i = c.requests.At(i).nextWaiting {
		num(k, &c.requests.At(i).serial)
	}
}

func compareSerials(a, b uint64) int { return cmp.Compare(a, b) }

// collectionScalars codes a collection's own values, in both directions.
func (k *coder) collectionScalars(c *Controller, at uint32) {
	col := c.collections.At(at)
	k.id(&col.id)
	key := col.id.key()
	k.description(&col.desc)
	k.policy(&col.policy)
	text(k, &col.policyUnknown)
	k.shard(&col.data)
	k.shard(&col.remap)
	enum(k, &col.phase, ShardFailed+1)
	k.bool(&col.dropped)
	k.bool(&col.toFinalize)
	num(k, &col.statusOf)
	enum(k, &col.final.stage, finalQueued+1)
	k.frontier(&col.final.upper)
	for _, f := range [...]*frontier.Frontier{
		&col.since, &col.implied, &col.upper, &col.readerSince, &col.shardSince,
		&col.batch.expected, &col.batch.upper,
	} {
		k.frontier(f)
	}
	k.bool(&col.remapListed)
	k.bool(&col.endSent)
	k.bool(&col.endConfirmed)
	k.frontier(&col.compacted)
	enum(k, &col.opening.stage, stageUpper+1)
	num(k, &col.opening.found.Epoch)
	num(k, &col.opening.found.Nonce)
	num(k, &col.lastDowngrade)
	num(k, &col.lastFetch)
	num(k, &col.fetchTries)
	num(k, &col.batch.parts)
	num(k, &col.batch.token.Hi)
	num(k, &col.batch.token.Lo)
	list(k, &col.batch.updates, 24, codeUpdate)
	ends := laneOpen
	if col.phase != ShardOpening {
		ends = laneFinal
	}
	k.lane(c, &col.open, ends, at, key)
	k.lane(c, &col.downgrade, laneSince, at, key)
	k.lane(c, &col.fetch, laneFetch, at, key)
	k.lane(c, &col.write, laneWrite, at, key)
}

func (k *coder) hold(h *hold) {
	enum(k, &h.kind, HoldSnapshot)
	num(k, &h.owner)
	num(k, &h.name)
	num(k, &h.time)
	num(k, &h.count)
	num(k, &h.expires)
	num(k, &h.serial)
}

func (k *coder) part(p *part) {
	list(k, &p.updates, 24, codeUpdate)
	k.frontier(&p.upper)
	num(k, &p.bytes)
}

func (k *coder) snapshot(c *Controller, i uint32) {
	s := c.snapshots.At(i)
	num(k, &s.asOf)
	enum(k, &s.stage, readClosing+1)
	k.bool(&s.holding)
	num(k, &s.serial)
	num(k, &s.reader.Hi)
	num(k, &s.reader.Lo)
	num(k, &s.closeBy)
	k.lane(c, &s.main, laneRead, i, s.serial)
	k.lane(c, &s.beat, laneBeat, i, s.serial)
	k.bool(&s.own)
}
