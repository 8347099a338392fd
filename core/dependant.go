package core

import "example.com/tidemark/core/frontier"

// dependant is the hold that an export or an ingestion has on a collection which it
// reads (C-34, C-38). It only moves forwards.
type dependant struct {
	// collection that is held, and the object that holds it; no object while the
	// request alter awaits its transaction (C-33, C-36).
	collection, object uint32
	alter              uint32
	// placement whose end ends the hold too; 0: it ends with the object.
	placement uint32
	time      frontier.Frontier
	// next and prev link a collection's dependants, nextHeld those of one holder.
	next, prev uint32
	nextHeld   uint32
	serial     uint64
}

// depend adds a dependant that holds a collection where its since is now. A
// collection that is not open yet is held from the start; see raiseDependants.
func (c *Controller) depend(on, object uint32) uint32 {
	i := c.dependants.New()
	col := c.collections.At(on)
	d := c.dependants.At(i)
	*d = dependant{collection: on, object: object, time: col.since, serial: c.serial()}
	c.linkDependant(i)
	col.dependsAt = col.dependsAt.Meet(d.time)
	c.touch(on)
	return i
}

// linkDependant puts a dependant into its collection's list.
func (c *Controller) linkDependant(i uint32) {
	d := c.dependants.At(i)
	col := c.collections.At(d.collection)
	d.next = col.firstDependant
	if d.next != 0 {
		c.dependants.At(d.next).prev = i
	}
	col.firstDependant = i
}

// moveDependant moves a dependant forwards to f.
func (c *Controller) moveDependant(i uint32, f frontier.Frontier) {
	d := c.dependants.At(i)
	if f.LessEqual(d.time) {
		return
	}
	col := c.collections.At(d.collection)
	if col.dependsAt == d.time {
		col.heldStale = true
	}
	d.time = d.time.Join(f)
	c.touch(d.collection)
}

// release ends a dependant, which its holder has forgotten.
func (c *Controller) releaseDependant(i uint32) {
	d := c.dependants.At(i)
	col := c.collections.At(d.collection)
	if d.prev == 0 {
		col.firstDependant = d.next
	} else {
		c.dependants.At(d.prev).next = d.next
	}
	if d.next != 0 {
		c.dependants.At(d.next).prev = d.prev
	}
	col.heldStale = true
	c.touch(d.collection)
	c.dependants.Release(i)
}

// forgetDependant ends a dependant of a collection that is forgotten: its holder has
// finished reading it, and holds nothing any more.
func (c *Controller) forgetDependant(i uint32) {
	d := c.dependants.At(i)
	link := &c.objects.At(d.object).firstHeld
	if d.object == 0 {
		link = &c.requests.At(d.alter).firstHeld
	} else {
		c.touchObject(d.object) // without what it reads it cannot run
	}
	for *link != i {
		link = &c.dependants.At(*link).nextHeld
	}
	*link = d.nextHeld
	c.releaseDependant(i)
}

// meetOfDependants is where the dependants hold a collection.
func (c *Controller) meetOfDependants(col *collection) frontier.Frontier {
	held := frontier.Empty()
	for i := col.firstDependant; i != 0; i = c.dependants.At(i).next {
		held = held.Meet(c.dependants.At(i).time)
	}
	return held
}

// touchReaders marks the objects that read a collection: its shard has come into use,
// or never will, and that may be what their creates wait for.
func (c *Controller) touchReaders(col *collection) {
	for i := col.firstDependant; i != 0; i = c.dependants.At(i).next {
		if d := c.dependants.At(i); d.object != 0 {
			c.touchObject(d.object)
		}
	}
}

// raiseDependants brings the dependants that were installed before the shard was
// open to where it can be read from: they held whatever that would be (C-33).
func (c *Controller) raiseDependants(col *collection) {
	for i := col.firstDependant; i != 0; i = c.dependants.At(i).next {
		d := c.dependants.At(i)
		d.time = d.time.Join(col.since)
	}
	col.heldStale = true
}
