package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// What waits for its end elsewhere begins in the step in which the last host that ran it
// confirms that, if its own host has a session (C-27).

// confirmedEnd is an object of which a host said in this step that it has ended, while the
// controller waits for nobody else who may run it.
type confirmedEnd struct {
	life uint32
	id   core.GlobalID
}

// endConfirmed takes up that a host has answered every end of an object that it was told of.
func (j *Judges) endConfirmed(l *life, t *conversation, o *heard, endings []core.Ending) {
	if !o.answered || !o.stopped || slices.ContainsFunc(endings, func(e core.Ending) bool { return e.ID == o.id }) {
		return
	}
	j.confirmedEnds = append(j.confirmedEnds, confirmedEnd{t.life, o.id})
}

// movedOn judges, when the step is over, that what has ended elsewhere is told to its host.
func (j *Judges) movedOn() {
	for i := range j.confirmedEnds {
		c := &j.confirmedEnds[i]
		l := j.lifeOf(c.life)
		if l == nil || l.ended || l.halted || j.endUnlearned(c.life, c.id) || !j.canRun(l, c.id) {
			continue
		}
		host, live, _ := j.described(c.id)
		for k := range j.talks {
			t := &j.talks[k]
			if !live || t.life != c.life || t.host != host || !t.open || !t.complete {
				continue
			}
			j.checked[s13]++
			if o := t.about(c.id); !o.created || o.stopped || o.ended {
				j.violate(s13, l.node, "host %v: %v has ended elsewhere, can begin there, and its session is not told so in that step", t.host, c.id)
			}
		}
	}
	j.confirmedEnds = j.confirmedEnds[:0]
}

// endUnlearned reports that a controller may not know yet how an object is described: it has
// written that, and not acknowledged it.
func (j *Judges) endUnlearned(incarnation uint32, id core.GlobalID) bool {
	return slices.ContainsFunc(j.ends, func(e endBegun) bool {
		return e.life == incarnation && e.id == id && !e.learned && e.at > clock.Instant(0)
	})
}

// canRun reports that all that an object needs to run is in use, and its description is one
// that the controller knows.
func (j *Judges) canRun(l *life, id core.GlobalID) bool {
	slot := j.slotOf(id)
	if slot < 0 || j.things[slot].dropped {
		return false
	}
	open := func(id core.GlobalID) bool {
		s := j.slotOf(id)
		if s < 0 {
			return false
		}
		b := j.beliefAt(l.node, s)
		return b.present && b.opened && b.view.Phase == core.ShardOpen && !b.view.Dropped && !b.view.Since.Empty
	}
	if e := j.exportAt(slot); e != nil {
		return e.writtenEpoch <= l.epoch && open(e.desc.From)
	}
	m := &j.things[slot]
	if m.writtenEpoch > l.epoch || m.description.Ingestion == nil {
		return false
	}
	for _, out := range m.description.Ingestion.Outputs {
		if !open(out.ID) {
			return false
		}
	}
	for _, in := range m.description.Ingestion.Imports {
		if !open(in) {
			return false
		}
	}
	return open(remapID(m.remap))
}
