package core

// CopyFrom makes c an independent copy of src, reusing c's memory: flat copies
// only, and frozen lists shared.
func (c *Controller) CopyFrom(src *Controller) {
	old := *c
	*c = *src
	c.out = nil

	c.effects, c.lanes, c.timers = old.effects, old.lanes, old.timers
	c.effects.CopyFrom(&src.effects)
	c.lanes.CopyFrom(&src.lanes)
	c.timers.CopyFrom(&src.timers)

	c.collections, c.byID = old.collections, old.byID
	c.collections.CopyFrom(&src.collections)
	c.byID.CopyFrom(&src.byID)
	c.order = append(old.order[:0], src.order...)
	c.dropped.ranges = append(old.dropped.ranges[:0], src.dropped.ranges...)
	c.unlisting = append(old.unlisting[:0], src.unlisting...)

	c.requests, c.byRequest = old.requests, old.byRequest
	c.requests.CopyFrom(&src.requests)
	c.byRequest.CopyFrom(&src.byRequest)
	c.parked, c.control.queue, c.control.reserved = old.parked, old.control.queue, old.control.reserved
	c.parked.CopyFrom(&src.parked)
	c.control.queue.CopyFrom(&src.control.queue)
	c.control.reserved.CopyFrom(&src.control.reserved)

	c.objects, c.byObject, c.placements = old.objects, old.byObject, old.placements
	c.objects.CopyFrom(&src.objects)
	c.byObject.CopyFrom(&src.byObject)
	c.placements.CopyFrom(&src.placements)
	c.hosts, c.dependants, c.tokens, c.byToken = old.hosts, old.dependants, old.tokens, old.byToken
	c.hosts.CopyFrom(&src.hosts)
	c.dependants.CopyFrom(&src.dependants)
	c.tokens.CopyFrom(&src.tokens)
	c.byToken.CopyFrom(&src.byToken)
	c.objectOrder = append(old.objectOrder[:0], src.objectOrder...)
	c.hostOrder = append(old.hostOrder[:0], src.hostOrder...)
	c.tokenOrder = append(old.tokenOrder[:0], src.tokenOrder...)
	c.touchedObjects = append(old.touchedObjects[:0], src.touchedObjects...)
	c.touchedHosts = append(old.touchedHosts[:0], src.touchedHosts...)

	c.parts, c.snapshots = old.parts, old.snapshots
	c.parts.CopyFrom(&src.parts)
	c.snapshots.CopyFrom(&src.snapshots)
	c.holds, c.byHold, c.owners, c.byOwner = old.holds, old.byHold, old.owners, old.byOwner
	c.holds.CopyFrom(&src.holds)
	c.byHold.CopyFrom(&src.byHold)
	c.owners.CopyFrom(&src.owners)
	c.byOwner.CopyFrom(&src.byOwner)

	c.touched = append(old.touched[:0], src.touched...)
	c.dirty = append(old.dirty[:0], src.dirty...)
	c.scratch = old.scratch
	c.updates, c.rows, c.ids, c.infos, c.told, c.writes = old.updates, old.rows, old.ids, old.infos, old.told, old.writes
}
