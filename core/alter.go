package core

import (
	"slices"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/stash"
)

// planAlter judges a list of moves as a whole (C-27) and collects what is written.
func (c *Controller) planAlter(r *Request) Error {
	for i := range r.Moves {
		m := &r.Moves[i]
		at, code := c.hosted(m.ID)
		if code == Ok && !m.Host.Valid() {
			code = InvalidDescription
		}
		if code != Ok {
			return c.errorAbout(code, m.ID)
		}
		if o := c.objects.At(at); o.config != m.Host {
			c.writeMoved(o, m.Host)
		}
	}
	if id, twice := comesTwice(r.Moves, func(m *Move) GlobalID { return m.ID }); twice {
		return c.errorAbout(InvalidDescription, id)
	}
	return Error{}
}

// hosted finds what runs on a host under an id.
func (c *Controller) hosted(id GlobalID) (at uint32, code ErrorCode) {
	at, ok := c.byObject.Get(id.key())
	if c.dropped.has(id) || !ok && !c.exists(id) {
		return 0, IdentifierMissing
	}
	if !ok {
		return 0, NotHosted
	}
	return at, Ok
}

// writeMoved collects the description of an object that is given another host.
func (c *Controller) writeMoved(o *object, to HostConfig) {
	if o.kind == objectExport {
		d := o.desc
		d.Host = to
		c.write(stash.WriteUpsert, stash.CollectionExports, o.id.String(), encodeExport(&d, formerly(o.former, o.config, to)))
		return
	}
	d := c.collections.At(o.main).desc
	d.Ingestion = d.Ingestion.on(to)
	c.write(stash.WriteUpsert, stash.CollectionDescriptions, o.id.String(), encodeDescription(&d, formerly(o.former, o.config, to)))
}

// on is the ingestion with another host.
func (g *Ingestion) on(h HostConfig) *Ingestion {
	moved := *g
	moved.Host = h
	return &moved
}

// formerly is where an object that moves from one host to another may still run.
func formerly(former []HostConfig, from, to HostConfig) []HostConfig {
	list := make([]HostConfig, 0, len(former)+1)
	for _, h := range former {
		if h != to && h != from {
			list = append(list, h)
		}
	}
	if from != to {
		list = append(list, from)
	}
	return list[max(0, len(list)-maxFormer):]
}

// maxFormer bounds how many former hosts are remembered.
const maxFormer = 8

// notFormer forgets a former host that has confirmed that it does not run an object.
func (o *object) notFormer(h HostID) {
	i := slices.IndexFunc(o.former, func(f HostConfig) bool { return f.Host(o.id) == h })
	if i >= 0 {
		o.former = append(slices.Clone(o.former[:i]), o.former[i+1:]...)
	}
}

// alter applies committed moves: the old host is told to stop, the new one gets the
// object when that is confirmed, or after MoveGrace.
func (c *Controller) alter(moves []Move) {
	for i := range moves {
		at, ok := c.byObject.Get(moves[i].ID.key())
		if !ok || c.objects.At(at).config == moves[i].Host {
			continue
		}
		o := c.objects.At(at)
		o.former = formerly(o.former, o.config, moves[i].Host)
		o.config = moves[i].Host
		if o.kind == objectExport {
			o.desc.Host = o.config
		} else {
			c.touch(o.main)
			main := c.collections.At(o.main)
			main.desc.Ingestion = main.desc.Ingestion.on(o.config)
		}
		c.replace(at)
	}
}

// replace ends an object where it runs, so that it begins again as it is described
// now.
func (c *Controller) replace(at uint32) (ending uint32) {
	o := c.objects.At(at)
	o.moveBy = c.now.Mono.Add(c.cfg.MoveGrace)
	if ending = c.livePlacement(o); ending != 0 {
		c.endPlacement(ending, true)
	}
	c.touchObject(at)
	return ending
}

