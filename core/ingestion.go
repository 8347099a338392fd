package core

import "example.com/tidemark/core/frontier"

// installIngestion installs what belongs to an ingestion beside its own collection:
// the collection that stands for its remap shard, the object that runs on a host,
// and its holds on what it reads. All its collections are installed.
func (c *Controller) installIngestion(main uint32) {
	col := c.collections.At(main)
	id, remapShard, ing := col.id, col.remap, col.desc.Ingestion
	o := c.newObject(object{id: id, kind: objectIngestion, config: ing.Host, main: main, recovered: c.phase == PhaseLoad})
	remap := c.install(GlobalID{N: c.serial()}, shards{data: remapShard})
	r, col := c.collections.At(remap), c.collections.At(main)
	r.desc = Description{Kind: KindRemap, Of: id}
	r.object, r.dropped, r.toFinalize = o, col.dropped, col.dropped
	col.remapAt = remap
	c.objects.At(o).remap = remap
	for _, out := range ing.Outputs {
		if on, ok := c.byID.Get(out.ID.key()); ok {
			c.collections.At(on).object = o
		}
	}
	for i := len(ing.Imports) - 1; i >= 0; i-- {
		if on, ok := c.byID.Get(ing.Imports[i].key()); ok {
			c.holdFor(o, on)
		}
	}
}

// touchFilled has the collections that an ingestion fills looked at.
func (c *Controller) touchFilled(o *object) {
	for _, out := range c.collections.At(o.main).desc.Ingestion.Outputs {
		if on, ok := c.byID.Get(out.ID.key()); ok {
			c.touch(on)
		}
	}
}

// unfill parts an ingestion that has ended everywhere from its collections.
func (c *Controller) unfill(o *object) {
	for _, out := range c.collections.At(o.main).desc.Ingestion.Outputs {
		if on, ok := c.byID.Get(out.ID.key()); ok {
			c.collections.At(on).object = 0
			c.touch(on)
		}
	}
	c.collections.At(o.remap).object = 0
	c.touch(o.remap)
}

// recoverObjects lets what was loaded run on: ingestions that have not ended, with
// what belongs to them, and exports.
func (c *Controller) recoverObjects() {
	sorted := len(c.order)
	for i := range sorted {
		col := c.collections.At(c.order[i])
		if col.desc.Kind == KindIngestion && (!col.dropped || col.remapListed) {
			c.installIngestion(c.order[i])
		}
	}
	c.orderInstalled(sorted)
	for _, f := range c.load.former {
		if at, ok := c.byObject.Get(f.id.key()); ok {
			c.objects.At(at).former = f.hosts
		}
	}
	for _, at := range c.objectOrder {
		c.recover(at)
	}
}

// holdFor adds a dependant to an object.
func (c *Controller) holdFor(object, on uint32) uint32 {
	i := c.depend(on, object)
	o := c.objects.At(object)
	c.dependants.At(i).nextHeld = o.firstHeld
	o.firstHeld = i
	return i
}

// liveUppers is the meet of the uppers of an ingestion's live exports that are not
// closed, and whether any is live. known: all of them are.
func (c *Controller) liveUppers(o *object) (meet frontier.Frontier, live, known bool) {
	meet, known = frontier.Empty(), true
	for _, out := range c.collections.At(o.main).desc.Ingestion.Outputs {
		on, ok := c.byID.Get(out.ID.key())
		if !ok || c.collections.At(on).dropped {
			continue
		}
		col := c.collections.At(on)
		live = true
		known = known && col.phase == ShardOpen
		meet = meet.Meet(col.upper)
	}
	return meet, live, known
}

// resumeUpper is a lower bound of where an ingestion resumes (H-10).
func (c *Controller) resumeUpper(o *object) frontier.Frontier {
	meet, _, _ := c.liveUppers(o)
	return meet.Meet(c.collections.At(o.remap).upper)
}

// followUppers moves what an ingestion holds because of how far its exports have
// come: its imports (C-38) and its remap shard (C-37).
func (c *Controller) followUppers(at uint32) {
	o := c.objects.At(at)
	if o.kind != objectIngestion {
		return
	}
	meet, live, known := c.liveUppers(o)
	if !live || !known {
		return
	}
	for i := o.firstHeld; i != 0; i = c.dependants.At(i).nextHeld {
		c.moveDependant(i, meet.StepBack())
	}
	if remap := c.collections.At(o.remap); !meet.IsEmpty() && remap.implied.LessThan(meet.StepBack()) {
		c.touch(o.remap)
	}
}

// advanceRemap moves the implied capability of a remap shard's collection (C-37):
// behind every live export, and away when the ingestion has ended everywhere.
func (c *Controller) advanceRemap(col *collection) {
	if col.object == 0 {
		col.implied = frontier.Empty()
		return
	}
	meet, live, known := c.liveUppers(c.objects.At(col.object))
	if live && known && !meet.IsEmpty() {
		col.implied = col.implied.Join(meet.StepBack())
	}
}
