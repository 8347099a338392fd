package invariants

import (
	"slices"

	"example.com/tidemark/core"
)

// badRequest: what a request describes cannot be.
func (j *Judges) badRequest(q *request) bool {
	r := &q.r
	if j.anyBadStatus(r) {
		return true
	}
	switch r.Op {
	case core.RequestCreate:
		return anyBadDescription(r) || j.badFamily(q)
	case core.RequestAlter:
		for k := range r.Moves {
			if !hostWellFormed(r.Moves[k].Host) || slices.ContainsFunc(r.Moves[:k], func(m core.Move) bool { return m.ID == r.Moves[k].ID }) {
				return true
			}
		}
	case core.RequestCreateExports, core.RequestAlterExports:
		for k := range r.Exports {
			s := &r.Exports[k]
			if badExport(&s.Description) || j.elsewhere(r.Op, s) || r.Op == core.RequestCreateExports && s.Description.AsOf.Empty ||
				slices.ContainsFunc(r.Exports[:k], func(o core.ExportSpec) bool { return o.ID == s.ID }) {
				return true
			}
		}
	default:
	}
	return false
}

// anyBadStatus reports that something new is to have its status in a collection that
// takes none: the shard mapping, or one that a host fills.
func (j *Judges) anyBadStatus(r *core.Request) bool {
	for k := range r.Collections {
		if j.badStatus(r, r.Collections[k].Description.Status) {
			return true
		}
	}
	for k := range r.Exports {
		if j.badStatus(r, r.Exports[k].Description.Status) {
			return true
		}
	}
	return false
}

// badStatus reports that a status collection, of which a request may say what it is, is
// of a kind that takes none.
func (j *Judges) badStatus(r *core.Request, status core.GlobalID) bool {
	if !usable(status) {
		return false
	}
	d := (*core.Description)(nil)
	if s := j.slotOf(status); s >= 0 && j.things[s].described {
		d = &j.things[s].description
	} else if c := specOf(r, status); c != nil {
		d = &c.Description
	}
	return d != nil && d.Kind != core.KindTable && d.Kind != core.KindReported &&
		(d.Kind != core.KindIntrospection || d.Introspection == core.IntrospectionShardMapping)
}

// elsewhere reports that an alter-exports would have an export write to another
// external system, which knows nothing of what is out.
func (j *Judges) elsewhere(op core.RequestOp, s *core.ExportSpec) bool {
	if op != core.RequestAlterExports || !usable(s.ID) {
		return false
	}
	e := j.exportAt(j.slotOf(s.ID))
	return e != nil && s.Description.Connection != e.desc.Connection
}

func badExport(d *core.ExportDescription) bool {
	return !hostWellFormed(d.Host) || len(d.Connection) == 0 || len(d.Connection) > mostConnection
}

// mostConnection bounds what a client may say of an external system, in bytes.
const mostConnection = 4096

func hostWellFormed(h core.HostConfig) bool {
	if h.Address == "" {
		return h.Size >= 1 && h.Size <= 255
	}
	return h.Size == 0 && len(h.Address) <= 255
}

// badIngestion judges what an ingestion says of itself.
func badIngestion(c *core.CollectionSpec) bool {
	g := c.Description.Ingestion
	if g == nil || !hostWellFormed(g.Host) || len(g.Connection) == 0 || len(g.Connection) > mostConnection {
		return true
	}
	own := false
	for i, o := range g.Outputs {
		own = own || o.ID == c.ID
		if !usable(o.ID) || slices.ContainsFunc(g.Outputs[:i], func(p core.Output) bool { return p.ID == o.ID || p.Index == o.Index }) {
			return true
		}
	}
	for i, id := range g.Imports {
		if !usable(id) || slices.Contains(g.Imports[:i], id) {
			return true
		}
	}
	return !own
}

// specOf is the entry of a create for an id, or nil.
func specOf(r *core.Request, id core.GlobalID) *core.CollectionSpec {
	for k := range r.Collections {
		if r.Collections[k].ID == id {
			return &r.Collections[k]
		}
	}
	return nil
}

// badFamily judges what the entries of a create say of each other: an ingestion and
// what it fills must say the same, and none may read what it fills.
func (j *Judges) badFamily(q *request) bool {
	r := &q.r
	for k := range r.Collections {
		c := &r.Collections[k]
		switch c.Description.Kind {
		case core.KindIngestion:
			if c.Description.Ingestion == nil || importsOwn(r, c) {
				return true
			}
			for _, o := range c.Description.Ingestion.Outputs {
				if s := specOf(r, o.ID); o.ID != c.ID && (s == nil || s.Description.Kind != core.KindSubsource || s.Description.Of != c.ID || j.existed(o.ID)) {
					return true
				}
			}
		case core.KindSubsource:
			main := specOf(r, c.Description.Of)
			if main == nil || main.Description.Ingestion == nil || j.existed(main.ID) ||
				!slices.ContainsFunc(main.Description.Ingestion.Outputs, func(o core.Output) bool { return o.ID == c.ID }) {
				return true
			}
		default:
		}
	}
	return false
}

// existed reports that an id is durable already.
func (j *Judges) existed(id core.GlobalID) bool {
	return usable(id) && j.slotOf(id) >= 0 && j.things[j.slotOf(id)].created
}

// importsOwn reports an ingestion that reads, by way of others of the list, what it
// fills itself.
func importsOwn(r *core.Request, c *core.CollectionSpec) bool {
	reached := []core.GlobalID{c.ID}
	for i := 0; i < len(reached); i++ {
		s := specOf(r, reached[i])
		if s == nil || s.Description.Ingestion == nil {
			continue
		}
		for _, id := range s.Description.Ingestion.Imports {
			if from := specOf(r, id); from != nil && from.Description.Kind == core.KindSubsource {
				id = from.Description.Of
			}
			if id == c.ID {
				return true
			}
			if !slices.Contains(reached, id) {
				reached = append(reached, id)
			}
		}
	}
	return false
}
