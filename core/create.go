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
			if !identical(&specs[i-1].Description, &s.Description) || specs[i-1].Description.Since != s.Description.Since {
				return c.errorAbout(SourceIDReused, s.ID)
			}
			continue
		}
		exists, code := c.judgeID(s)
		about := s.ID
		if code == Ok && !exists {
			code, about = c.judgeDescription(s, specs)
		}
		if code != Ok {
			return c.errorAbout(code, about)
		}
		if !exists {
			bound := shards{data: c.newShard(s.ID, c.serial())}
			if s.Description.Kind == KindIngestion {
				bound.remap = c.newShard(s.ID, c.serial())
			}
			c.write(stash.WriteInsert, stash.CollectionMetadata, s.ID.String(), encodeShards(bound))
			c.write(stash.WriteInsert, stash.CollectionDescriptions, s.ID.String(), encodeDescription(&s.Description, nil))
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
		_, prepared := c.byToken.Get(s.ID.key())
		if prepared || c.exists(s.ID) {
			return false, SourceIDReused
		}
		return false, Ok
	}
	if !identical(&c.collections.At(at).desc, &s.Description) {
		return false, SourceIDReused
	}
	return true, Ok
}

// judgeDescription checks a new collection's description and its references, in
// the state and in the same list. It names the id that is at fault.
func (c *Controller) judgeDescription(s *CollectionSpec, list []CollectionSpec) (ErrorCode, GlobalID) {
	d := &s.Description
	if !kindFits(d) || !d.Schema.Valid() || d.Since.IsEmpty() {
		return InvalidDescription, s.ID
	}
	if d.Status != (GlobalID{}) {
		if !d.Status.Valid() || d.Status == s.ID {
			return InvalidDescription, s.ID
		}
		if code := c.judgeReference(d.Status, list); code != Ok {
			return code, d.Status
		}
		if !c.takesStatus(d.Status, list) {
			return InvalidDescription, s.ID
		}
	}
	switch d.Kind {
	case KindIngestion:
		return c.judgeIngestion(s, list)
	case KindSubsource:
		return c.judgeSubsource(s, list)
	case KindIntrospection:
		if c.boundElsewhere(s, list) {
			return IntrospectionAlreadyBound, s.ID
		}
	default:
	}
	return Ok, s.ID
}

// kindFits reports whether a client may make such a collection, and says exactly what
// its kind needs.
func kindFits(d *Description) bool {
	if !d.typed() {
		return false
	}
	switch d.Kind {
	case KindTable, KindReported, KindIntrospection:
		return d.Ingestion == nil && d.Of == (GlobalID{})
	case KindIngestion:
		return d.Ingestion != nil && d.Of == (GlobalID{})
	case KindSubsource:
		return d.Ingestion == nil
	default:
		return false
	}
}

// identical reports whether two descriptions say the same; where to begin is no part
// of what a collection is (C-20).
func identical(a, b *Description) bool {
	return a.Kind == b.Kind && a.Status == b.Status && a.Of == b.Of && a.Introspection == b.Introspection &&
		a.Schema.Equal(b.Schema) && identicalIngestions(a.Ingestion, b.Ingestion)
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
	for i := range stored {
		if id, ok := ParseGlobalID(stored[i].Key); ok && stored[i].Collection == stash.CollectionMetadata {
			if at, ok := c.byID.Get(id.key()); ok && c.collections.At(at).desc.Kind == KindIngestion {
				c.installIngestion(at)
			}
		}
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
		if o, filled := c.byObject.Get(s.ID.key()); filled && ok {
			if remap := c.objects.At(o).remap; c.collections.At(remap).phase == ShardOpening {
				c.waitForOpen(at, remap)
				return
			}
		}
	}
	c.respond(at, &Response{})
}
