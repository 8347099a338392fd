package core

import (
	"slices"

	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

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
			if remap := c.collections.At(at).remap; remap != (persist.ShardID{}) {
				c.write(stash.WriteUpsert, stash.CollectionFinalize, shardKey(remap), encodeFinalize(id))
			}
			if c.stillReferenced(at, r.IDs) {
				return c.errorAbout(StillReferenced, id)
			}
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

// stillReferenced reports whether a collection is an ingestion with a subsource that
// lives and is not dropped by the same list.
func (c *Controller) stillReferenced(at uint32, list []GlobalID) bool {
	ing := c.collections.At(at).desc.Ingestion
	if ing == nil {
		return false
	}
	for _, out := range ing.Outputs {
		sub, ok := c.byID.Get(out.ID.key())
		if ok && sub != at && !c.collections.At(sub).dropped && !slices.Contains(list, out.ID) {
			return true
		}
	}
	return false
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
	if remap := c.collections.At(at).remapAt; remap != 0 {
		r := c.collections.At(remap)
		r.dropped, r.toFinalize = true, true
		c.touch(remap)
	}
	c.refuseParts(at, IdentifierMissing)
	c.dropSnapshots(at)
	c.admitWaiting(at)
}
