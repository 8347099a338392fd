package invariants

import "example.com/tidemark/core"

// s9Told judges the description that a client is told: it is the durable one. What is
// being moved may be told as it was, until the controller has acknowledged the move.
func (j *Judges) s9Told(l *life, q *request, r *core.Response) {
	switch q.r.Op {
	case core.RequestAlter:
		for i := range q.r.Moves {
			j.s9MoveTold(l, &q.r.Moves[i])
			j.moveLearned(l, q.life, q.r.Moves[i].ID)
		}
	case core.RequestAlterExports:
		for i := range q.r.Exports {
			j.moveLearned(l, q.life, q.r.Exports[i].ID)
		}
	case core.RequestCollection:
		for i := range r.Info {
			j.s9Described(l, &r.Info[i])
		}
	case core.RequestExport:
		for i := range r.Export {
			j.s9ExportDescribed(l, &r.Export[i])
		}
	default:
	}
}

// s9MoveTold notes that a move was acknowledged and is the latest.
func (j *Judges) s9MoveTold(l *life, m *core.Move) {
	slot := j.slotOf(m.ID)
	if slot < 0 {
		return
	}
	if t := &j.things[slot]; t.moved() && t.description.Ingestion != nil && t.description.Ingestion.Host == m.Host {
		t.movedEpoch = l.epoch
	}
	if e := j.exportOf(m.ID, l.epoch); e != nil && e.desc.Host == m.Host {
		e.changedEpoch = l.epoch
	}
}

func (j *Judges) s9Described(l *life, info *core.CollectionInfo) {
	slot := j.slotOf(info.ID)
	if slot < 0 {
		return
	}
	t := &j.things[slot]
	if !t.knownTo(l.epoch) || !t.described || t.moved() && t.movedEpoch != l.epoch {
		return
	}
	j.checked[s9]++
	if !sameThing(&info.Description, &t.description) {
		j.violate(s9, l.node, "%v: a client is told of another description than the durable one", info.ID)
	}
}

func (j *Judges) s9ExportDescribed(l *life, info *core.ExportInfo) {
	e := j.exportOf(info.ID, l.epoch)
	if e == nil || !sameExport(&e.desc, &e.was) && e.changedEpoch != l.epoch {
		return
	}
	j.checked[s9]++
	if x := j.sinkNamed(info.ID); x >= 0 {
		j.s4ExportTold(l, info, &j.hosting.exports[x])
	}
	if !sameExport(&info.Description, &e.desc) || info.AsOf != e.asOf || info.Snapshot != e.snapshot {
		j.violate(s9, l.node, "export %v: a client is told of another description than the durable one", info.ID)
	}
}

// s4ExportTold judges how far a client is told that an export has come: not further than its
// external system has it (C-34, C-47).
func (j *Judges) s4ExportTold(l *life, info *core.ExportInfo, x *exported) {
	if x.unjudged || x.wrong || info.Dropped {
		return
	}
	j.checked[s4]++
	if !info.Upper.Empty && !atMost(info.Upper, x.progress) {
		j.violate(s4, l.node, "export %v: a client is told that it has written up to %v, its external system has it up to %v", info.ID, info.Upper, x.progress)
	}
}
