package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
)

func docS10() Doc {
	return Doc{
		Name: "S10", Title: "sink exactness",
		Statement: "What an export has committed to its external system, over all restarts and copies of it, is each change of its input after its initial as_of exactly once, at its time, after the contents at as_of if the export was to begin with them: every write of progress from F to T has exactly what of that lies in [F, T), and T is not beyond the input's upper. Every run of an export resumes at a time that its input could be read at, and that is not beyond the durable progress (if there is none, not beyond as_of). While an export lives, and after its drop until its host was told or the drop grace has passed, its input can be read at what it may still have to read: the later of as_of and one step before the durable progress. At rest after healing, everything that its input had when the world healed is out. An export that is given another input (C-36) is judged by all inputs that it had; one that is given another external system, not any more.",
		Meaning:   "The external system misses changes, or has them twice, and nobody there can tell.",
		Met:       "a copy of an export wrote after another one had",
	}
}

// s10Applied judges a call to an external system.
func (j *Judges) s10Applied(o *Observation) {
	v := o.Hosted
	j.fenceKept(v)
	if v.SinkResult.Outcome != outcome.Done || v.SinkCall.Op != sink.OpWrite || v.SinkBefore.Progress == v.SinkAfter.Progress {
		return
	}
	j.checked[s10]++
	at := j.sinkNamed(v.SinkCall.Export)
	if at < 0 || !j.hosting.exports[at].known {
		j.violate(s10, o.Node, "%v is written to an external system, but no transaction has made such an export", v.SinkCall.Export)
		return
	}
	e := &j.hosting.exports[at]
	e.finished = e.finished || v.SinkAfter.Progress.Empty
	if v.SinkCall.Connection != e.connection || e.unjudged || e.wrong {
		return
	}
	if e.fence != (sink.Fence{}) && e.fence != v.SinkCall.Fence {
		j.met[s10]++
	}
	e.fence = v.SinkCall.Fence
	from, to := v.SinkBefore.Progress, v.SinkAfter.Progress
	e.progress = to
	if _, l := j.leader(); l != nil {
		mark(&e.marks, o.AtUs, freshness(&l.config), to)
	}
	if why := j.s10Write(e, e.input, v.SinkCall, from, to); why != "" && !j.s10Earlier(e, v.SinkCall, from, to) {
		e.wrong = true
		j.violate(s10, o.Node, "%v: a write of progress from %v to %v %s", e.id, from, to, why)
	}
}

// fenceKept takes up which fence an external system keeps, and whose it is.
func (j *Judges) fenceKept(v *HostObservation) {
	at := j.sinkNamed(v.SinkCall.Export)
	if at < 0 || v.SinkAfter == nil || v.SinkCall.Connection != j.hosting.exports[at].connection {
		return
	}
	if e := &j.hosting.exports[at]; e.stored != v.SinkAfter.Fence {
		e.stored, e.storedBy = v.SinkAfter.Fence, v.Process
	}
}

// s10Earlier reports that a write is right by an input which the export had before.
func (j *Judges) s10Earlier(e *exported, c *sink.Call, from, to frontier.Frontier) bool {
	for i := 0; i < min(e.changes, len(e.earlier)); i++ {
		if j.s10Write(e, e.earlier[i], c, from, to) == "" {
			return true
		}
	}
	return false
}

// s10Write says what is wrong with a write by one input, or nothing.
func (j *Judges) s10Write(e *exported, input int32, c *sink.Call, from, to frontier.Frontier) string {
	if input < 0 {
		return ""
	}
	s := &j.shards[input]
	if upper := s.now.Upper; !atMost(to, upper) {
		return fmt.Sprintf("says that the input is complete up to there, but its upper is %v", upper)
	}
	first := e.snapshot && atMost(from, e.asOf) && before(e.asOf, to)
	least := at(from.T)
	if atMost(from, e.asOf) {
		least = after(e.asOf.T)
	}
	if s.hasFolded && (atMost(least, at(s.folded)) || first && s.folded > e.asOf.T) {
		return "" // its input was compacted too far, which has been judged where it happened
	}
	var want print128
	if first {
		rows, errs := s.contents(e.asOf.T)
		want.sumAt(rows, e.asOf.T)
		want.sumAt(errs, e.asOf.T)
	}
	s.changes(least, to, &want)
	if got := contentsOf(c.Updates); got != want {
		return fmt.Sprintf("has %d updates, which are not what the input has there (as_of %v, snapshot %v)", len(c.Updates), e.asOf, e.snapshot)
	}
	return ""
}

// changes sums what landed at times from least on and before an upper.
func (s *shard) changes(least, upper frontier.Frontier, sum *print128) {
	for p := range s.recent.pages {
		list := s.recent.span(p)
		for i := range list {
			if t := at(list[i].time); atMost(least, t) && before(t, upper) {
				sum.sumAt(list[i].row, t.T)
			}
		}
	}
}

// needs is the earliest time at which a live export may still have to read its input;
// it is empty if it does not.
func (e *exported) needs() frontier.Frontier {
	f := e.asOf
	if e.progress.Empty {
		return e.progress
	}
	if e.progress.T > 0 {
		f = later(f, at(e.progress.T-1))
	}
	return f
}