// planAlterExports judges other descriptions for exports (C-36). The new input is
// held from here on; the holds are let go if it does not come to a transaction.
func (c *Controller) planAlterExports(at uint32) Error {
	c.releaseForRequest(at)
	r := &c.requests.At(at).req
	if id, twice := comesTwice(r.Exports, func(s *ExportSpec) GlobalID { return s.ID }); twice {
		return c.errorAbout(InvalidDescription, id)
	}
	for i := range r.Exports {
		s := &r.Exports[i]
		on, ok := c.byObject.Get(s.ID.key())
		if !ok || c.objects.At(on).kind != objectExport || c.objects.At(on).dropped {
			return c.errorAbout(IdentifierMissing, s.ID)
		}
		o := c.objects.At(on)
		if identicalExports(&o.desc, &s.Description) {
			continue
		}
		if err := c.judgeExportDescription(&s.Description, s.ID); err.Code != Ok {
			return err
		}
		if s.Description.Connection != o.desc.Connection {
			// What is out already is the external system's to know: another one has another
			// export.
			return c.errorAbout(InvalidDescription, s.ID)
		}
		if s.Description.From != o.desc.From {
			from, _ := c.byID.Get(s.Description.From.key())
			if !c.collections.At(from).since.LessEqual(c.readsFrom(o)) {
				return c.beforeSince(s.Description.From)
			}
		}
		d := s.Description
		d.AsOf, d.Snapshot = o.desc.AsOf, o.desc.Snapshot
		c.write(stash.WriteUpsert, stash.CollectionExports, s.ID.String(), encodeExport(&d, formerly(o.former, o.config, d.Host)))
	}
	for i := range r.Exports {
		if o, ok := c.byObject.Get(r.Exports[i].ID.key()); ok && c.objects.At(o).desc.From != r.Exports[i].Description.From {
			c.holdForRequest(at, r.Exports[i].Description.From)
		}
	}
	return Error{}
}

// readsFrom is the earliest time that an export may read next.
func (c *Controller) readsFrom(o *object) frontier.Frontier {
	return o.asOf.Join(o.upper.StepBack())
}

// holdForRequest holds a collection until the request's transaction has ended.
func (c *Controller) holdForRequest(at uint32, id GlobalID) {
	on, _ := c.byID.Get(id.key())
	for i := c.requests.At(at).firstHeld; i != 0; i = c.dependants.At(i).nextHeld {
		if c.dependants.At(i).collection == on {
			return // once is enough, and no two holds look alike
		}
	}
	i := c.depend(on, 0)
	q := c.requests.At(at)
	c.dependants.At(i).alter, c.dependants.At(i).nextHeld = at, q.firstHeld
	q.firstHeld = i
}

// releaseForRequest lets go what was held for descriptions that are not in force, or
// that hold for themselves now.
func (c *Controller) releaseForRequest(at uint32) {
	q := c.requests.At(at)
	for q.firstHeld != 0 {
		i := q.firstHeld
		q.firstHeld = c.dependants.At(i).nextHeld
		c.releaseDependant(i)
	}
}

// alterExports applies committed descriptions: the old hold ends with the old
// definition, wherever that may still run.
func (c *Controller) alterExports(at uint32) {
	r := &c.requests.At(at).req
	for i := range r.Exports {
		s := &r.Exports[i]
		on, ok := c.byObject.Get(s.ID.key())
		if !ok || c.objects.At(on).dropped || identicalExports(&c.objects.At(on).desc, &s.Description) {
			continue
		}
		ending := c.replace(on)
		o := c.objects.At(on)
		from := o.desc.From
		d := s.Description
		d.AsOf, d.Snapshot = o.desc.AsOf, o.desc.Snapshot
		o.former = formerly(o.former, o.config, d.Host)
		c.useStatusOf(o.desc.Status, -1)
		c.useStatusOf(d.Status, 1)
		o.desc, o.config = d, d.Host
		if from == o.desc.From {
			continue
		}
		c.bindHeld(on, ending)
		collection, _ := c.byID.Get(o.desc.From.key())
		c.holdFor(on, collection)
	}
	c.releaseForRequest(at)
}

// bindHeld binds what an export held so far to the placement that ends, or to the latest
// that has not ended yet where it ran before; if there is none, it ends at once.
func (c *Controller) bindHeld(at, ending uint32) {
	o := c.objects.At(at)
	if ending == 0 || c.placements.At(ending).object != at {
		ending = c.lastEnding(o, ^uint64(0))
	}
	if ending != 0 {
		for i := o.firstHeld; i != 0; i = c.dependants.At(i).nextHeld {
			if d := c.dependants.At(i); d.placement == 0 {
				d.placement = ending
			}
		}
		return
	}
	for o.firstHeld != 0 {
		i := o.firstHeld
		o.firstHeld = c.dependants.At(i).nextHeld
		c.releaseDependant(i)
	}
}
