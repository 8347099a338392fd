package core

import (
	"slices"

	"example.com/tidemark/core/flat"
)

// What runs on hosts is coded in both directions by the same walk. What refers to a
// collection names it by its key, and is linked up when all are restored.

// unlinked is what a restored state refers to before everything is there.
type unlinked struct {
	// dependants, with the collection's key, the holder, and the placement's serial.
	dependants []unlinkedDependant
	// remaps are the keys of the collections that stand for the remap shards.
	remaps map32
	tokens map32
	// cursors are the serials of the placements from which histories go on.
	cursors    map32
	placements flat.Index
}

type unlinkedDependant struct {
	at         uint32
	collection uint64
	placement  uint64
	request    bool
	holder     uint32
}

// map32 is a list of positions with what belongs to them.
type map32 []wordAt

type wordAt struct {
	at   uint32
	word uint64
}

func (m *map32) add(at uint32, word uint64) { *m = append(*m, wordAt{at, word}) }

// hosts codes objects, hosts with their placements, and tokens.
func (k *coder) hosts(c *Controller, u *unlinked) {
	s := &c.services
	k.lane(c, &s.lane, laneServices, 0, 0)
	num(k, &s.next)
	k.bool(&s.known)
	for i, n := 0, k.length(len(c.objectOrder), 1); i < n && k.good(); i++ {
		at := k.element(c.objectOrder, i, c.objects.New)
		k.object(c, at, u)
	}
	for i, n := 0, k.length(len(c.hostOrder), 1); i < n && k.good(); i++ {
		at := k.element(c.hostOrder, i, c.hosts.New)
		k.runningHost(c, at, u)
	}
	for i, n := 0, k.length(len(c.tokenOrder), 1); i < n && k.good(); i++ {
		at := k.element(c.tokenOrder, i, c.tokens.New)
		k.token(c, at, u)
	}
}

// good reports whether the walk can go on.
func (k *coder) good() bool { return k.writing || k.r.Err() == nil }

// element is the position of the i-th thing of a list; a new one while reading.
func (k *coder) element(order []uint32, i int, fresh func() uint32) uint32 {
	if k.writing {
		return order[i]
	}
	return fresh()
}

func codeHostConfig(k *coder, h *HostConfig) { k.hostConfig(h) }

func (k *coder) object(c *Controller, at uint32, u *unlinked) {
	o := c.objects.At(at)
	k.id(&o.id)
	enum(k, &o.kind, objectExport+1)
	k.hostConfig(&o.config)
	list(k, &o.former, 16, codeHostConfig)
	num(k, &o.moveBy)
	num(k, &o.serial)
	k.timer(c, &o.timer, timerMove, at, o.serial)
	k.bool(&o.dropped)
	k.bool(&o.unlisting)
	k.bool(&o.recovered)
	k.export(&o.desc)
	k.frontier(&o.asOf)
	k.bool(&o.snapshot)
	k.frontier(&o.upper)
	remap := uint64(0)
	if k.writing && o.remap != 0 {
		remap = c.collections.At(o.remap).id.key()
	}
	num(k, &remap)
	k.dependants(c, &o.firstHeld, at, false, u)
	if k.writing {
		return
	}
	last := len(c.objectOrder) - 1
	if !o.id.Valid() || o.kind == objectNone || last >= 0 && c.objects.At(c.objectOrder[last]).id.Compare(o.id) >= 0 {
		k.r.Fail()
		return
	}
	u.remaps.add(at, remap)
	c.byObject.Put(o.id.key(), at)
	c.objectOrder = append(c.objectOrder, at)
}

// dependants codes what one holder holds, in its order.
func (k *coder) dependants(c *Controller, first *uint32, holder uint32, request bool, u *unlinked) {
	n := 0
	for i := *first; i != 0 && k.writing; i = c.dependants.At(i).nextHeld {
		n++
	}
	n = k.length(n, 1)
	link := *first
	before := uint32(0)
	for ; n > 0 && k.good(); n-- {
		if !k.writing {
			link = c.dependants.New()
		}
		d := c.dependants.At(link)
		var collection, placement uint64
		if k.writing {
			collection = c.collections.At(d.collection).id.key()
			if d.placement != 0 {
				placement = c.placements.At(d.placement).serial
			}
		}
		num(k, &collection)
		num(k, &placement)
		k.frontier(&d.time)
		num(k, &d.serial)
		if k.writing {
			link = d.nextHeld
			continue
		}
		if before == 0 {
			*first = link
		} else {
			c.dependants.At(before).nextHeld = link
		}
		before = link
		u.dependants = append(u.dependants, unlinkedDependant{link, collection, placement, request, holder})
	}
}

func (k *coder) runningHost(c *Controller, at uint32, u *unlinked) {
	h := c.hosts.At(at)
	k.host(&h.id)
	k.bool(&h.ensured)
	k.bool(&h.abandoned)
	k.bool(&h.runs)
	k.bool(&h.stopping)
	num(k, &h.serial)
	k.lane(c, &h.service, laneService, at, h.serial)
	k.lane(c, &h.connect, laneConnect, at, h.serial)
	num(k, &h.session.Epoch)
	num(k, &h.session.Nonce)
	k.bool(&h.connected)
	k.bool(&h.lost)
	k.bool(&h.initialized)
	cursor := uint64(0)
	if k.writing && h.cursor != 0 {
		cursor = c.placements.At(h.cursor).serial
	}
	num(k, &cursor)
	if !k.writing {
		last := len(c.hostOrder) - 1
		if h.id == (HostID{}) || last >= 0 && c.hosts.At(c.hostOrder[last]).id.compare(h.id) >= 0 {
			k.r.Fail()
			return
		}
		c.hostOrder = append(c.hostOrder, at)
		u.cursors.add(at, cursor)
	}
	p := h.first
	for n := k.length(int(h.placements), 1); n > 0 && k.good(); n-- {
		if !k.writing {
			p = c.placements.New()
		}
		k.placement(c, p, at, u)
		p = c.placements.At(p).next
	}
}

