package core

import "example.com/tidemark/core/clock"

// placement is an object on a host: one entry of the host's reduced history (H-5).
// It is live, or ending: told to stop, and remembered until the host confirms it.
type placement struct {
	object, host uint32
	ending       bool
	// stop: it ends by Stop, because the object runs elsewhere, or otherwise, from now
	// on; else by the empty frontier.
	stop bool
	// created: a create may have been sent, so that the host may run the object.
	created bool
	// sent and ended: this session was told of the create, or of the end.
	sent, ended bool
	// owed is how many ends this session was told of that the host has not answered.
	owed uint32
	// givenUp: the holds of the object did not wait for it any longer.
	givenUp bool
	// giveUp is when an end that nobody confirms counts as confirmed or, on a managed
	// host, is brought about by stopping the process.
	giveUp  clock.Instant
	timer   uint32
	touched bool
	serial  uint64
	// next and prev link a host's placements in the order in which they were made,
	// nextOfObject an object's.
	next, prev   uint32
	nextOfObject uint32
	nextTouched  uint32
}

// livePlacement is the placement on which an object is to run; 0: none.
func (c *Controller) livePlacement(o *object) uint32 {
	for p := o.firstPlacement; p != 0; p = c.placements.At(p).nextOfObject {
		if !c.placements.At(p).ending {
			return p
		}
	}
	return 0
}

// place puts an object on the host that its configuration names.
func (c *Controller) place(at uint32) uint32 { return c.placeOn(at, c.objects.At(at).config) }

// placeOn puts an object on a host.
func (c *Controller) placeOn(at uint32, config HostConfig) uint32 {
	h := c.findHost(config.Host(c.objects.At(at).id))
	p := c.placements.New()
	*c.placements.At(p) = placement{object: at, host: h, serial: c.serial()}
	c.linkOfObject(p)
	c.linkPlacement(p)
	c.touchPlacement(p)
	return p
}

// linkPlacement puts a placement at the end of its host's list.
func (c *Controller) linkPlacement(p uint32) {
	pl := c.placements.At(p)
	host := c.hosts.At(pl.host)
	pl.prev = host.last
	if host.last == 0 {
		host.first = p
	} else {
		c.placements.At(host.last).next = p
	}
	host.last = p
	host.placements++
}

// touchPlacement marks a placement whose host may have to be told something.
func (c *Controller) touchPlacement(p uint32) {
	pl := c.placements.At(p)
	c.touchHost(pl.host)
	if pl.touched {
		return
	}
	pl.touched = true
	h := c.hosts.At(pl.host)
	if h.lastTouched == 0 {
		h.firstTouched = p
	} else {
		c.placements.At(h.lastTouched).nextTouched = p
	}
	h.lastTouched = p
}

// forgetTouched empties the list of a host that has no session: its history will tell.
func (c *Controller) forgetTouched(at uint32) {
	h := c.hosts.At(at)
	for p := h.firstTouched; p != 0; {
		pl := c.placements.At(p)
		p = pl.nextTouched
		pl.touched, pl.nextTouched = false, 0
	}
	h.firstTouched, h.lastTouched = 0, 0
}

// untouch takes a placement that is about to be forgotten out of the list.
func (c *Controller) untouch(p uint32) {
	pl := c.placements.At(p)
	if !pl.touched {
		return
	}
	h := c.hosts.At(pl.host)
	before := uint32(0)
	for i := h.firstTouched; i != p; i = c.placements.At(i).nextTouched {
		before = i
	}
	if before == 0 {
		h.firstTouched = pl.nextTouched
	} else {
		c.placements.At(before).nextTouched = pl.nextTouched
	}
	if h.lastTouched == p {
		h.lastTouched = before
	}
}

// endPlacement begins an object's end on a host. If the host never heard of it, that
// is all.
func (c *Controller) endPlacement(p uint32, stop bool) {
	c.joinEnds(p)
	pl := c.placements.At(p)
	pl.ending, pl.stop = true, stop
	c.touchPlacement(p)
	if !pl.created {
		c.confirm(p)
		return
	}
	pl.giveUp = c.now.Mono.Add(c.graceOf(pl))
	c.arm(&pl.timer, timerGiveUp, p, pl.serial, pl.giveUp)
}

