package core

import (
	"slices"

	"example.com/tidemark/core/frontier"
)

// restoreMachine reads what machine wrote.
func (k *coder) restoreMachine(c *Controller, l *restoring) {
	k.scalars(c)
	for n := k.length(0, 1); n > 0 && k.r.Err() == nil; n-- {
		at := k.restoreRequest(c, l)
		c.linkOpen(at)
	}
	for n := k.length(0, 1); n > 0 && k.r.Err() == nil; n-- {
		k.restoreRequest(c, l)
	}
	l.parked = k.restoreSerials()
	l.queue = k.restoreSerials()
	k.hosts(c, &l.hosts)
}

func (k *coder) restoreRequest(c *Controller, l *restoring) uint32 {
	at := c.requests.New()
	k.openRequest(c, at, &l.hosts)
	q := c.requests.At(at)
	if _, twice := l.requests.Get(q.serial); twice || q.serial == 0 || q.req.ID == 0 {
		k.r.Fail()
		return at
	}
	l.requests.Put(q.serial, at)
	return at
}

func (k *coder) restoreSerials() []uint64 {
	var list []uint64
	for n := k.length(0, 8); n > 0; n-- {
		var s uint64
		num(k, &s)
		list = append(list, s)
	}
	return list
}

// lookUp finds a request that another part of the state refers to.
func (k *coder) lookUp(l *restoring, serial uint64) uint32 {
	at, ok := l.requests.Get(serial)
	if !ok {
		k.r.Fail()
	}
	return at
}

// restoreCollection reads what collection wrote and links it up.
func (k *coder) restoreCollection(c *Controller, l *restoring) {
	at := c.collections.New()
	k.collectionScalars(c, at)
	col := c.collections.At(at)
	_, twice := c.byID.Get(col.id.key())
	inOrder := len(c.order) == 0 || c.collections.At(c.order[len(c.order)-1]).id.key() < col.id.key()
	if twice || !inOrder || !col.id.Valid() && col.desc.Kind != KindRemap || !col.desc.typed() {
		k.r.Fail()
		return
	}
	c.byID.Put(col.id.key(), at)
	c.order = append(c.order, at)
	col.heldAt, col.dependsAt = frontier.Empty(), frontier.Empty()
	k.restoreBound(c, at)
	for n := k.length(0, 1); n > 0 && k.r.Err() == nil; n-- {
		k.restoreHold(c, at)
	}
	for n := k.length(0, 1); n > 0 && k.r.Err() == nil; n-- {
		k.restorePart(c, l, at)
	}
	for n := k.length(0, 1); n > 0 && k.r.Err() == nil; n-- {
		k.restoreSnapshot(c, l, at)
	}
	for _, serial := range k.restoreSerials() {
		if r := k.lookUp(l, serial); r != 0 {
			state := c.requests.At(r).state
			c.waitForOpen(r, at)
			c.requests.At(r).state = state
		}
	}
	col = c.collections.At(at)
	col.touched = false
	c.touched = c.touched[:0]
	if col.batch.parts > col.partCount {
		k.r.Fail()
	}
	c.unhash(at)
}

// restoreBound finds the live collection of an introspection type again.
func (k *coder) restoreBound(c *Controller, at uint32) {
	col := c.collections.At(at)
	if col.desc.Kind != KindIntrospection || col.dropped {
		return
	}
	bound := &c.managed.bound[col.desc.Introspection]
	if *bound != 0 {
		k.r.Fail()
	}
	*bound = at
}

func (k *coder) restoreHold(c *Controller, at uint32) {
	h := hold{}
	k.hold(&h)
	if k.r.Err() != nil || h.kind == HoldNone || h.owner == 0 || h.serial == 0 {
		k.r.Fail()
		return
	}
	expires := h.expires
	h.collection = at
	i := c.addHold(h)
	added := c.holds.At(i)
	added.expires = expires
	c.disarm(&added.timer)
	c.arm(&added.timer, timerHold, i, added.serial, expires)
}

func (k *coder) restorePart(c *Controller, l *restoring, at uint32) {
	var serial uint64
	num(k, &serial)
	p := part{collection: at}
	k.part(&p)
	p.request = k.lookUp(l, serial)
	if k.r.Err() == nil {
		c.linkPart(p)
	}
}

func (k *coder) restoreSnapshot(c *Controller, l *restoring, at uint32) {
	var serial uint64
	num(k, &serial)
	i := c.snapshots.New()
	k.snapshot(c, i)
	s := c.snapshots.At(i)
	s.collection = at
	if serial != 0 {
		s.request = k.lookUp(l, serial)
		c.requests.At(s.request).snapshot = i
	} else if s.stage == readWaiting {
		k.r.Fail()
	}
	if s.own && s.stage != readClosing && at == c.managed.bound[IntrospectionShardMapping] {
		c.managed.mapping.read = i
	}
	c.linkSnapshot(i)
}

// link rebuilds the queues between requests.
func (k *coder) link(c *Controller, l *restoring) {
	if k.r.Err() != nil {
		return
	}
	for _, serial := range l.parked {
		c.parked.Push(k.lookUp(l, serial))
	}
	for _, serial := range l.queue {
		at := k.lookUp(l, serial)
		if at == 0 {
			return
		}
		c.control.queue.Push(at)
		c.reserve(at)
	}
	for _, key := range c.unlisting {
		if !c.exists(idOfKey(key)) {
			k.r.Fail()
			return
		}
	}
	k.linkHosts(c, &l.hosts)
	c.linkOwned()
	if int(c.meta.served) > c.control.queue.Len() || int(c.meta.unlisted) > len(c.unlisting) {
		k.r.Fail()
	}
}

// linkOwned brings what each owner holds into the order in which it was granted, the newest
// first: what is renewed together is driven in that order.
func (c *Controller) linkOwned() {
	list := c.scratch.slots[:0]
	for _, at := range c.order {
		for i := c.collections.At(at).firstHold; i != 0; i = c.holds.At(i).next {
			list = append(list, i)
			h := c.holds.At(i)
			h.nextOwned, h.prevOwned = 0, 0
			owner, _ := c.byOwner.Get(uint64(h.owner))
			c.owners.At(owner).first, c.owners.At(owner).count = 0, 0
		}
	}
	slices.SortFunc(list, func(a, b uint32) int { return compareSerials(c.holds.At(a).serial, c.holds.At(b).serial) })
	for _, i := range list {
		c.own(i)
	}
	c.scratch.slots = list
}
