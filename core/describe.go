package core

import "slices"

// describe answers what is known of a collection, from memory (C-47).
func (c *Controller) describe(r *Request, at uint32) {
	on, ok := c.byID.Get(r.GlobalID.key())
	switch {
	case !ok:
		c.answerError(r, at, c.errorAbout(IdentifierMissing, r.GlobalID))
		return
	case c.collections.At(on).phase == ShardFailed:
		c.answerError(r, at, c.errorAbout(IOError, r.GlobalID))
		return
	}
	col := c.collections.At(on)
	info := c.told.Carve(1)
	info[0] = CollectionInfo{
		ID: col.id, Description: col.desc, Data: col.data, Remap: col.remap,
		Since: col.since, Implied: col.implied, Upper: col.upper, Policy: col.policy,
		Dropped: col.dropped, Holds: c.holdsOf(col),
	}
	c.answer(r, at, &Response{Info: info})
}

// holdsOf lists what holds a collection back, sorted.
func (c *Controller) holdsOf(col *collection) []Hold {
	n := int(col.named + col.counted + col.snapshotCount)
	for i := col.firstDependant; i != 0; i = c.dependants.At(i).next {
		n++
	}
	for i := col.firstToken; i != 0; i = c.tokens.At(i).next {
		n++
	}
	list := c.infos.Carve(n)[:0]
	for i := col.firstHold; i != 0; i = c.holds.At(i).next {
		h := c.holds.At(i)
		list = append(list, Hold{Kind: h.kind, Owner: h.owner, Hold: h.name, Time: h.time, Count: h.count})
	}
	for i := col.firstSnapshot; i != 0; i = c.snapshots.At(i).next {
		s := c.snapshots.At(i)
		if !s.holding {
			continue
		}
		h := Hold{Kind: HoldSnapshot, Time: s.asOf, Count: 1}
		if s.request != 0 {
			h.Request = c.requests.At(s.request).req.ID
		}
		list = append(list, h)
	}
	list = c.heldByObjects(col, list)
	slices.SortFunc(list, compareHolds)
	// An export that reads again what it has just left holds it for both runs.
	return slices.CompactFunc(list, func(a, b Hold) bool { return a.Kind == HoldExport && a == b })
}

// heldByObjects appends what exports, ingestions and prepared exports hold.
func (c *Controller) heldByObjects(col *collection, list []Hold) []Hold {
	for i := col.firstDependant; i != 0; i = c.dependants.At(i).next {
		d := c.dependants.At(i)
		h := Hold{Kind: HoldExport, Count: 1}
		if d.object != 0 {
			h.By = c.objects.At(d.object).id
			if c.objects.At(d.object).kind == objectIngestion {
				h.Kind = HoldImport
			}
		} else {
			h.Request = c.requests.At(d.alter).req.ID
		}
		if t, ok := d.time.AsOption(); ok {
			h.Time = t
			list = append(list, h)
		}
	}
	for i := col.firstToken; i != 0; i = c.tokens.At(i).next {
		t := c.tokens.At(i)
		h := Hold{Kind: HoldToken, Owner: t.owner, By: t.id, Count: 1}
		h.Time, _ = col.implied.AsOption()
		list = append(list, h)
	}
	return list
}

func compareHolds(a, b Hold) int {
	for _, d := range [...][2]uint64{
		{uint64(a.Kind), uint64(b.Kind)}, {uint64(a.Owner), uint64(b.Owner)}, {uint64(a.Hold), uint64(b.Hold)},
		{uint64(a.Time), uint64(b.Time)}, {uint64(a.Request), uint64(b.Request)}, {a.By.key(), b.By.key()},
	} {
		if d[0] != d[1] {
			if d[0] < d[1] {
				return -1
			}
			return 1
		}
	}
	return 0
}
