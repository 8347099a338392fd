package core

import (
	"slices"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
)

// hold is one external hold: a named one, or an owner's count of capabilities at
// one time of one collection (C-44). It is leased (C-46).
type hold struct {
	kind       HoldKind
	owner      OwnerID
	name       HoldID
	collection uint32
	time       frontier.Timestamp
	count      int64
	expires    clock.Instant
	timer      uint32
	// serial orders timers at the same instant.
	serial uint64
	// next and prev link a collection's holds, nextOwned and prevOwned an owner's,
	// nextSame those whose keys collide.
	next, prev           uint32
	nextOwned, prevOwned uint32
	nextSame             uint32
}

// owner is whoever has holds.
type owner struct {
	id    OwnerID
	count int64
	first uint32
}

// nameKey and countKey are under which key a hold is found; keys may collide.
func nameKey(o OwnerID, name HoldID) uint64 {
	m := digest.New(uint64(HoldNamed))
	m.U64(uint64(o))
	m.U64(uint64(name))
	return m.Sum().Lo | 1
}

func countKey(o OwnerID, id GlobalID, t frontier.Timestamp) uint64 {
	m := digest.New(uint64(HoldCounted))
	m.U64(uint64(o))
	m.U64(id.key())
	m.U64(uint64(t))
	return m.Sum().Lo | 1
}

func (c *Controller) holdKey(h *hold) uint64 {
	if h.kind == HoldNamed {
		return nameKey(h.owner, h.name)
	}
	return countKey(h.owner, c.collections.At(h.collection).id, h.time)
}

// namedHold finds an owner's hold by its id; 0 if there is none.
func (c *Controller) namedHold(o OwnerID, name HoldID) uint32 {
	i, _ := c.byHold.Get(nameKey(o, name))
	for ; i != 0; i = c.holds.At(i).nextSame {
		if h := c.holds.At(i); h.kind == HoldNamed && h.owner == o && h.name == name {
			return i
		}
	}
	return 0
}

// countedHold finds an owner's count at a time of a collection; 0 if there is none.
func (c *Controller) countedHold(o OwnerID, on uint32, t frontier.Timestamp) uint32 {
	i, _ := c.byHold.Get(countKey(o, c.collections.At(on).id, t))
	for ; i != 0; i = c.holds.At(i).nextSame {
		if h := c.holds.At(i); h.kind == HoldCounted && h.owner == o && h.collection == on && h.time == t {
			return i
		}
	}
	return 0
}

// addHold adds a hold, starts its lease and returns its position.
func (c *Controller) addHold(h hold) uint32 {
	c.touch(h.collection)
	col := c.collections.At(h.collection)
	if h.serial == 0 {
		h.serial = c.serial()
	}
	h.next = col.firstHold
	i := c.holds.New()
	key := c.holdKey(&h)
	h.nextSame, _ = c.byHold.Get(key)
	*c.holds.At(i) = h
	c.byHold.Put(key, i)
	if h.next != 0 {
		c.holds.At(h.next).prev = i
	}
	col.firstHold = i
	if h.kind == HoldNamed {
		col.named++
	} else {
		col.counted++
	}
	col.held(h.time)
	c.own(i)
	c.renew(i)
	return i
}

// own links a hold with its owner.
func (c *Controller) own(i uint32) {
	h := c.holds.At(i)
	at, ok := c.byOwner.Get(uint64(h.owner))
	if !ok {
		at = c.owners.New()
		c.owners.At(at).id = h.owner
		c.byOwner.Put(uint64(h.owner), at)
	}
	o := c.owners.At(at)
	o.count++
	h.nextOwned = o.first
	if o.first != 0 {
		c.holds.At(o.first).prevOwned = i
	}
	o.first = i
}

// renew starts a hold's lease anew.
func (c *Controller) renew(i uint32) {
	h := c.holds.At(i)
	c.touch(h.collection)
	h.expires = c.now.Mono.Add(c.cfg.HoldLease)
	c.arm(&h.timer, timerHold, i, h.serial, h.expires)
}

// lapse ends a hold that was not renewed (C-46).
func (c *Controller) lapse(i uint32) { c.removeHold(i) }

// removeHold ends a hold.
func (c *Controller) removeHold(i uint32) {
	h := c.holds.At(i)
	c.touch(h.collection)
	c.disarm(&h.timer)
	c.unindexHold(i)
	c.disown(i)
	col := c.collections.At(h.collection)
	if h.prev == 0 {
		col.firstHold = h.next
	} else {
		c.holds.At(h.prev).next = h.next
	}
	if h.next != 0 {
		c.holds.At(h.next).prev = h.prev
	}
	if h.kind == HoldNamed {
		col.named--
	} else {
		col.counted--
	}
	col.unheld(h.time)
	c.holds.Release(i)
}

