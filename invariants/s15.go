package invariants

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
)

func docS15() Doc {
	return Doc{
		Name: "S15", Title: "definiteness",
		Statement: "The bindings of an ingestion's remap shard rise in time and in offset, and bind nothing that the source has not said; they are durable before anything is written under them. What a process takes for bound is what is durably bound; times without records do not advance ahead of its clock, and others there no more often than they may. Every append to a collection that an ingestion fills is exactly what the source said between the offsets that are bound to the times from the old upper up to the new one: the records of its own output, each once, at the first time whose binding is beyond it; a record that does not fit the schema is an error. Remap shard and collections are closed when the source has finished and everything of it is there, or by a controller when they are dropped, and not before. Once its source has finished a host binds nothing more but the end; and it asks a source that has forgotten what it asked for nothing more before it has read where the data goes on (H-12). The remap shard stays readable one step before the upper of every collection that is still filled (H-13). A source is told to keep nothing for an ingestion any more only when that was dropped (H-15). At rest after healing, whatever the source had said by then is in every collection that is still filled, and those of a source that had finished are closed.",
		Meaning:   "A collection differs from its source: rows are lost, doubled or at another time than another reader saw them at, and nobody can tell from the collection alone.",
		Met:       "another process than the one before it wrote to a collection",
	}
}

// binding says that the records before offset, and not before the one that was bound
// earlier, have a time.
type binding struct {
	time   frontier.Timestamp
	offset source.Offset
	next   int32 // of the same ingestion, −1 if none
}

// misfitRow stands for a record that does not fit its collection's schema: an error
// (its first byte says so) with a text that is part of the contract.
const misfitRow relation.Row = "\xFFthe source's record does not fit the schema"

// s15Applied judges a call that changed a shard of an ingestion.
func (j *Judges) s15Applied(o *Observation) {
	h := &j.hosting
	if len(h.ingestions) == 0 {
		return
	}
	id := o.PersistCall.Shard
	if i := h.ingestionOf.find(id.Hi, id.Lo); i >= 0 {
		f := &h.ingestions[i]
		if appended(o) && !f.strayed {
			j.s15Bound(f, o)
		}
		if o.After.Since != o.Before.Since {
			for k := f.first; k < f.last; k++ {
				j.s15Readable(f, &h.outputs[k], o.Node)
			}
		}
		return
	}
	if i := h.outputOf.find(id.Hi, id.Lo); i >= 0 && appended(o) {
		w := &h.outputs[i]
		if f := &h.ingestions[w.of]; !f.strayed && !w.strayed {
			j.s15Written(f, w, o)
			j.s15Readable(f, w, o.Node)
		}
	}
}

// s15Readable judges H-13: the bindings that a collection goes on from can be read.
func (j *Judges) s15Readable(f *filling, w *output, node int) {
	upper := j.shards[w.shard].now.Upper
	if j.things[w.slot].dropped || j.shardGone(w.shard) || upper.Empty || upper.T == 0 {
		return
	}
	j.checked[s15]++
	if since := j.shards[f.remap].now.Since; !before(since, upper) {
		j.violate(s15, node, "%v: its bindings can be read from %v on, but it is to go on at %v", idOf(j, w.slot), since, upper)
	}
}

// s15Released judges that what a source lets go of is never asked for again (H-15).
func (j *Judges) s15Released(v *HostObservation) {
	j.checked[s15]++
	i := j.ingestionNamed(v.SourceCall.Ingestion)
	if i < 0 || !j.things[j.hosting.ingestions[i].slot].dropped {
		j.violate(s15, Foreign, "process %d of %v has its source forget %v, which is not dropped", v.Process, v.Host, v.SourceCall.Ingestion)
		return
	}
	j.hosting.ingestions[i].released = true
}

// byController reports that a controller closed a shard of a dropped collection
// (C-29); whatever else it writes to a shard that a host fills is wrong.
func (j *Judges) byController(o *Observation, slot int32) bool {
	if o.Node == Foreign {
		return false
	}
	if !o.After.Upper.Empty || len(o.PersistCall.Updates) > 0 || !j.things[slot].dropped {
		j.violate(s15, o.Node, "a controller moved the upper of a shard of %v, which a host fills, from %v to %v, with %d updates",
			idOf(j, slot), o.Before.Upper, o.After.Upper, len(o.PersistCall.Updates))
	}
	return true
}

// s15Bound takes up bindings that have become durable.
func (j *Judges) s15Bound(f *filling, o *Observation) {
	j.checked[s15]++
	if j.byController(o, f.slot) {
		return
	}
	for rest := o.PersistCall.Updates; len(rest) > 0; {
		n := sameTime(rest)
		if !j.s15Bind(f, rest[:n], o) {
			f.strayed = true
			return
		}
		rest = rest[n:]
	}
	src := &j.hosting.sources[f.source]
	switch {
	case f.bound > src.upto:
		j.violate(s15, o.Node, "%v: everything before offset %d is bound, but the source has told only what is before %d", idOf(j, f.slot), f.bound, src.upto)
		f.strayed = true
	case o.After.Upper.Empty && (!src.finished || f.bound < j.hosting.end(src)):
		j.violate(s15, o.Node, "%v: its bindings were closed at offset %d, but the source goes on or has said more, up to %d", idOf(j, f.slot), f.bound, j.hosting.end(src))
		f.strayed = true
	}
}

// sameTime is how many updates at the front have the time of the first.
func sameTime(list []relation.Update) int {
	n := 1
	for n < len(list) && list[n].Time == list[0].Time {
		n++
	}
	return n
}

// s15Bind takes up what one append binds to one time: the latest row goes, a row of a
// greater offset comes.
func (j *Judges) s15Bind(f *filling, changes []relation.Update, o *Observation) bool {
	h := &j.hosting
	var gone, come source.Offset
	for i := range changes {
		u := &changes[i]
		offset, ok := boundBy(u.Data)
		switch {
		case ok && u.Diff == 1 && come == 0:
			come = offset
		case ok && u.Diff == -1 && gone == 0:
			gone = offset
		default:
			j.violate(s15, o.Node, "%v: an update of its bindings is none: %q %+d at %d", idOf(j, f.slot), u.Data, u.Diff, u.Time)
			return false
		}
	}
	t := changes[0].Time
	if gone != f.bound || come <= f.bound {
		j.violate(s15, o.Node, "%v: at time %d the binding of offset %d is replaced by one of %d, but %d is bound", idOf(j, f.slot), t, gone, come, f.bound)
		return false
	}
	if f.lastBinding >= 0 && h.bindings[f.lastBinding].time >= t {
		j.violate(s15, o.Node, "%v: offset %d is bound to time %d, behind time %d of the binding before it", idOf(j, f.slot), come, t, h.bindings[f.lastBinding].time)
		return false
	}
	at := int32(len(h.bindings))
	h.bindings = append(h.bindings, binding{time: t, offset: come, next: -1})
	if f.lastBinding >= 0 {
		h.bindings[f.lastBinding].next = at
	} else {
		f.firstBinding = at
	}
	f.lastBinding, f.bound = at, come
	return true
}

// boundBy is the offset in a row of bindings: one unsigned number that is not zero.
func boundBy(r relation.Row) (offset source.Offset, ok bool) {
	if len(r) != 9 || r[0] != byte(relation.Uint64) {
		return 0, false
	}
	for i := 1; i < len(r); i++ {
		offset = offset<<8 | source.Offset(r[i])
	}
	return offset, offset != 0
}
