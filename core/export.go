package core

import (
	"slices"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/stash"
)

// planCreateExports judges a list of exports as a whole, each entry in C-32's order,
// and collects what is written. From here on their inputs are held where they are to
// start, which the token, a hold on the implied capability, does not do.
func (c *Controller) planCreateExports(at uint32) Error {
	c.releaseForRequest(at)
	r := &c.requests.At(at).req
	for i := range r.Exports {
		s := &r.Exports[i]
		for j := range r.Exports[:i] {
			if r.Exports[j].ID == s.ID {
				return c.errorAbout(SourceIDReused, s.ID)
			}
		}
		exists, code := c.judgeExportID(s)
		if code != Ok {
			return c.errorAbout(code, s.ID)
		}
		if exists {
			continue
		}
		if err := c.judgeExport(s); err.Code != Ok {
			return err
		}
		asOf, _ := c.startOf(s)
		c.write(stash.WriteInsert, stash.CollectionExports, s.ID.String(), encodeExport(&s.Description, nil))
		c.write(stash.WriteInsert, stash.CollectionExportAsOf, s.ID.String(), encodeAsOf(asOf, s.Description.Snapshot))
	}
	for i := range r.Exports {
		if _, ok := c.byObject.Get(r.Exports[i].ID.key()); !ok {
			c.holdForRequest(at, r.Exports[i].Description.From)
		}
	}
	return Error{}
}

// judgeExportID reports whether the export exists with the identical description.
func (c *Controller) judgeExportID(s *ExportSpec) (exists bool, code ErrorCode) {
	if c.dropped.has(s.ID) {
		return false, SourceIDReused
	}
	at, ok := c.byObject.Get(s.ID.key())
	if !ok || c.objects.At(at).kind != objectExport {
		if c.exists(s.ID) {
			return false, SourceIDReused
		}
		return false, Ok
	}
	if !identicalExports(&c.objects.At(at).desc, &s.Description) {
		return false, SourceIDReused
	}
	return true, Ok
}

// judgeExport checks a new export's token, references, description and start.
func (c *Controller) judgeExport(s *ExportSpec) Error {
	i, ok := c.byToken.Get(s.ID.key())
	switch {
	case !ok && s.Token != 0:
		return c.errorAbout(TokenExpired, s.ID)
	case !ok || c.tokens.At(i).token != s.Token || c.collections.At(c.tokens.At(i).collection).id != s.Description.From:
		return c.errorAbout(SourceIDReused, s.ID)
	}
	if err := c.judgeExportDescription(&s.Description, s.ID); err.Code != Ok {
		return err
	}
	if s.Description.AsOf.IsEmpty() {
		return c.errorAbout(InvalidDescription, s.ID)
	}
	if _, ok := c.startOf(s); !ok {
		return c.beforeSince(s.Description.From)
	}
	return Error{}
}

func (c *Controller) beforeSince(id GlobalID) Error {
	err := c.errorAbout(ReadBeforeSince, id)
	if at, ok := c.byID.Get(id.key()); ok {
		err.Frontier = c.collections.At(at).since
	}
	return err
}

func (c *Controller) judgeExportDescription(d *ExportDescription, id GlobalID) Error {
	if _, code := c.find(d.From); code != Ok {
		return c.errorAbout(code, d.From)
	}
	if d.Status != (GlobalID{}) {
		if at, ok := c.byID.Get(d.Status.key()); !ok || c.collections.At(at).dropped {
			return c.errorAbout(IdentifierMissing, d.Status)
		}
		if !c.takesStatus(d.Status, nil) {
			return c.errorAbout(InvalidDescription, id)
		}
	}
	if !d.Host.Valid() || len(d.Connection) == 0 || len(d.Connection) > maxConnection {
		return c.errorAbout(InvalidDescription, id)
	}
	return Error{}
}

// startOf is where a new export starts: one that wants a snapshot is fast-forwarded
// to where its input can be read (C-33).
func (c *Controller) startOf(s *ExportSpec) (asOf frontier.Frontier, ok bool) {
	at, _ := c.byID.Get(s.Description.From.key())
	since := c.collections.At(at).since
	if s.Description.Snapshot {
		return s.Description.AsOf.Join(since), !since.IsEmpty()
	}
	return s.Description.AsOf, since.LessEqual(s.Description.AsOf)
}

func identicalExports(a, b *ExportDescription) bool {
	return a.From == b.From && a.Connection == b.Connection && a.Status == b.Status && a.Host == b.Host
}