// s10Since judges a since that moved by the exports that read the collection.
func (j *Judges) s10Since(si int32, o *Observation) {
	h := &j.hosting
	if len(h.exports) == 0 || h.followed.find(o.PersistCall.Shard.Hi, o.PersistCall.Shard.Lo) < 0 {
		return
	}
	for i := range h.exports {
		if e := &h.exports[i]; e.input == si {
			j.s10Held(e, o.Node)
		}
	}
}

// s10Held judges that an export's input can be read where the export needs it.
func (j *Judges) s10Held(e *exported, node int) {
	if !e.known || e.unjudged || e.input < 0 || e.dropped && !j.stillRuns(e) {
		return
	}
	j.checked[s10]++
	if since := j.shards[e.input].now.Since; !atMost(since, e.needs()) {
		e.unjudged = true
		j.violate(s10, node, "%v may still have to read %v at %v (as_of %v, durable progress %v), but that can be read only from %v on",
			e.id, e.from, e.needs(), e.asOf, e.progress, since)
	}
}

// stillRuns reports that a dropped export runs in a process that could not have said
// otherwise: it has a session with the controller that dropped the export, and has not
// been told (C-35).
func (j *Judges) stillRuns(e *exported) bool {
	incarnation, l := j.leader()
	if l == nil || l.epoch != e.dropEpoch || j.atUs-e.changedUs >= int64(l.config.DropGrace)*3/4 {
		return false
	}
	if began := j.endBegan(incarnation, e.id, e.host); began > 0 && l.mono >= began+span(l.config.DropGrace)*3/4 {
		return false // it was to end there before the drop, and was waited for
	}
	for i := range j.hosting.runs {
		r := &j.hosting.runs[i]
		p := &j.hosting.processes[r.process]
		if r.id == e.id && j.hosting.running(r) && p.host == e.host && p.open && p.session.Epoch == l.epoch && r.condition == storaged.Running {
			return true
		}
	}
	return false
}

// s10Resumed judges where a run of an export begins to read.
func (j *Judges) s10Resumed(v *HostObservation) {
	at := j.sinkNamed(v.Object.ID)
	if at < 0 {
		return
	}
	e := &j.hosting.exports[at]
	if !e.known || e.unjudged || e.wrong || e.changes > 0 {
		return
	}
	j.checked[s10]++
	resume, limit := v.Object.Resume, e.progress
	if limit == (frontier.Frontier{}) {
		limit = e.asOf
	}
	if !atMost(resume, limit) {
		j.violate(s10, Foreign, "%v resumes at %v in process %d, but its durable progress is %v, its as_of %v", e.id, resume, v.Process, e.progress, e.asOf)
	}
	if r := j.leaseOf(v.Object.Reader); r != nil && !atMost(r.since, resume) {
		j.violate(s10, Foreign, "%v resumes at %v in process %d, but its input could be read only from %v on when it was opened", e.id, resume, v.Process, r.since)
	}
}

// s10Missing says which exports are not out as far as their inputs were when the world
// healed.
func (j *Judges) s10Missing(out *strings.Builder, _ int64) int {
	n := 0
	for i := range j.hosting.exports {
		e := &j.hosting.exports[i]
		if !e.live() || e.unjudged || e.wrong || e.changes > 0 || j.shardGone(e.input) || j.beyondReach(e.host) {
			continue
		}
		j.checked[s10]++
		if atMost(e.target, e.progress) || atMost(e.target, after(e.asOf.T)) && !e.target.Empty {
			continue
		}
		if n++; n == 1 {
			fmt.Fprintf(out, "%v is out up to %v, but its input %v was complete up to %v when the world healed", e.id, e.progress, e.from, e.target)
		}
	}
	return n
}

// hostMoved takes up what a process runs.
func (j *Judges) hostMoved(v *HostObservation) {
	r := j.runOf(v)
	if v.Gone || !r.there || r.condition != v.Object.Condition {
		j.processOf(v).unpaced()
	}
	if v.Gone {
		j.s7Stale(v, r, true)
		j.s13Ended(v, r, true)
		j.oweMoved(v, r, true)
		j.undecidedOver(v, r.id)
		r.there, r.knows = false, bindingsKnown{}
		return
	}
	j.s7Stale(v, r, false)
	j.s13Ended(v, r, false)
	j.s13Begins(v, r)
	if v.Object.Condition == storaged.Fenced && v.Object.Reading {
		j.violate(l8, Foreign, "process %d of %v was shut out of what %v writes, and keeps its reader of %v", v.Process, v.Host, r.id, v.Object.Input)
	}
	if v.Object.Sink && v.Object.Resume != r.resume && v.Object.Resume != (frontier.Frontier{}) {
		j.s10Resumed(v)
	}
	if r.sink = v.Object.Sink; !r.sink {
		j.s15Knows(v, r)
	}
	j.oweMoved(v, r, false)
	r.there, r.condition, r.resume, r.progress = true, v.Object.Condition, v.Object.Resume, v.Object.Frontier
	if !r.ran && r.condition == storaged.Running {
		r.ran = true
		j.l4Met(r)
	}
	if r.reader != v.Object.Reader {
		j.l8Left(r.reader)
		r.reader = v.Object.Reader
		// It may have been replaced in one step, and does not know when times last advanced.
		r.knows.before, r.knows.at = 0, 0
	}
	if r.input = (persist.ShardID{}); v.Object.Reading {
		r.input = v.Object.Input
	}
}
