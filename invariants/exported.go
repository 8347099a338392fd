package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged/sink"
)

// exported is an export: what is durably said of it, and what its external system has.
type exported struct {
	id core.GlobalID
	// described and started: its description, its as_of are in the stash now; known:
	// both were at some time.
	described, started, known bool
	dropped                   bool
	dropEpoch                 uint64
	from                      core.GlobalID
	connection                string
	host                      core.HostID
	asOf                      frontier.Frontier
	snapshot                  bool
	// input is the shard that it reads, −1 if that is not known; earlier are those that
	// it read before its description was changed (C-36).
	input   int32
	earlier [3]int32
	changes int
	// changedUs is when it was last created, moved, changed or dropped.
	changedUs int64
	// progress and fence are the external system's; target is its input's upper when the
	// world healed.
	progress frontier.Frontier
	marks    [2]upperMark // where its progress was a while ago
	fence    sink.Fence
	// stored is the fence that the external system keeps, put there by storedBy.
	stored   sink.Fence
	storedBy uint32
	target   frontier.Frontier
	// finished: some external system has everything of an input that was closed.
	finished bool
	// unjudged: it was given another external system, in which it begins anew somewhere.
	unjudged bool
	wrong    bool
}

// live reports that an export is durably there.
func (e *exported) live() bool { return e.known && !e.dropped }

// mayRead reports that an export, wherever it runs, may read a shard: it does, or did
// before it was described otherwise.
func (e *exported) mayRead(shard int32) bool {
	return e.input == shard || e.changes > len(e.earlier) || slices.Contains(e.earlier[:e.changes], shard)
}

// sinkNamed is the place of an export, or −1.
func (j *Judges) sinkNamed(id core.GlobalID) int32 {
	if len(j.hosting.exports) == 0 {
		return -1
	}
	a, b := idWords(id)
	return j.hosting.exportIndex.find(a, b)
}

// sinkWritten takes up a durable change of an export's entries: a first insert
// stays, an upsert replaces, and what is deleted is gone.
func (j *Judges) sinkWritten(l *life, id core.GlobalID, w *stash.Write) {
	h := &j.hosting
	at := j.sinkNamed(id)
	if at < 0 {
		at = int32(len(h.exports))
		a, b := idWords(id)
		h.exportIndex.put(a, b, at)
		h.exports = append(h.exports, exported{id: id, input: -1})
	}
	e := &h.exports[at]
	isAsOf := w.Collection == stash.CollectionExportAsOf
	switch {
	case w.Kind == stash.WriteDelete && isAsOf:
		e.started = false
	case w.Kind == stash.WriteDelete:
		e.described = false
	case isAsOf && !e.started:
		var ok bool
		if e.asOf, e.snapshot, ok = startOf(w.Value); !ok {
			j.violate(s10, l.node, "the stash gets an as_of of %v that cannot be read", id)
		}
		e.started = true
	case isAsOf && w.Kind == stash.WriteUpsert:
		if f, flag, ok := startOf(w.Value); !ok || f != e.asOf || flag != e.snapshot {
			j.violate(s10, l.node, "the as_of of %v is overwritten: %v (snapshot %v) instead of %v (snapshot %v)", id, f, flag, e.asOf, e.snapshot)
		}
	case !isAsOf && (!e.described || w.Kind == stash.WriteUpsert):
		j.sinkDescribed(l, e, w)
	}
	if e.described && e.started && !e.known {
		e.known = true
		j.s10Held(e, l.node)
	}
}

// sinkDescribed takes up a description; only an alteration writes another one.
func (j *Judges) sinkDescribed(l *life, e *exported, w *stash.Write) {
	d, ok := exportDescriptionOf(w.Value)
	if !ok {
		j.violate(s10, l.node, "the stash gets a description of %v that cannot be read", e.id)
		return
	}
	input := int32(-1)
	if s := j.slotOf(d.From); s >= 0 && j.things[s].created {
		data := j.things[s].data
		input = j.shardAt(data)
		j.hosting.followed.put(data.Hi, data.Lo, 1)
	}
	if e.known {
		if d.Connection != e.connection {
			e.unjudged = true
		}
		if input != e.input {
			e.earlier[e.changes%len(e.earlier)] = e.input
			e.changes++
			e.unjudged = e.unjudged || e.changes > len(e.earlier)
		}
	}
	e.described, e.from, e.connection, e.input = true, d.From, d.Connection, input
	e.host, e.changedUs = hostNamed(d.Host, e.id), j.atUs
	if e.known {
		j.s10Held(e, l.node)
	}
}
