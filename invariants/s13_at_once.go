package invariants

import "example.com/tidemark/core"

// What a host is to run it is told in the step in which that can be said: when it is
// answered as created, or when what it reads comes into use (C-9, C-12).

// createdAtOnce judges, when a step is over, that the exports which it answered as created
// were told to their hosts, as far as those have a session whose history is complete.
func (j *Judges) createdAtOnce(l *life, q *request) {
	for i := range q.r.Exports {
		e := j.exportOf(q.r.Exports[i].ID, l.epoch)
		if e != nil && e.epoch == l.epoch && e.ackStep == j.step && j.mayBegin(l, e) {
			j.toldOrNot(l, q.life, e)
		}
	}
}

// openedAtOnce judges the same of what reads a collection whose shard came into use in a
// step.
func (j *Judges) openedAtOnce(l *life, slot int32, b *belief) {
	if b.movedStep != j.step || !b.present || l.halted || b.view.Phase != core.ShardOpen || b.wasPhase == core.ShardOpen {
		return
	}
	for i := range j.exports {
		e := &j.exports[i]
		if e.desc.From != b.view.ID || !j.settledOn(l, e) || !j.mayBegin(l, e) {
			continue
		}
		j.toldOrNot(l, j.nodes[l.node].life, e)
	}
}

// settledOn reports that a controller knows an export for certain, and moved it nowhere.
func (j *Judges) settledOn(l *life, e *export) bool {
	if e.epoch == l.epoch && (e.ackStep == 0 || e.ackStep >= j.step) || e.epoch > l.epoch || e.epoch < l.epoch && e.writtenEpoch >= l.epoch {
		return false
	}
	return !j.things[e.slot].dropped
}

// mayBegin reports that an export can begin on its host for certain: what it reads is in
// use, and it has run nowhere else.
func (j *Judges) mayBegin(l *life, e *export) bool {
	from := j.slotOf(e.desc.From)
	if from < 0 || j.things[e.slot].dropped || len(e.former) > 0 || !sameExport(&e.desc, &e.was) {
		return false
	}
	b := j.beliefAt(l.node, from)
	return b.present && b.opened && b.view.Phase == core.ShardOpen && !b.view.Since.Empty
}

func (j *Judges) toldOrNot(l *life, incarnation uint32, e *export) {
	id := idOf(j, e.slot)
	for i := range j.talks {
		t := &j.talks[i]
		if t.life != incarnation || t.host != hostNamed(e.desc.Host, id) || !t.open || !t.complete {
			continue
		}
		j.checked[s13]++
		if !t.about(id).created {
			j.violate(s13, l.node, "host %v: %v can begin there, and its session is not told so in that step", t.host, id)
		}
	}
}
