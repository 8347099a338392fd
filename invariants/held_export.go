package invariants

import (
	"fmt"
	"slices"

	"example.com/tidemark/core"
)

// What exports hold of their inputs (C-34): each one the time before its frontier, which is
// its durable progress as far as that was reported.

// exportsBehind says what exports hold of a collection that they do not read any more.
// Where ingestions hold it too, nothing is known.
func (j *Judges) exportsBehind(l *life, b *belief, t *thing) string {
	v := &b.view
	if !v.Dependent || v.Tokens > 0 || v.Kind == core.KindRemap {
		return ""
	}
	for i := range j.things {
		if m := &j.things[i]; m.described && m.description.Ingestion != nil && slices.Contains(m.description.Ingestion.Imports, t.id) && j.beliefAt(l.node, int32(i)).present {
			return ""
		}
	}
	reach, found := empty(), false
	for i := range j.hosting.exports {
		e := &j.hosting.exports[i]
		if e.described && e.from != t.id && e.changes > 0 || e.from == t.id && (e.unjudged || e.wrong || j.beyondReach(e.host) || j.runsElsewhere(e.id, e.host) || j.fencedElsewhere(e)) {
			return "" // it may still be held for its old run, or nobody can be asked
		}
		if e.from != t.id || !e.described || e.dropped && j.atUs-e.changedUs < 2*int64(l.config.DropGrace) {
			if e.from == t.id && e.described {
				return ""
			}
			continue
		}
		if e.dropped {
			continue
		}
		found = true
		reach = earlier(reach, back(earlier(e.progress, longAgo(&e.marks, j.atUs, freshness(&l.config))), 1))
	}
	switch {
	case !found && v.Kind != core.KindIntrospection:
		return fmt.Sprintf("%v: something holds it at %v although no export reads it", t.id, v.Dependants)
	case found && !reach.Empty && before(v.Dependants, reach):
		return fmt.Sprintf("%v: exports hold it at %v, what they have written lets them go to %v", t.id, v.Dependants, reach)
	}
	return ""
}

// runsElsewhere reports that something still runs on another host than its own: the
// controller has given its end there up, and what it writes says nothing of the host that it
// is to run on now.
func (j *Judges) runsElsewhere(id core.GlobalID, host core.HostID) bool {
	h := &j.hosting
	return slices.ContainsFunc(h.runs, func(r hostedRun) bool {
		return r.id == id && h.running(&r) && h.processes[r.process].host != host
	})
}

// fencedElsewhere reports that what an export has written was last taken over by a process
// of another host than the one that is to run it, which has not tried to write since: how
// far it is the one that is asked cannot know, nor can any controller.
func (j *Judges) fencedElsewhere(e *exported) bool {
	p := int(e.storedBy)
	return p > 0 && p < len(j.hosting.processes) && j.hosting.processes[p].host != e.host
}

// s8Exports judges that every live export holds what it reads.
func (j *Judges) s8Exports(l *life, b *belief) {
	v := &b.view
	if len(j.exports) == 0 || v.Phase != core.ShardOpen {
		return
	}
	for i := range j.exports {
		e := &j.exports[i]
		if e.desc.From != v.ID && !j.formerInput(l, e, v.ID) || e.writtenEpoch > l.epoch || e.epoch == l.epoch && e.ackStep == 0 || j.things[e.slot].dropped {
			continue
		}
		id := idOf(j, e.slot)
		at := j.sinkNamed(id)
		if at < 0 {
			continue
		}
		x := &j.hosting.exports[at]
		j.checked[s8]++
		// Before its as_of it reads nothing.
		if most := later(back(x.progress, 1), x.asOf); !x.unjudged && !x.wrong && !x.finished && !most.Empty && (!v.Dependent || before(most, v.Dependants)) {
			j.violate(s8, l.node, "%v: export %v has written it up to %v, and it is held at %v only", v.ID, id, x.progress, dependantsOf(v))
		}
	}
}

// formerInput reports that an export which was moved or changed has read a collection in a
// session whose host was told to stop it, has not confirmed that, and was not waited for as
// long as it is to be (C-36).
func (j *Judges) formerInput(l *life, e *export, id core.GlobalID) bool {
	self := idOf(j, e.slot)
	for i := range j.talks {
		t := &j.talks[i]
		if j.lifeOf(t.life) != l {
			continue
		}
		for k := range t.told {
			if o := &t.told[k]; o.id == self && o.from == id && o.stopped && !o.confirmed && l.mono < o.endedAt+span(l.config.DropGrace) {
				return true
			}
		}
	}
	return false
}
