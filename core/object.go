package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// object is what runs on a host: an ingestion or an export (C-80).
type object struct {
	id   GlobalID
	kind objectKind
	// config is where it is to run.
	config HostConfig
	// former are where it ran before and may still run: told to stop, but not confirmed
	// to have stopped. They are durable with its description. Frozen.
	former []HostConfig
	// firstPlacement lists where it runs or may run: at most one that is live, the
	// others ending.
	firstPlacement uint32
	// moveBy is when a move stops waiting for the old host to confirm (C-27).
	moveBy clock.Instant
	timer  uint32
	// firstHeld lists its dependants.
	firstHeld uint32
	dropped   bool
	// recovered: it was loaded at boot, and its host may run it.
	recovered bool
	// unlisting: its id waits in Controller.unlisting.
	unlisting bool
	touched   bool
	serial    uint64

	// main and remap are the collections of an ingestion: its own, and the one that
	// stands for its remap shard.
	main, remap uint32

	// desc, asOf and snapshot are an export's; upper is its frontier f (C-34).
	desc     ExportDescription
	asOf     frontier.Frontier
	snapshot bool
	upper    frontier.Frontier
}

// objectKind is what an object is.
type objectKind uint8

const (
	objectNone objectKind = iota
	objectIngestion
	objectExport
)

// newObject installs an object; it is put at the end of the order: see orderInstalled.
func (c *Controller) newObject(o object) uint32 {
	o.serial = c.serial()
	at := c.objects.New()
	*c.objects.At(at) = o
	c.byObject.Put(o.id.key(), at)
	i := c.objectPosition(o.id)
	c.objectOrder = append(c.objectOrder, 0)
	copy(c.objectOrder[i+1:], c.objectOrder[i:])
	c.objectOrder[i] = at
	c.useStatusOf(c.statusOf(at), 1)
	c.touchObject(at)
	return at
}

// statusOf is the collection to whose shard an object may write its status.
func (c *Controller) statusOf(at uint32) GlobalID {
	o := c.objects.At(at)
	if o.kind == objectExport {
		return o.desc.Status
	}
	return c.collections.At(o.main).desc.Status
}

func (c *Controller) objectPosition(id GlobalID) int {
	key := id.key()
	lo, hi := 0, len(c.objectOrder)
	for lo < hi {
		mid := (lo + hi) / 2
		if c.objects.At(c.objectOrder[mid]).id.key() < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// touchObject marks an object to be settled at the end of the step.
func (c *Controller) touchObject(at uint32) {
	o := c.objects.At(at)
	if o.touched {
		return
	}
	o.touched = true
	c.touchedObjects = append(c.touchedObjects, at)
}

// settleObject brings where an object runs into line with what is wanted.
func (c *Controller) settleObject(at uint32) {
	o := c.objects.At(at)
	o.touched = false
	if o.kind == objectNone {
		return
	}
	live := c.livePlacement(o)
	if o.recovered {
		live = c.place(at)
		o = c.objects.At(at)
		o.recovered = false
		c.placements.At(live).created = true
		for _, h := range o.former {
			p := c.placeOn(at, h)
			c.placements.At(p).created = true
			c.endPlacement(p, true)
		}
		o = c.objects.At(at)
	}
	switch {
	case c.objectEnded(o):
		if live != 0 {
			c.endPlacement(live, false)
		}
		if c.objects.At(at).firstPlacement == 0 {
			c.ended(at)
			return
		}
	case c.neverReady(o):
		// It cannot run as it is, so it is to run nowhere until something is dropped.
		c.disarm(&o.timer)
		if live != 0 {
			c.endPlacement(live, true)
		}
	case live == 0 && (o.firstPlacement == 0 || o.moveBy <= c.now.Mono):
		c.disarm(&o.timer)
		c.place(at)
	case live == 0:
		c.arm(&o.timer, timerMove, at, o.serial, o.moveBy)
	}
	for p := c.objects.At(at).firstPlacement; p != 0; p = c.placements.At(p).nextOfObject {
		c.touchPlacement(p)
	}
}

func (c *Controller) neverReady(o *object) bool {
	_, never := c.objectReady(o)
	return never
}

// objectEnded reports whether an object is to run nowhere any more. An ingestion ends
// when nothing can read its own collection (C-28), an export when it is dropped.
func (c *Controller) objectEnded(o *object) bool {
	if o.kind == objectExport {
		return o.dropped
	}
	main := c.collections.At(o.main)
	return main.dropped && (main.phase == ShardFailed || main.since.IsEmpty() && main.phase == ShardOpen)
}

// ended: an object runs nowhere any more. What it held is let go; an ingestion's
// collections go their own ways, and an export's records are deleted.
func (c *Controller) ended(at uint32) {
	o := c.objects.At(at)
	for o.firstHeld != 0 {
		i := o.firstHeld
		o.firstHeld = c.dependants.At(i).nextHeld
		c.releaseDependant(i)
	}
	switch {
	case o.kind == objectIngestion:
		c.unfill(o)
		c.removeObject(at)
	case !o.unlisting:
		o.unlisting = true
		c.unlisting = append(c.unlisting, o.id.key())
	}
}

// removeObject forgets an object that has ended.
func (c *Controller) removeObject(at uint32) {
	o := c.objects.At(at)
	c.useStatusOf(c.statusOf(at), -1)
	c.disarm(&o.timer)
	c.byObject.Delete(o.id.key())
	i := c.objectPosition(o.id)
	c.objectOrder = append(c.objectOrder[:i], c.objectOrder[i+1:]...)
	c.objects.Release(at)
}

// ready reports whether an object's create can be completed: every shard that it
// names is open (C-26). never: it cannot be as long as nothing is dropped.
func (c *Controller) objectReady(o *object) (ready, never bool) {
	if o.kind == objectExport {
		on, ok := c.byID.Get(o.desc.From.key())
		if !ok {
			return false, true // it has finished reading what is gone
		}
		from := c.collections.At(on)
		over := from.phase == ShardOpen && from.since.IsEmpty()
		return from.phase == ShardOpen && !over, from.phase == ShardFailed || over
	}
	ready = true
	judge := func(phase ShardPhase) {
		ready = ready && phase == ShardOpen
		never = never || phase == ShardFailed
	}
	judge(c.collections.At(o.main).phase)
	judge(c.collections.At(o.remap).phase)
	for _, out := range c.collections.At(o.main).desc.Ingestion.Outputs {
		if on, ok := c.byID.Get(out.ID.key()); ok && !c.collections.At(on).dropped {
			judge(c.collections.At(on).phase)
		}
	}
	for i := o.firstHeld; i != 0; i = c.dependants.At(i).nextHeld {
		judge(c.collections.At(c.dependants.At(i).collection).phase)
	}
	return ready, never
}