// installExportEntry installs an export as the stash has it, its description first. What
// it holds comes when all collections are installed.
func (c *Controller) installExportEntry(e *stash.Entry, id GlobalID) bool {
	at, ok := c.byObject.Get(id.key())
	if e.Collection == stash.CollectionExports {
		d, former, good := decodeExport(e.Value)
		if ok || !good {
			return false
		}
		c.newObject(object{
			id: id, kind: objectExport, config: d.Host, desc: d, former: former,
			dropped: c.dropped.has(id), recovered: c.phase == PhaseLoad,
		})
		return true
	}
	if !ok || c.objects.At(at).kind != objectExport {
		return false
	}
	o := c.objects.At(at)
	o.asOf, o.snapshot, ok = decodeAsOf(e.Value)
	return ok
}

// recover lets an object that was loaded hold what it reads and run on.
func (c *Controller) recover(at uint32) {
	o := c.objects.At(at)
	if o.kind == objectExport && !o.dropped {
		c.holdInput(at)
	}
	c.touchObject(at)
}

// holdInput lets an export hold the collection that it reads.
func (c *Controller) holdInput(at uint32) {
	if on, ok := c.byID.Get(c.objects.At(at).desc.From.key()); ok {
		c.holdFor(at, on)
	}
}

// createExports applies a create whose transaction has committed: the token's place
// is taken by the export's own hold, in one step.
func (c *Controller) createExports(r *Request) {
	for i := range r.Exports {
		at, ok := c.byObject.Get(r.Exports[i].ID.key())
		if !ok || c.objects.At(at).firstHeld != 0 || c.objects.At(at).dropped {
			continue
		}
		c.holdInput(at)
		if t, ok := c.byToken.Get(r.Exports[i].ID.key()); ok {
			c.endToken(t)
		}
	}
}

// planDropExports judges a drop of exports (C-35). An id that is only prepared has its
// token ended and can still be used.
func (c *Controller) planDropExports(r *Request) Error {
	missing := c.scratch.ids[:0]
	for _, id := range r.IDs {
		at, ok := c.byObject.Get(id.key())
		export := ok && c.objects.At(at).kind == objectExport
		_, prepared := c.byToken.Get(id.key())
		_, collection := c.byID.Get(id.key())
		switch {
		case export && !c.objects.At(at).dropped:
			c.write(stash.WriteUpsert, stash.CollectionDropped, id.String(), "")
		case export || prepared || r.Unvalidated:
		case collection || !c.dropped.has(id):
			missing = append(missing, id)
		}
	}
	c.scratch.ids = missing
	if len(missing) > 0 {
		return Error{Code: IdentifierMissing, Definite: true, IDs: c.ids.Copy(missing)}
	}
	return Error{}
}

// dropExports applies a committed drop.
func (c *Controller) dropExports(ids []GlobalID) {
	for _, id := range ids {
		if i, ok := c.byToken.Get(id.key()); ok {
			c.endToken(i)
		}
		at, ok := c.byObject.Get(id.key())
		if !ok || c.objects.At(at).kind != objectExport || c.objects.At(at).dropped {
			continue
		}
		c.objects.At(at).dropped = true
		c.dropped.add(id)
		c.touchObject(at)
	}
}

// describeExport answers what is known of an export (C-47).
func (c *Controller) describeExport(r *Request, at uint32) {
	i, ok := c.byObject.Get(r.GlobalID.key())
	if !ok || c.objects.At(i).kind != objectExport {
		c.answerError(r, at, c.errorAbout(IdentifierMissing, r.GlobalID))
		return
	}
	o := c.objects.At(i)
	c.answer(r, at, &Response{Export: []ExportInfo{{
		ID: o.id, Description: o.desc, AsOf: o.asOf, Snapshot: o.snapshot, Upper: o.upper,
		Hold: c.exportHold(o), Dropped: o.dropped,
	}}})
}

// exportHold is where an export holds its input; empty if it does not any more.
func (c *Controller) exportHold(o *object) frontier.Frontier {
	held := frontier.Empty()
	for i := o.firstHeld; i != 0; i = c.dependants.At(i).nextHeld {
		if d := c.dependants.At(i); d.placement == 0 {
			held = held.Meet(d.time)
		}
	}
	return held
}

// comesTwice finds an id that comes twice in a list of moves or exports.
func comesTwice[T any](list []T, id func(*T) GlobalID) (GlobalID, bool) {
	for i := range list {
		if slices.ContainsFunc(list[:i], func(e T) bool { return id(&e) == id(&list[i]) }) {
			return id(&list[i]), true
		}
	}
	return GlobalID{}, false
}
