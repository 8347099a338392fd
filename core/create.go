package core

import (
	"slices"

	"example.com/tidemark/core/stash"
)

// planCreate judges a create as a whole (C-20 to C-22): the list sorted by id, so
// that the order in which a client gives it means nothing.
func (c *Controller) planCreate(r *Request) Error {
	specs := append(c.scratch.specs[:0], r.Collections...)
	c.scratch.specs = specs
	slices.SortStableFunc(specs, func(a, b CollectionSpec) int { return a.ID.Compare(b.ID) })
	for i := range specs {
		s := &specs[i]
		if i > 0 && specs[i-1].ID == s.ID {
			if !identical(&specs[i-1].Description, &s.Description) {
				return c.errorAbout(SourceIDReused, s.ID)
			}
			continue
		}
		exists, code := c.judgeID(s)
		if code == Ok && !exists {
			code = c.judgeDescription(s, specs)
		}
		switch code {
		case Ok:
		case IdentifierMissing:
			return c.errorAbout(code, s.Description.Status)
		default:
			return c.errorAbout(code, s.ID)
		}
		if !exists {
			bound := shards{data: c.newShard(s.ID, c.serial())}
			c.write(stash.WriteInsert, stash.CollectionMetadata, s.ID.String(), encodeShards(bound))
			c.write(stash.WriteInsert, stash.CollectionDescriptions, s.ID.String(), encodeDescription(&s.Description))
		}
	}
	return Error{}
}

// judgeID reports whether the id exists with the identical description.
func (c *Controller) judgeID(s *CollectionSpec) (exists bool, code ErrorCode) {
	if c.dropped.has(s.ID) {
		return false, SourceIDReused
	}
	at, ok := c.byID.Get(s.ID.key())
	if !ok {
		return false, Ok
	}
	if !identical(&c.collections.At(at).desc, &s.Description) {
		return false, SourceIDReused
	}
	return true, Ok
}

// judgeDescription checks a new collection's description and its references, in
// the state and in the same list.
func (c *Controller) judgeDescription(s *CollectionSpec, list []CollectionSpec) ErrorCode {
	d := &s.Description
	if d.Kind == KindNone || !d.typed() || !d.Schema.Valid() || d.Since.IsEmpty() {
		return InvalidDescription
	}
	if code := c.judgeStatus(s, list); code != Ok {
		return code
	}
	if d.Kind == KindIntrospection && c.boundElsewhere(s, list) {
		return IntrospectionAlreadyBound
	}
	return Ok
}

// judgeStatus checks a description's reference to a status collection.
func (c *Controller) judgeStatus(s *CollectionSpec, list []CollectionSpec) ErrorCode {
	d := &s.Description
	if d.Status == (GlobalID{}) {
		return Ok
	}
	if !d.Status.Valid() || d.Status == s.ID {
		return InvalidDescription
	}
	if at, ok := c.byID.Get(d.Status.key()); ok && !c.collections.At(at).dropped {
		return Ok
	}
	_, listed := slices.BinarySearchFunc(list, d.Status, func(e CollectionSpec, id GlobalID) int { return e.ID.Compare(id) })
	if !listed || c.dropped.has(d.Status) {
		return IdentifierMissing
	}
	return Ok
}

func identical(a, b *Description) bool {
	return a.Kind == b.Kind && a.Since == b.Since && a.Status == b.Status && a.Introspection == b.Introspection && a.Schema.Equal(b.Schema)
}

func (c *Controller) errorAbout(code ErrorCode, id GlobalID) Error {
	ids := c.ids.Carve(1)
	ids[0] = id
	return Error{Code: code, Definite: true, IDs: ids}
}

// installCreated puts what a create's transaction stored into memory. What is
// stored wins over what was proposed (C-23). It reports false if it had to halt.
func (c *Controller) installCreated(stored []stash.Entry) bool {
	sorted := len(c.order)
	for i := range stored {
		e := &stored[i]
		if !c.installEntry(e) {
			c.halt(HaltCorrupt, "stash entry "+e.Collection.String()+" "+e.Key, uint64(e.Collection), 0)
			return false
		}
	}
	for _, at := range c.order[sorted:] {
		c.useStatus(at, 1)
	}
	c.orderInstalled(sorted)
	for _, e := range stored {
		id, _ := ParseGlobalID(e.Key)
		if at, _ := c.byID.Get(id.key()); e.Collection == stash.CollectionDescriptions && !c.bind(at) {
			return false
		}
	}
	if len(stored) > 0 {
		c.mappingChanged()
	}
	return true
}

// awaitOpen answers a durable create once none of its shards is opening (C-7).
func (c *Controller) awaitOpen(at uint32) {
	for _, s := range c.requests.At(at).req.Collections {
		col, ok := c.byID.Get(s.ID.key())
		if ok && c.collections.At(col).phase == ShardOpening {
			c.waitForOpen(at, col)
			return
		}
	}
	c.respond(at, &Response{})
}
