package core

import "example.com/tidemark/core/stash"

// planDrop judges a drop as a whole (C-28). An id that was dropped already, or is
// named twice, is dropped without effect; an unknown one refuses the request
// unless it is unvalidated. A drop and the listing of its shard for finalization
// are one transaction (C-29).
func (c *Controller) planDrop(r *Request) Error {
	missing := c.scratch.ids[:0]
	for _, id := range r.IDs {
		at, ok := c.byID.Get(id.key())
		switch {
		case ok && !c.collections.At(at).dropped:
			c.write(stash.WriteUpsert, stash.CollectionDropped, id.String(), "")
			c.write(stash.WriteUpsert, stash.CollectionFinalize, shardKey(c.collections.At(at).data), encodeFinalize(id))
		case !ok && !r.Unvalidated && !c.dropped.has(id):
			missing = append(missing, id)
		}
	}
	c.scratch.ids = missing
	if len(missing) > 0 {
		return Error{Code: IdentifierMissing, Definite: true, IDs: c.ids.Copy(missing)}
	}
	return Error{}
}

// dropAll applies a committed drop.
func (c *Controller) dropAll(ids []GlobalID) {
	for _, id := range ids {
		if at, ok := c.byID.Get(id.key()); ok && !c.collections.At(at).dropped {
			c.drop(at)
		}
	}
}

// drop ends a collection's life: nothing new may use it. What holds it is honoured
// to its end, the batch that is out runs to its outcome, and reads that have begun
// finish.
func (c *Controller) drop(at uint32) {
	col := c.collections.At(at)
	col.dropped, col.toFinalize = true, true
	c.dropped.add(col.id)
	c.touch(at)
	c.unbind(at)
	c.mappingChanged()
	c.useStatus(at, -1)
	c.refuseParts(at, IdentifierMissing)
	c.dropSnapshots(at)
	c.admitWaiting(at)
}
