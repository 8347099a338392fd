package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
)

// What a process makes of what its source has answered (H-11, H-12): a source that is
// finished closes the remap shard; one that has forgotten what was asked for is not asked
// for the same again, but where the data goes on is read anew.

// polledSource is what the source of a run has said since that began, or began anew.
type polledSource struct {
	// finished: nothing follows. openAfter counts the appends of bindings since then that
	// did not close the shard; one may have been made before.
	finished  bool
	openAfter int
	token     persist.Token
	// forgot: it has forgotten what was asked for, and nothing was read since.
	forgot bool
}

// s15Polled takes up an answer that came in time.
func (j *Judges) s15Polled(v *HostObservation, id core.GlobalID) {
	p := &j.runAt(v.Process, id).source
	switch r := v.SourceResult; {
	case r == nil:
	case r.Outcome == outcome.Done:
		if !r.Finished {
			p.openAfter = 0
		}
		p.finished = r.Finished
	case r.Outcome == outcome.Mismatch:
		p.forgot = true
	default:
	}
}

// s15Asks judges what a process does next.
func (j *Judges) s15Asks(v *HostObservation) {
	e := v.Effect
	switch {
	case e.Kind == storaged.EffectSource && e.Source.Op == source.OpPoll:
		j.checked[s15]++
		if p := &j.runAt(v.Process, e.Source.Ingestion).source; p.forgot {
			j.violate(s15, Foreign, "process %d of %v asks its source for %v from offset %d, which that has said to have forgotten, and has not read where the data goes on", v.Process, v.Host, e.Source.Ingestion, e.Source.From)
			p.forgot = false
		}
		return
	case e.Kind != storaged.EffectPersist || e.Persist.Op != persist.OpOpenLeasedReader && e.Persist.Op != persist.OpCompareAndAppend:
		return
	}
	c := &e.Persist
	at := j.hosting.ingestionOf.find(c.Shard.Hi, c.Shard.Lo)
	if at < 0 {
		return
	}
	p := &j.runAt(v.Process, idOf(j, j.hosting.ingestions[at].slot)).source
	if c.Op == persist.OpOpenLeasedReader {
		*p = polledSource{token: p.token}
		return
	}
	if c.Token == p.token {
		return
	}
	p.token = c.Token
	if !p.finished || c.Upper.Empty {
		return
	}
	j.checked[s15]++
	if p.openAfter++; p.openAfter > 1 {
		j.violate(s15, Foreign, "process %d of %v goes on to bind times for %v up to %v, although its source has finished", v.Process, v.Host, idOf(j, j.hosting.ingestions[at].slot), c.Upper)
	}
}
