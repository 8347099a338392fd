package invariants

import (
	"slices"

	"example.com/tidemark/core"
)

// s9StillFilled judges that a shard is not closed while a process that its controller has
// a session with may still write it for the ingestion that fills it (C-29): it runs it as
// it was told, and nobody has waited for its end for as long as one is to.
func (j *Judges) s9StillFilled(l *life, slot int32, s *shard) {
	h := &j.hosting
	if len(h.ingestions) == 0 {
		return
	}
	of, own := h.ingestionOf.find(s.id.Hi, s.id.Lo), false
	if w := h.outputOf.find(s.id.Hi, s.id.Lo); w >= 0 {
		of, own = h.outputs[w].of, true
	}
	if of < 0 {
		return
	}
	id, main := idOf(j, slot), idOf(j, h.ingestions[of].slot)
	for i := range h.runs {
		r := &h.runs[i]
		if r.id != main || !h.running(r) {
			continue
		}
		p := &h.processes[r.process]
		if !p.open || !j.toldToRun(l, p, main) || j.saidDropped(r.process, main) {
			continue
		}
		named := slices.ContainsFunc(r.orders.def.Source.Exports, func(e core.SourceExport) bool { return e.ID == id })
		if own && (!named || j.saidDropped(r.process, id)) {
			continue
		}
		j.violate(s9, l.node, "%v is being closed, but process %d of %v may still write it for %v", id, r.process, p.host, main)
		return
	}
}

// saidDropped reports that a process has said that it writes an id no more.
func (j *Judges) saidDropped(process uint32, id core.GlobalID) bool {
	return slices.ContainsFunc(j.hosting.words, func(w owedWord) bool { return w.silent && w.process == process && w.id == id })
}

// toldToRun reports that the session which a process has is the latest that a controller
// has with its host, in which it was told to run an object, and that the controller has not
// waited for the end of that for as long as it is to.
func (j *Judges) toldToRun(l *life, p *process, id core.GlobalID) bool {
	for i := range j.talks {
		t := &j.talks[i]
		if t.host != p.host || t.session != p.session || j.lifeOf(t.life) != l {
			continue
		}
		for k := range t.told {
			if o := &t.told[k]; o.id == id && (o.created || o.stopped || o.ended) {
				begun := j.endBegan(t.life, id, p.host)
				if o.stopped || o.ended { // what cannot run was told so before it was dropped
					begun = min(begun, o.endedAt)
				}
				return l.mono < begun+span(l.config.WriterGrace)
			}
		}
	}
	return false
}