// joinEnds lets a placement that begins to end take the place of an earlier one of the
// same object on the same host, which was not confirmed: one end is enough for both.
func (c *Controller) joinEnds(p uint32) {
	pl := c.placements.At(p)
	for q := c.objects.At(pl.object).firstPlacement; q != 0; q = c.placements.At(q).nextOfObject {
		earlier := c.placements.At(q)
		if q == p || earlier.host != pl.host || !earlier.ending {
			continue
		}
		for i := c.objects.At(pl.object).firstHeld; i != 0; i = c.dependants.At(i).nextHeld {
			if d := c.dependants.At(i); d.placement == q {
				d.placement = p
			}
		}
		pl.created = true
		pl.owed += earlier.owed
		pl.ended = earlier.ended && !pl.sent // nothing was created since
		c.confirm(q)
		return
	}
}

// graceOf is how long a placement waits for its end to be confirmed.
func (c *Controller) graceOf(pl *placement) clock.Duration {
	if c.hosts.At(pl.host).id.Remote() && c.objects.At(pl.object).kind == objectIngestion {
		return c.cfg.WriterGrace
	}
	return c.cfg.DropGrace
}

// giveUpOn handles an end that was not confirmed in time: an export's holds end
// (C-35). A managed host's process is stopped, which confirms the end; what a remote
// one may still write is taken for written in the end (C-29).
func (c *Controller) giveUpOn(p uint32) {
	pl := c.placements.At(p)
	c.disarm(&pl.timer)
	remote := c.hosts.At(pl.host).id.Remote()
	if remote && (pl.givenUp || c.objects.At(pl.object).kind == objectIngestion) {
		c.confirm(p)
		return
	}
	pl.givenUp = true
	c.releaseHeld(pl.object, p)
	if remote {
		pl.giveUp = c.now.Mono.Add(c.cfg.WriterGrace)
		c.arm(&pl.timer, timerGiveUp, p, pl.serial, pl.giveUp)
		return
	}
	c.hosts.At(pl.host).abandoned = true
	c.touchHost(pl.host)
}

// releaseHeld ends what an object holds because of a placement that ends, unless an earlier
// one has yet to end, too; of a dropped export, all that it holds.
func (c *Controller) releaseHeld(at, p uint32) {
	o := c.objects.At(at)
	all := o.kind == objectExport && o.dropped && c.placements.At(p).givenUp
	earlier := c.lastEnding(o, c.placements.At(p).serial)
	link := &o.firstHeld
	for *link != 0 {
		i := *link
		d := c.dependants.At(i)
		if !all && d.placement != p {
			link = &d.nextHeld
			continue
		}
		if !all && earlier != 0 {
			d.placement, link = earlier, &d.nextHeld
			continue
		}
		*link = d.nextHeld
		c.releaseDependant(i)
	}
}

// lastEnding is the latest placement of an object, made before a serial, that is ending and
// still waited for; 0: there is none.
func (c *Controller) lastEnding(o *object, before uint64) (latest uint32) {
	for p := o.firstPlacement; p != 0; p = c.placements.At(p).nextOfObject {
		pl := c.placements.At(p)
		if pl.ending && !pl.givenUp && pl.serial < before && (latest == 0 || pl.serial > c.placements.At(latest).serial) {
			latest = p
		}
	}
	return latest
}

// placedTwice reports whether the object has another placement on the same host.
func (c *Controller) placedTwice(p uint32) bool {
	pl := c.placements.At(p)
	for q := c.objects.At(pl.object).firstPlacement; q != 0; q = c.placements.At(q).nextOfObject {
		if q != p && c.placements.At(q).host == pl.host {
			return true
		}
	}
	return false
}

// confirm forgets a placement: the host does not run the object.
func (c *Controller) confirm(p uint32) {
	pl := c.placements.At(p)
	c.releaseHeld(pl.object, p)
	if pl.stop && !c.placedTwice(p) {
		c.objects.At(pl.object).notFormer(c.hosts.At(pl.host).id)
	}
	host, o := c.hosts.At(pl.host), c.objects.At(pl.object)
	c.disarm(&pl.timer)
	c.untouch(p)
	link := &o.firstPlacement
	for *link != p {
		link = &c.placements.At(*link).nextOfObject
	}
	*link = pl.nextOfObject
	if pl.prev == 0 {
		host.first = pl.next
	} else {
		c.placements.At(pl.prev).next = pl.next
	}
	if pl.next == 0 {
		host.last = pl.prev
	} else {
		c.placements.At(pl.next).prev = pl.prev
	}
	if host.cursor == p {
		host.cursor = pl.next
	}
	host.placements--
	c.touchHost(pl.host)
	c.touchObject(pl.object)
	if o.kind == objectIngestion {
		c.touchFilled(o)
	}
	c.placements.Release(p)
}
