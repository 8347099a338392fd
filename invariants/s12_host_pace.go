package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
)

// hostTry is the latest try of a call that a process may repeat as it was. What another
// object began, or an object in another condition, is no repetition: see unpaced.
type hostTry struct {
	try
	// generation of the process's tries that it belongs to.
	generation uint32
	// from is where a poll reads from; rest is for how long a call that found or did
	// everything need not be made again, restUntil until when.
	from    source.Offset
	polls   bool // of the source of an ingestion
	of      core.GlobalID
	listens bool
	// opens finds the tries of the heartbeats of the reader that is opened.
	opens     [2]uint64
	rest      clock.Duration
	restUntil clock.Instant
}

// unpaced forgets the tries of a process: what it does from now on repeats nothing.
func (p *process) unpaced() { p.generation++ }

// repeated names what a process repeats when it makes a call again.
func repeated(v *HostObservation) (a, b uint64) {
	e := v.Effect
	a = uint64(v.Process)<<24 | uint64(e.Kind)<<16
	switch e.Kind {
	case storaged.EffectPersist:
		c := &e.Persist
		return a | uint64(c.Op), c.Shard.Hi ^ c.Shard.Lo ^ c.Reader.Lo ^ c.Writer.Lo
	case storaged.EffectSource:
		return a | uint64(e.Source.Op), uint64(e.Source.Ingestion.Kind)<<62 | e.Source.Ingestion.N
	case storaged.EffectSink:
		// A call of another kind finds out what became of the one before.
		return a, uint64(e.Sink.Export.Kind)<<62 | e.Sink.Export.N
	default:
		return 0, 0
	}
}

// s12HostIssued judges that a process that repeats a call which failed has waited
// (C-92), and that it does not ask again at once where there was nothing new.
func (j *Judges) s12HostIssued(o *Observation) {
	v := o.Hosted
	e := v.Effect
	f := j.anyConfig()
	if e.ID == 0 || f == nil {
		return
	}
	h, p := &j.hosting, j.processOf(v)
	a, b := repeated(v)
	i := h.tryIndex.find(a, b)
	if i < 0 {
		i = int32(len(h.tries))
		h.tries = append(h.tries, hostTry{})
		h.tryIndex.put(a, b, i)
	}
	t := &h.tries[i]
	if t.generation != p.generation {
		*t = hostTry{generation: p.generation}
	}
	now := o.Now.Mono
	if t.state == tryOut {
		h.forgetTry(v.Process, t.effect)
		t.fail(t.deadline)
	}
	j.checked[s12]++
	switch {
	case t.state == tryFailed && now < t.failedAt+pause(f, t.failures):
		j.violate(s12, Foreign, "process %d of %v sends %s again at %d µs after failure %d in a row at %d µs; the backoff is %d µs at least",
			v.Process, v.Host, hostCallName(e), now, t.failures, t.failedAt, pause(f, t.failures))
	case t.state == tryNone && now < t.restUntil:
		j.violate(s12, Foreign, "process %d of %v sends %s again at %d µs; it has no reason to before %d µs", v.Process, v.Host, hostCallName(e), now, t.restUntil)
	}
	t.state, t.effect, t.restUntil, t.from = tryOut, e.ID, 0, e.Source.From
	t.polls = e.Kind == storaged.EffectSource && e.Source.Op == source.OpPoll
	t.of = e.Source.Ingestion
	t.listens = e.Kind == storaged.EffectPersist && e.Persist.Op == persist.OpListen
	t.opens = [2]uint64{}
	if e.Kind == storaged.EffectPersist && e.Persist.Op == persist.OpOpenLeasedReader {
		t.opens = [2]uint64{a - uint64(persist.OpOpenLeasedReader) + uint64(persist.OpDowngradeSince), b}
	}
	t.rest, t.deadline = j.restAfter(f, e), now+span(f.PersistDeadline)
	if e.Kind == storaged.EffectSource && e.Source.Op == source.OpPoll ||
		e.Kind == storaged.EffectPersist && (e.Persist.Op == persist.OpSnapshot || e.Persist.Op == persist.OpListen) {
		t.deadline = now + span(f.ReadDeadline)
	}
	h.triesOut = append(h.triesOut, tryOutAt{v.Process, e.ID, i})
}

