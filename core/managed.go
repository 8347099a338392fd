package core

import "example.com/tidemark/core/frontier"

// managed is what the controller writes by itself: the introspection collections,
// at most one live one of each type (C-22).
type managed struct {
	// bound finds the live collection of a type; 0: there is none.
	bound [IntrospectionTypeCount]uint32
	// target is the upper to which an empty append is to move a type's collection; one
	// that is reached means nothing.
	target [IntrospectionTypeCount]frontier.Timestamp
	// tick is the timer of C-70, armed while anything is bound.
	tick    uint32
	mapping mapping
}

// typed reports whether kind and introspection type fit each other. The shard
// mapping's schema is that of its rows: two texts.
func (d *Description) typed() bool {
	if d.Kind != KindIntrospection {
		return d.Introspection == IntrospectionNone
	}
	switch d.Introspection {
	case IntrospectionShardMapping:
		return mappingSchema(&d.Schema)
	case IntrospectionSourceStatus, IntrospectionSinkStatus:
		return true
	case IntrospectionNone, IntrospectionTypeCount:
	}
	return false
}

// boundElsewhere reports whether another live collection, or another of the same
// list, is of a description's introspection type (C-22).
func (c *Controller) boundElsewhere(s *CollectionSpec, list []CollectionSpec) bool {
	if c.managed.bound[s.Description.Introspection] != 0 {
		return true
	}
	for i := range list {
		d := &list[i].Description
		if list[i].ID != s.ID && d.Kind == KindIntrospection && d.Introspection == s.Description.Introspection {
			return true
		}
	}
	return false
}

// bind notes a collection that was installed, if it is a managed one that lives. It
// reports false if it had to halt: no two of a type can have been created.
func (c *Controller) bind(at uint32) bool {
	col := c.collections.At(at)
	if col.desc.Kind != KindIntrospection || col.dropped {
		return true
	}
	bound := &c.managed.bound[col.desc.Introspection]
	if *bound != 0 {
		c.halt(HaltCorrupt, "two collections of one introspection type", c.collections.At(*bound).id.key(), col.id.key())
		return false
	}
	*bound = at
	if c.managed.tick == 0 {
		c.arm(&c.managed.tick, timerTick, 0, 0, c.now.Mono.Add(c.cfg.AdvanceEvery))
	}
	return true
}

// unbind frees the introspection type of a collection that is dropped and ends its
// ticks (C-28).
func (c *Controller) unbind(at uint32) {
	introspection := c.collections.At(at).desc.Introspection
	if c.managed.bound[introspection] != at {
		return
	}
	c.managed.bound[introspection], c.managed.target[introspection] = 0, 0
	if introspection == IntrospectionShardMapping {
		c.endMapping()
	}
	if c.managed.bound == [IntrospectionTypeCount]uint32{} {
		c.disarm(&c.managed.tick)
	}
}

// tick asks for the upper of every managed collection to advance to the present, if
// that is later (C-70), and has its policy look at the present again (C-55).
func (c *Controller) tick() {
	present := frontier.Timestamp(c.clock.bounded(c.now, c.cfg.MaxClockSkew))
	for introspection, at := range c.managed.bound {
		if at != 0 {
			c.touch(at)
			c.managed.target[introspection] = present
		}
	}
	c.arm(&c.managed.tick, timerTick, 0, 0, c.now.Mono.Add(c.cfg.AdvanceEvery))
}

// presentUpper is a collection's upper, or the present if that is earlier (C-55). A
// closed collection is complete, and stays so (C-41).
func (c *Controller) presentUpper(col *collection) frontier.Frontier {
	if col.upper.IsEmpty() {
		return col.upper
	}
	wall, _ := c.clock.within(c.now, c.cfg.MaxClockSkew)
	return col.upper.Meet(frontier.At(frontier.Timestamp(wall)))
}

// nextTime is the time of the next managed append (C-53): the present, but not
// before the upper. There is none if no upper could follow it.
func (c *Controller) nextTime(upper frontier.Timestamp) (t frontier.Timestamp, ok bool) {
	t = max(upper, frontier.Timestamp(c.clock.bounded(c.now, c.cfg.MaxClockSkew)))
	return t, t != frontier.MaxTimestamp
}

// nextManaged makes the next write to a managed collection: what the shard mapping
// lacks, or else nothing but a later upper. On a closed collection nothing is
// written (C-53).
func (c *Controller) nextManaged(at uint32) bool {
	col := c.collections.At(at)
	introspection := col.desc.Introspection
	upper, open := col.upper.AsOption()
	if !open || c.managed.bound[introspection] != at {
		return false
	}
	b := batch{expected: col.upper}
	target := c.managed.target[introspection]
	switch {
	case introspection == IntrospectionShardMapping && c.mappingBatch(&b, upper):
	case upper < target:
		b.upper = frontier.At(target)
	default:
		return false
	}
	// Whoever else moves the upper meanwhile does what the tick was for.
	c.managed.target[introspection] = 0
	b.token = c.newToken(c.serial())
	col.batch = b
	return true
}

// managedDone: a write to a managed collection is durable.
func (c *Controller) managedDone(at uint32) {
	if at == c.managed.bound[IntrospectionShardMapping] {
		c.mappingWritten(&c.collections.At(at).batch)
	}
}

// managedLost: a write to a managed collection met another upper. For a tick that
// is all there is to it; what the mapping lacks is looked at again (C-70, C-71).
func (c *Controller) managedLost(at uint32) {
	if at == c.managed.bound[IntrospectionShardMapping] && len(c.collections.At(at).batch.updates) > 0 {
		c.managed.mapping.stale = true
	}
}