func (c *Controller) unindexHold(i uint32) {
	key := c.holdKey(c.holds.At(i))
	first, _ := c.byHold.Get(key)
	next := c.holds.At(i).nextSame
	switch {
	case first != i:
		for c.holds.At(first).nextSame != i {
			first = c.holds.At(first).nextSame
		}
		c.holds.At(first).nextSame = next
	case next != 0:
		c.byHold.Put(key, next)
	default:
		c.byHold.Delete(key)
	}
}

func (c *Controller) disown(i uint32) {
	h := c.holds.At(i)
	at, _ := c.byOwner.Get(uint64(h.owner))
	o := c.owners.At(at)
	o.count--
	if h.prevOwned == 0 {
		o.first = h.nextOwned
	} else {
		c.holds.At(h.prevOwned).nextOwned = h.nextOwned
	}
	if h.nextOwned != 0 {
		c.holds.At(h.nextOwned).prevOwned = h.prevOwned
	}
	if o.count == 0 {
		c.byOwner.Delete(uint64(h.owner))
		c.owners.Release(at)
	}
}

// heldBy is how many holds an owner has.
func (c *Controller) heldBy(o OwnerID) int64 {
	if at, ok := c.byOwner.Get(uint64(o)); ok {
		return c.owners.At(at).count
	}
	return 0
}

// holdError answers a hold request with an error about its collection.
func (c *Controller) holdError(r *Request, at uint32, code ErrorCode) {
	if code == NotLeader || code == Overloaded {
		err := Error{Code: code, Definite: true}
		if code == Overloaded {
			err.Limit = LimitHoldsPerOwner
		}
		c.answerError(r, at, err)
		return
	}
	err := c.errorAbout(code, r.GlobalID)
	if on, ok := c.byID.Get(r.GlobalID.key()); ok && code == ReadBeforeSince {
		err.Frontier = c.collections.At(on).since
	}
	c.answerError(r, at, err)
}

// acquireHold takes a hold, or renews the one of that name (C-44).
func (c *Controller) acquireHold(r *Request, at uint32) {
	on, code := c.find(r.GlobalID)
	switch {
	case !c.leading():
		code = NotLeader
	case code != Ok:
	case r.Owner == 0 || r.Hold == 0:
		code = InvalidReadHold
	default:
		if i := c.namedHold(r.Owner, r.Hold); i != 0 {
			c.renewNamed(r, at, i)
			return
		}
		code = c.grant(r, on, r.Earliest)
	}
	if code != Ok {
		c.holdError(r, at, code)
		return
	}
	c.answerHold(r, at)
}

// grant adds the named hold that a request asks for, if the limit and the since
// allow it.
func (c *Controller) grant(r *Request, on uint32, earliest bool) ErrorCode {
	col := c.collections.At(on)
	t, open := col.since.AsOption()
	if !earliest {
		t = r.At
	}
	switch {
	case !open || !col.since.LessEqualTime(t):
		return ReadBeforeSince
	case c.heldBy(r.Owner) >= c.limit(LimitHoldsPerOwner):
		return Overloaded
	}
	c.addHold(hold{kind: HoldNamed, owner: r.Owner, name: r.Hold, collection: on, time: t, count: 1})
	return Ok
}

// answerHold answers with where the request's hold is.
func (c *Controller) answerHold(r *Request, at uint32) {
	c.answer(r, at, &Response{Time: c.holds.At(c.namedHold(r.Owner, r.Hold)).time})
}

// renewNamed renews a hold if it is on the collection that the request names.
func (c *Controller) renewNamed(r *Request, at, i uint32) {
	if c.collections.At(c.holds.At(i).collection).id != r.GlobalID {
		c.holdError(r, at, InvalidReadHold)
		return
	}
	c.renew(i)
	c.answerHold(r, at)
}

// renewHold renews a hold, or all of an owner's. After a boot, holds that a former
// incarnation granted come back at their times (C-48).
func (c *Controller) renewHold(r *Request, at uint32) {
	if !c.leading() {
		c.holdError(r, at, NotLeader)
		return
	}
	if r.Hold == 0 {
		c.renewAll(r, at)
		return
	}
	if i := c.namedHold(r.Owner, r.Hold); i != 0 {
		c.renewNamed(r, at, i)
		return
	}
	on, known := c.byID.Get(r.GlobalID.key())
	switch {
	case !known:
		c.holdError(r, at, IdentifierMissing)
	case c.collections.At(on).phase == ShardFailed:
		c.holdError(r, at, IOError)
	case !c.inGrace() || r.Owner == 0:
		c.holdError(r, at, InvalidReadHold)
	default:
		if code := c.grant(r, on, false); code != Ok {
			c.holdError(r, at, code)
			return
		}
		c.answerHold(r, at)
	}
}

func (c *Controller) renewAll(r *Request, at uint32) {
	o, ok := c.byOwner.Get(uint64(r.Owner))
	if !ok {
		c.answerError(r, at, Error{Code: InvalidReadHold, Definite: true})
		return
	}
	for i := c.owners.At(o).first; i != 0; i = c.holds.At(i).nextOwned {
		c.renew(i)
	}
	c.answer(r, at, &Response{})
}