// restAfter is for how long a process need not make a call again that found nothing new,
// or did what it was to do.
func (j *Judges) restAfter(f *core.Config, e *storaged.Effect) clock.Duration {
	advance := min(f.AdvanceEvery, clock.Second)
	switch {
	case e.Kind == storaged.EffectSource:
		return advance
	case e.Kind != storaged.EffectPersist:
		return 0
	case e.Persist.Op == persist.OpDowngradeSince:
		return f.Heartbeat
	case e.Persist.Op == persist.OpListen && j.hosting.ingestionOf.find(e.Persist.Shard.Hi, e.Persist.Shard.Lo) < 0:
		return advance
	}
	return 0
}

// tryOutAt finds the try of a call that is out.
type tryOutAt struct {
	process uint32
	effect  core.EffectID
	at      int32
}

// forgetTry takes the entry of a call out that is not out any more; −1: there is none.
func (h *hosting) forgetTry(process uint32, effect core.EffectID) (at int32) {
	for i := len(h.triesOut) - 1; i >= 0; i-- {
		if h.triesOut[i].process == process && h.triesOut[i].effect == effect {
			at = h.triesOut[i].at
			last := len(h.triesOut) - 1
			h.triesOut[i] = h.triesOut[last]
			h.triesOut = h.triesOut[:last]
			return at
		}
	}
	return -1
}

// forgetTries takes out those of a process that is no more.
func (h *hosting) forgetTries(process uint32) {
	h.triesOut = slices.DeleteFunc(h.triesOut, func(t tryOutAt) bool { return t.process == process })
}

// s12HostCompleted takes up how a try of a process ended.
func (j *Judges) s12HostCompleted(o *Observation) {
	v := o.Hosted
	h, p := &j.hosting, j.processOf(v)
	i := h.forgetTry(v.Process, v.Completed)
	if i < 0 {
		return
	}
	t := &h.tries[i]
	if t.generation != p.generation || t.state != tryOut || t.effect != v.Completed {
		return
	}
	now := o.Now.Mono
	if t.polls && now < t.deadline {
		j.s15Polled(v, t.of)
	}
	end, idle := v.Outcome, true
	if r := v.SourceResult; r != nil && r.Outcome == outcome.Done {
		idle = r.Upto == t.from || r.Upto == 0 // a confirmation says nothing of it
	}
	if t.listens {
		idle = end == outcome.NotYet
	}
	switch {
	case end == outcome.NotDone || end == outcome.Unknown:
		t.fail(min(now, t.deadline))
		return
	case idle && now < t.deadline && (end == outcome.Done || end == outcome.NotYet):
		t.restUntil = now + span(t.rest)
	}
	t.state, t.failures = tryNone, 0
	if end == outcome.Done && t.opens != [2]uint64{} {
		h.beatsAnew(v.Process, t.opens)
	}
}

// beatsAnew forgets how the heartbeats of a reader fared that a process has opened again.
func (h *hosting) beatsAnew(process uint32, key [2]uint64) {
	if i := h.tryIndex.find(key[0], key[1]); i >= 0 {
		h.forgetTry(process, h.tries[i].effect)
		h.tries[i] = hostTry{}
	}
}

// anyConfig is the configuration of the run; nil before there is one.
func (j *Judges) anyConfig() *core.Config {
	for i := range j.nodes {
		if l := j.lifeOf(j.nodes[i].life); l != nil {
			return &l.config
		}
	}
	return nil
}

func hostCallName(e *storaged.Effect) string {
	switch e.Kind {
	case storaged.EffectPersist:
		return e.Persist.Op.String() + " of " + e.Persist.Shard.String()
	case storaged.EffectSource:
		return "a call to the source of " + e.Source.Ingestion.String()
	case storaged.EffectSink:
		return "a call to the sink of " + e.Sink.Export.String()
	default:
		return e.Kind.String()
	}
}
