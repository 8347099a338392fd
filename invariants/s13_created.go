package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
)

// sourceSent judges the definition of an ingestion against what is durable.
func (j *Judges) sourceSent(l *life, t *conversation, c *core.SourceCommand) {
	slot := j.slotOf(c.ID)
	if slot < 0 || !j.things[slot].knownTo(l.epoch) || j.things[slot].description.Ingestion == nil {
		j.violate(s13, l.node, "host %v: %v is created, which is no ingestion", t.host, c.ID)
		return
	}
	m := &j.things[slot]
	g := m.description.Ingestion
	if !l.belongs(t.host, c.ID, g.Host, m.was, m.writtenEpoch) {
		j.violate(s13, l.node, "host %v: ingestion %v is created there, and is to run on %v", t.host, c.ID, g.Host)
	}
	if c.Connection != g.Connection || c.Remap != m.remap {
		j.violate(s13, l.node, "host %v: ingestion %v is created from %q with remap shard %v; it is described as %q, %v", t.host, c.ID, c.Connection, c.Remap, g.Connection, m.remap)
	}
	if !j.statusRight(l, m.description.Status, c.Status) {
		j.violate(s13, l.node, "host %v: ingestion %v is to write its status to %v, which is not the shard of %v as long as that lives", t.host, c.ID, c.Status, m.description.Status)
	}
	for _, out := range g.Outputs {
		s := j.slotOf(out.ID)
		if out.ID != c.ID {
			*t.about(out.ID) = heard{id: out.ID} // it begins again with its ingestion
		}
		i := slices.IndexFunc(c.Exports, func(e core.SourceExport) bool { return e.ID == out.ID })
		if i < 0 {
			if s >= 0 && j.things[s].knownTo(l.epoch) && !j.things[s].droppedFor(l.epoch) {
				j.violate(s13, l.node, "host %v: ingestion %v is created without %v, which it fills", t.host, c.ID, out.ID)
			}
			continue
		}
		if e := &c.Exports[i]; e.Output != out.Index || s < 0 || e.Data != j.things[s].data || !sameSchema(e.Schema, j.things[s].description.Schema) {
			j.violate(s13, l.node, "host %v: ingestion %v is created with %v filled from output %d into %v, which is not how it is described", t.host, c.ID, e.ID, e.Output, e.Data)
		}
	}
	if len(c.Exports) > len(g.Outputs) {
		j.violate(s13, l.node, "host %v: ingestion %v is created with more collections than it fills", t.host, c.ID)
	}
	j.resumes(l, t, m, c)
}

// resumes judges a resume upper: it is a lower bound (H-10).
func (j *Judges) resumes(l *life, t *conversation, m *thing, c *core.SourceCommand) {
	bound := empty()
	for _, e := range c.Exports {
		s := j.slotOf(e.ID)
		if s < 0 || j.things[s].dropped || j.things[s].shard < 0 || j.shards[j.things[s].shard].now.Finalized {
			continue
		}
		bound = earlier(bound, j.shards[j.things[s].shard].now.Upper)
	}
	if i := j.shardIndex.find(m.remap.Hi, m.remap.Lo); i >= 0 && !j.shards[i].now.Finalized {
		bound = earlier(bound, j.shards[i].now.Upper)
	}
	if !atMost(c.Resume, bound) {
		j.violate(s13, l.node, "host %v: ingestion %v is to resume at %v, but its shards are complete up to %v only", t.host, c.ID, c.Resume, bound)
	}
}

// sinkSent judges the definition of an export against what is durable.
func (j *Judges) sinkSent(l *life, t *conversation, c *core.SinkCommand) {
	e := j.exportOf(c.ID, l.epoch)
	if e == nil {
		j.violate(s13, l.node, "host %v: %v is created, which is no export", t.host, c.ID)
		return
	}
	if j.things[e.slot].droppedFor(l.epoch) && j.things[e.slot].droppedEpoch < l.epoch {
		j.violate(s13, l.node, "host %v: export %v is created, which was dropped", t.host, c.ID)
	}
	if !l.belongs(t.host, c.ID, e.desc.Host, e.was.Host, e.writtenEpoch) {
		j.violate(s13, l.node, "host %v: export %v is created there, and is to run on %v", t.host, c.ID, e.desc.Host)
	}
	of := func(d *core.ExportDescription) bool { return c.From == d.From && c.Connection == d.Connection }
	from := j.slotOf(c.From)
	t.about(c.ID).from = c.From
	if e.writtenEpoch <= l.epoch && !of(&e.desc) && !(e.writtenEpoch == l.epoch && of(&e.was)) || from < 0 || j.things[from].data != c.Data {
		j.violate(s13, l.node, "host %v: export %v is created from %v in %v to %q, which is not how it is described", t.host, c.ID, c.From, c.Data, c.Connection)
		return
	}
	if e.writtenEpoch <= l.epoch && !j.statusRight(l, e.desc.Status, c.Status) && !j.statusRight(l, e.was.Status, c.Status) {
		j.violate(s13, l.node, "host %v: export %v is to write its status to %v, which is not the shard of %v as long as that lives", t.host, c.ID, c.Status, e.desc.Status)
	}
	if c.Snapshot != e.snapshot || before(c.AsOf, e.asOf) {
		j.violate(s13, l.node, "host %v: export %v is created as of %v (snapshot %v); its first life started as of %v (%v)", t.host, c.ID, c.AsOf, c.Snapshot, e.asOf, e.snapshot)
	}
	if b := j.beliefAt(l.node, from); b.opened && !atMost(j.viewBefore(b).Since, c.AsOf) {
		j.violate(s13, l.node, "host %v: export %v is created as of %v, but %v can be read from %v on only", t.host, c.ID, c.AsOf, c.From, b.view.Since)
	}
}

// statusRight reports that a shard is that of a status collection, or is none because
// there is no such collection, or not any more.
func (j *Judges) statusRight(l *life, status core.GlobalID, shard persist.ShardID) bool {
	if status == (core.GlobalID{}) || j.slotOf(status) < 0 {
		return noShard(shard)
	}
	s := j.slotOf(status)
	t, b := &j.things[s], j.beliefAt(l.node, s)
	if noShard(shard) {
		return t.droppedFor(l.epoch)
	}
	return shard == t.data && !b.gone && !(b.present && b.view.Dropped && j.viewBefore(b).Dropped)
}

// belongs reports that an object is to run on a host as far as a controller knows: it may
// not have heard of a move that it asked for itself, and it knows of none that a newer
// epoch made.
func (l *life) belongs(host core.HostID, id core.GlobalID, at, was core.HostConfig, written uint64) bool {
	if written > l.epoch || host == hostNamed(at, id) {
		return true
	}
	return written == l.epoch && was != core.HostConfig{} && host == hostNamed(was, id)
}

func hostNamed(h core.HostConfig, id core.GlobalID) core.HostID {
	if h.Address != "" {
		return core.HostID{Address: h.Address}
	}
	return core.HostID{Object: id, Size: h.Size}
}
