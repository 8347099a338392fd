package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
)

// The pace at which a controller opens sessions and asks the orchestrator (C-92). A host
// that comes to be wanted again is a new one: what is durably changed of anything that
// runs on hosts begins a new row of failures, and so does what moves there and had to wait
// for its end elsewhere: meanwhile the host may have been forgotten.

// pacedOutside judges a call to a host or to the orchestrator as a repetition of the last
// one of its kind.
func (j *Judges) pacedOutside(l *life, incarnation uint32, t *try, what string, host core.HostID, effect core.EffectID) {
	if t.state == tryOut {
		t.fail(t.deadline)
	}
	if t.state == tryFailed && host != (core.HostID{}) && j.mayHaveMoved(l, incarnation, host, t.failedAt) {
		*t = try{}
	}
	j.checked[s12]++
	if t.state == tryFailed && l.mono < t.failedAt+pause(&l.config, t.failures) {
		j.violate(s12, l.node, "host %v: %s again at %d µs after failure %d in a row at %d µs; the backoff is %d µs at least",
			host, what, l.mono, t.failures, t.failedAt, pause(&l.config, t.failures))
	}
	t.state, t.effect, t.deadline = tryOut, effect, l.mono+span(l.config.HostDeadline)
}

// s12Outside judges the pace of a call as it leaves a controller.
func (j *Judges) s12Outside(l *life, incarnation uint32, e *core.Effect) {
	switch {
	case e.Kind == core.EffectHost && e.Host.Op == core.HostConnect:
		t := j.conversationWith(incarnation, e.Host.Host)
		j.pacedOutside(l, incarnation, &t.connecting, "a session is opened", t.host, e.ID)
	case e.Kind == core.EffectHost && e.Host.Op == core.HostDisconnect:
		if t := j.conversationWith(incarnation, e.Host.Host); t.open {
			t.connecting = try{} // nothing is left to do there
		}
	case e.Kind == core.EffectOrchestrator && e.Orchestrator.Op == core.OrchestratorList:
		j.pacedOutside(l, incarnation, &l.listing, "services are listed", core.HostID{}, e.ID)
	case e.Kind == core.EffectOrchestrator:
		t := j.conversationWith(incarnation, e.Orchestrator.Host)
		j.pacedOutside(l, incarnation, &t.service, "its service is started or stopped", t.host, e.ID)
	}
}

// s12OutsideEnded takes up how such a call ended. It comes before what else is made of it.
func (j *Judges) s12OutsideEnded(l *life, o *Observation) {
	if o.Effect == nil {
		return
	}
	id := o.Effect.ID
	if r := o.Hosted.OrchestratorResult; r != nil {
		failed := r.Outcome == outcome.NotDone || r.Outcome == outcome.Unknown
		l.listing.endedOutside(l, id, failed)
		for i := range j.talks {
			if j.talks[i].life == o.Incarnation {
				j.talks[i].service.endedOutside(l, id, failed)
			}
		}
	}
	r := o.Hosted.HostResult
	if r == nil {
		return
	}
	for i := range j.talks {
		t := &j.talks[i]
		if t.life != o.Incarnation || t.connecting.state != tryOut || t.connecting.effect != id {
			continue
		}
		switch {
		case r.Outcome != outcome.Done || t.lost:
			t.connecting.endedOutside(l, id, true)
		case l.mono < t.connecting.deadline:
			t.connecting.state = tryNone // the row of failures ends with the first report
		}
	}
}

// endedOutside is ended for calls of which the controller has one out at a time.
func (t *try) endedOutside(l *life, effect core.EffectID, failed bool) {
	t.ended(l, effect, failed, l.mono >= t.deadline)
}

// s12SessionLost takes up that a session has ended by itself, which is a failure.
func (j *Judges) s12SessionLost(l *life, t *conversation) {
	if t.open {
		t.connecting.fail(l.mono)
	}
}

// unpacedHosts begins new rows of failures.
func (j *Judges) unpacedHosts() {
	for i := range j.talks {
		j.talks[i].connecting, j.talks[i].service = try{}, try{}
	}
}