// existing is the hold that a request names, on the collection that it names.
func (c *Controller) existing(r *Request) uint32 {
	i := c.namedHold(r.Owner, r.Hold)
	if i != 0 && c.collections.At(c.holds.At(i).collection).id != r.GlobalID {
		return 0
	}
	return i
}

// moveHold moves a hold forwards; a move backwards leaves it where it is.
func (c *Controller) moveHold(r *Request, at uint32) {
	i := c.existing(r)
	if i == 0 {
		c.holdError(r, at, InvalidReadHold)
		return
	}
	h := c.holds.At(i)
	if h.time < r.At {
		c.touch(h.collection)
		col := c.collections.At(h.collection)
		col.unheld(h.time)
		h.time = r.At
		col.held(h.time)
	}
	c.answerHold(r, at)
}

// releaseHold ends a hold at its owner's wish.
func (c *Controller) releaseHold(r *Request, at uint32) {
	i := c.existing(r)
	if i == 0 {
		c.holdError(r, at, InvalidReadHold)
		return
	}
	c.removeHold(i)
	c.answer(r, at, &Response{})
}

// updateCapabilities applies the net of one owner's changes, or nothing (C-44):
// releases are judged against that owner's counts, acquires against the since
// before the batch.
func (c *Controller) updateCapabilities(r *Request, at uint32) {
	net := c.net(r.Capabilities)
	if err := c.judgeCapabilities(r.Owner, net); err.Code != Ok {
		c.answerError(r, at, err)
		return
	}
	for i := range net {
		on, _ := c.byID.Get(net[i].ID.key())
		c.changeCount(r.Owner, on, net[i].Time, net[i].Diff)
	}
	c.answer(r, at, &Response{})
}

// net is the changes summed per (id, time), in order; zero sums stay, so that
// their ids are judged too.
func (c *Controller) net(changes []CapabilityChange) []CapabilityChange {
	list := append(c.scratch.changes[:0], changes...)
	c.scratch.changes = list
	slices.SortFunc(list, func(a, b CapabilityChange) int {
		if d := a.ID.Compare(b.ID); d != 0 {
			return d
		}
		if a.Time != b.Time {
			if a.Time < b.Time {
				return -1
			}
			return 1
		}
		return 0
	})
	n := 0
	for i := range list {
		if n > 0 && list[n-1].ID == list[i].ID && list[n-1].Time == list[i].Time {
			list[n-1].Diff += list[i].Diff
			continue
		}
		list[n] = list[i]
		n++
	}
	return list[:n]
}

func (c *Controller) judgeCapabilities(o OwnerID, net []CapabilityChange) Error {
	added := int64(0)
	for i := range net {
		n := &net[i]
		on, known := c.byID.Get(n.ID.key())
		if !known {
			return c.errorAbout(IdentifierMissing, n.ID)
		}
		col := c.collections.At(on)
		have := c.countedHold(o, on, n.Time)
		switch {
		case n.Diff >= 0 && col.dropped:
			return c.errorAbout(IdentifierMissing, n.ID)
		case n.Diff >= 0 && col.phase == ShardFailed:
			return c.errorAbout(IOError, n.ID)
		case o == 0:
			return c.errorAbout(InvalidReadHold, n.ID)
		case n.Diff < 0 && (have == 0 || c.holds.At(have).count < -n.Diff):
			return c.errorAbout(InvalidReadHold, n.ID)
		case n.Diff > 0 && !c.leading():
			return Error{Code: NotLeader, Definite: true}
		case n.Diff > 0 && !col.since.LessEqualTime(n.Time):
			err := c.errorAbout(ReadBeforeSince, n.ID)
			err.Frontier = col.since
			return err
		case n.Diff > 0 && have != 0 && c.holds.At(have).count > maxDiff:
			return overloaded(LimitHoldsPerOwner)
		case n.Diff > 0 && have == 0:
			added++
		case n.Diff < 0 && c.holds.At(have).count == -n.Diff:
			added--
		}
	}
	if added > 0 && c.heldBy(o)+added > c.limit(LimitHoldsPerOwner) {
		return overloaded(LimitHoldsPerOwner)
	}
	return Error{}
}

// changeCount changes how many capabilities an owner has at a time.
func (c *Controller) changeCount(o OwnerID, on uint32, t frontier.Timestamp, diff int64) {
	if diff == 0 {
		return
	}
	i := c.countedHold(o, on, t)
	if i == 0 {
		c.addHold(hold{kind: HoldCounted, owner: o, collection: on, time: t, count: diff})
		return
	}
	h := c.holds.At(i)
	h.count += diff
	if h.count == 0 {
		c.removeHold(i)
		return
	}
	if diff > 0 {
		c.renew(i)
	}
	c.touch(on)
}