func (k *coder) placement(c *Controller, p, host uint32, u *unlinked) {
	pl := c.placements.At(p)
	object := uint64(0)
	if k.writing {
		object = c.objects.At(pl.object).id.key()
	}
	num(k, &object)
	for _, b := range [...]*bool{&pl.ending, &pl.stop, &pl.created, &pl.sent, &pl.ended, &pl.givenUp} {
		k.bool(b)
	}
	num(k, &pl.owed)
	num(k, &pl.giveUp)
	num(k, &pl.serial)
	k.timer(c, &pl.timer, timerGiveUp, p, pl.serial)
	if k.writing {
		return
	}
	at, ok := c.byObject.Get(object)
	if _, twice := u.placements.Get(pl.serial); !ok || twice || pl.serial == 0 {
		k.r.Fail()
		return
	}
	u.placements.Put(pl.serial, p)
	pl.object, pl.host = at, host
	c.linkOfObject(p)
	c.linkPlacement(p)
}

// linkOfObject puts a placement into its object's list, the newest first.
func (c *Controller) linkOfObject(p uint32) {
	pl := c.placements.At(p)
	link := &c.objects.At(pl.object).firstPlacement
	for *link != 0 && c.placements.At(*link).serial > pl.serial {
		link = &c.placements.At(*link).nextOfObject
	}
	pl.nextOfObject = *link
	*link = p
}

func (k *coder) token(c *Controller, at uint32, u *unlinked) {
	t := c.tokens.At(at)
	k.id(&t.id)
	num(k, &t.owner)
	num(k, &t.token)
	num(k, &t.expires)
	num(k, &t.serial)
	k.timer(c, &t.timer, timerToken, at, t.serial)
	collection := uint64(0)
	if k.writing {
		collection = c.collections.At(t.collection).id.key()
	}
	num(k, &collection)
	if k.writing {
		return
	}
	last := len(c.tokenOrder) - 1
	if !t.id.Valid() || t.serial == 0 || last >= 0 && c.tokens.At(c.tokenOrder[last]).id.Compare(t.id) >= 0 {
		k.r.Fail()
		return
	}
	u.tokens.add(at, collection)
	c.tokenOrder = append(c.tokenOrder, at)
	c.byToken.Put(t.id.key(), at)
}

// linkHosts links what refers to collections and placements.
func (k *coder) linkHosts(c *Controller, u *unlinked) {
	// The newest comes first in every list, as when it was made.
	slices.SortFunc(u.dependants, func(a, b unlinkedDependant) int {
		return compareSerials(c.dependants.At(a.at).serial, c.dependants.At(b.at).serial)
	})
	slices.SortFunc(u.tokens, func(a, b wordAt) int {
		return compareSerials(c.tokens.At(a.at).serial, c.tokens.At(b.at).serial)
	})
	for i := range u.dependants {
		k.linkDependant(c, &u.dependants[i], u)
	}
	for _, r := range u.remaps {
		o := c.objects.At(r.at)
		if o.kind != objectIngestion {
			continue
		}
		main, found := c.byID.Get(o.id.key())
		remap, there := c.byID.Get(r.word)
		if !found || !there || c.collections.At(main).desc.Ingestion == nil || c.collections.At(remap).desc.Kind != KindRemap {
			k.r.Fail()
			return
		}
		o.main, o.remap = main, remap
		c.collections.At(remap).object = r.at
		for _, out := range c.collections.At(main).desc.Ingestion.Outputs {
			if on, ok := c.byID.Get(out.ID.key()); ok {
				c.collections.At(on).object = r.at
			}
		}
	}
	for _, at := range c.order {
		if col := c.collections.At(at); col.desc.Kind == KindRemap {
			main, ok := c.byID.Get(col.desc.Of.key())
			if !ok {
				k.r.Fail()
				return
			}
			c.collections.At(main).remapAt = at
		}
	}
	for _, t := range u.tokens {
		on, ok := c.byID.Get(t.word)
		if !ok {
			k.r.Fail()
			return
		}
		c.linkToken(t.at, on)
	}
	for _, h := range u.cursors {
		if h.word != 0 {
			p, ok := u.placements.Get(h.word)
			if !ok {
				k.r.Fail()
				return
			}
			c.hosts.At(h.at).cursor = p
		}
	}
}

func (k *coder) linkDependant(c *Controller, l *unlinkedDependant, u *unlinked) {
	on, ok := c.byID.Get(l.collection)
	p, placed := u.placements.Get(l.placement)
	if !ok || l.placement != 0 && !placed {
		k.r.Fail()
		return
	}
	d := c.dependants.At(l.at)
	d.collection, d.placement = on, p
	if l.request {
		d.alter = l.holder
	} else {
		d.object = l.holder
	}
	c.linkDependant(l.at)
	col := c.collections.At(on)
	col.dependsAt = col.dependsAt.Meet(d.time)
}
