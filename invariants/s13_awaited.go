package invariants

import (
	"slices"

	"example.com/tidemark/core"
)

// What a report leads to, in the step in which it is delivered: who has answered every end
// that it was told of is not waited for any more, who owes an answer is (H-6, C-81); and how
// far an export has come is believed, and lets go of its input (C-34).

// droppedSaid takes up that a host does not write an id any more. It answers each end that
// it was told of; what was created between two of them ends with the last.
func (j *Judges) droppedSaid(l *life, incarnation uint32, t *conversation, id core.GlobalID) {
	h := t.about(id)
	if h.owed--; h.owed > 0 {
		return
	}
	h.confirmed, h.answered = true, h.owed == 0
	if h.owed == 0 && h.ended {
		j.exportOver(l, incarnation, t, id)
	}
	h.owed = 0
	if !slices.Contains(t.silent, id) {
		t.silent = append(t.silent, id)
	}
}

// endsAwaited compares for whose end a controller waits, after a host has said what it
// dropped, with what that session was told and has answered; for as long as the controller
// cannot have given up.
func (j *Judges) endsAwaited(l *life, t *conversation, v *HostObservation) {
	if len(v.Report.Dropped) == 0 || l.halted || j.alone {
		return
	}
	grace := span(min(l.config.DropGrace, l.config.WriterGrace))
	for i := range t.told {
		o := &t.told[i]
		if !o.ended && !o.stopped || j.ingestionNamed(o.id) < 0 && j.sinkNamed(o.id) < 0 {
			continue
		}
		j.checked[s13]++
		if slices.Contains(v.Report.Dropped, o.id) {
			j.endConfirmed(l, t, o, v.Endings)
		}
		awaited := slices.Contains(v.Endings, core.Ending{ID: o.id, Host: t.host})
		switch {
		case o.owed > 0 && !awaited && l.mono < o.endedAt+grace:
			j.violate(s13, l.node, "host %v: it owes %d more answers to the ends of %v that it was told of, and the controller takes that for ended", t.host, o.owed, o.id)
		case o.owed == 0 && o.answered && awaited:
			j.violate(s13, l.node, "host %v: it has answered every end of %v that it was told of, and the controller goes on waiting for it", t.host, o.id)
		}
	}
}

// exportsReported judges what a controller believes of the exports whose progress a host has
// just reported, which it was told to run.
func (j *Judges) exportsReported(l *life, t *conversation, v *HostObservation) {
	for i := range v.Report.Uppers {
		u := &v.Report.Uppers[i]
		slot := j.slotOf(u.ID)
		if l.halted || slot < 0 || !canonical(u.Upper) || j.exportOf(u.ID, l.epoch) == nil || j.things[slot].dropped {
			continue
		}
		if o := t.about(u.ID); !o.created || o.stopped || o.ended {
			continue
		}
		k := slices.IndexFunc(v.Exports, func(x core.ExportView) bool { return x.ID == u.ID })
		if k < 0 || v.Exports[k].Dropped {
			continue
		}
		x := &v.Exports[k]
		j.checked[l6]++
		if before(x.Upper, u.Upper) {
			j.violate(l6, l.node, "export %v: its host reports that it has written up to %v, and the controller believes %v", x.ID, u.Upper, x.Upper)
		}
		if !x.Upper.Empty && before(x.Hold, back(x.Upper, 1)) {
			j.violate(l1, l.node, "export %v: it has written up to %v, and holds its input at %v", x.ID, x.Upper, x.Hold)
		}
	}
}
