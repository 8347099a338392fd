package invariants

import "example.com/tidemark/core"

// refusableHosted is why a request about exports or hosts that succeeded should have
// been refused, or nothing.
func (j *Judges) refusableHosted(l *life, q *request) string {
	r := &q.r
	if r.Op != core.RequestCreate && j.badRequest(q) && !(r.Op == core.RequestCreateExports && j.allExported(l, q)) && !(r.Op == core.RequestAlterExports && j.allAsTheyAre(q)) {
		return "what it describes cannot be"
	}
	switch r.Op {
	case core.RequestCreate:
		for k := range r.Collections {
			id := r.Collections[k].ID
			if t := j.prepared(q.life, id); t != nil && l.mono < t.lapses && !j.othersName(q, id) {
				return "an id is prepared for an export"
			}
		}
	case core.RequestDrop:
		if j.surelyFed(l, q) {
			return "it drops an ingestion and leaves a subsource of it"
		}
	case core.RequestPrepareExport:
		if t := j.things[j.slotAt(r.GlobalID)]; q.anyDropped && t.droppedFor(l.epoch) {
			return "its id was dropped"
		}
		if t := j.surelyOut(l, q, r.GlobalID); t != nil && t.from != j.slotOf(r.From) {
			return "the token that is out is for another input"
		}
		return j.refersToLost(l, q)
	case core.RequestCancelToken:
		if j.prepared(q.life, r.GlobalID) == nil && !j.othersName(q, r.GlobalID) && !l.grace() {
			return "it cancels a token that was never given out"
		}
		if t := j.surelyOut(l, q, r.GlobalID); t != nil && t.token != r.Token {
			return "it shows another token than the one that is out"
		}
	case core.RequestAlter:
		for k := range r.Moves {
			if t := &j.things[j.slotAt(r.Moves[k].ID)]; t.export == 0 && t.described && t.description.Kind != core.KindIngestion {
				return "it moves what runs on no host"
			}
		}
	case core.RequestCreateExports:
		for k := range r.Exports {
			if e := j.exportOf(r.Exports[k].ID, l.epoch); e != nil && !e.maybeAs(l, &r.Exports[k].Description) {
				return "an id has another description"
			}
		}
		return j.refusableExports(l, q)
	case core.RequestAlterExports:
		return j.unreadableInput(l, q)
	default:
	}
	return ""
}

// allExported reports that a create of exports names existing ones only: they are
// compared, not judged.
func (j *Judges) allExported(l *life, q *request) bool {
	for k := range q.r.Exports {
		e := j.exportOf(q.r.Exports[k].ID, l.epoch)
		if e == nil || !e.maybeAs(l, &q.r.Exports[k].Description) {
			return false
		}
	}
	return true
}

func (j *Judges) allAsTheyAre(q *request) bool {
	for k := range q.r.Exports {
		e := j.exportAt(j.slotAt(q.r.Exports[k].ID))
		if e == nil || !sameExport(&e.desc, &q.r.Exports[k].Description) {
			return false
		}
	}
	return true
}
