package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/storaged"
)

// What a process owes its session, it says in the step in which it comes about: that
// something has ended (H-6), and what an export has durably written (H-4).

// owedNow is what a process has to say before its step is over.
type owedNow struct {
	process uint32
	session core.Session
	id      core.GlobalID
	// ended: that it does not run the id any more; else how far the export has come.
	ended bool
}

// maxOwed is with how many objects a process may need another step to say everything.
const maxOwed = 128

func (j *Judges) owe(v *HostObservation, id core.GlobalID, ended bool) {
	h := &j.hosting
	if p := &h.processes[v.Process]; p.open && p.completed == p.session {
		h.owed = append(h.owed, owedNow{v.Process, p.session, id, ended})
		h.owedStep = j.step
	}
}

// oweEverything takes up that a session's history is complete: all is said from the
// beginning.
func (j *Judges) oweEverything(v *HostObservation, p *process) {
	h := &j.hosting
	before := len(h.owed)
	for i := range h.words {
		if w := &h.words[i]; w.process == v.Process && w.session == p.session && !w.silent {
			j.owe(v, w.id, true)
		}
	}
	for i := range h.runs {
		if r := &h.runs[i]; r.process == v.Process && r.there && r.sink {
			j.owe(v, r.id, false)
		}
	}
	if len(h.owed)-before > maxOwed {
		h.owed = h.owed[:before]
	}
}

// oweMoved takes up what has become of an object.
func (j *Judges) oweMoved(v *HostObservation, r *hostedRun, gone bool) {
	switch {
	case gone:
		j.owe(v, r.id, true)
	case r.sink && r.progress != v.Object.Frontier:
		j.owe(v, r.id, false)
	}
}

// owedSaid takes up a report.
func (j *Judges) owedSaid(v *HostObservation) {
	h := &j.hosting
	for _, u := range v.Effect.Report.Uppers {
		a, b := idWords(u.ID)
		i := h.runIndex.find(a<<32|uint64(v.Process), b)
		if i < 0 {
			continue
		}
		r := &h.runs[i]
		r.saidIn, r.said = v.Effect.Session, u.Upper
	}
}

// owedSettled judges, when a process's step is over, that it has said what it owed; not if
// the process was ended in the middle of it.
func (j *Judges) owedSettled(cut bool) {
	h := &j.hosting
	for i := 0; i < len(h.owed) && !cut; i++ {
		d := &h.owed[i]
		p := &h.processes[d.process]
		if !p.up || !p.awake || !p.open || p.session != d.session {
			continue
		}
		j.checked[s13]++
		r := j.runAt(d.process, d.id)
		switch {
		case d.ended && (r.there || j.ingestionNamed(d.id) < 0 && j.sinkNamed(d.id) < 0):
		case d.ended:
			if slices.ContainsFunc(h.words, func(w owedWord) bool {
				return !w.silent && w.process == d.process && w.session == d.session && w.id == d.id
			}) {
				j.violate(s13, Foreign, "process %d of %v was told to end %v, does not run it, and does not say so", d.process, p.host, d.id)
			}
		case r.there && r.condition != storaged.Ending && (r.progress.Empty || r.progress.T > 0) && (r.saidIn != d.session || before(r.said, r.progress)):
			j.violate(s13, Foreign, "process %d of %v has written %v up to %v and does not say so", d.process, p.host, d.id, r.progress)
		}
	}
	h.owed = h.owed[:0]
}
