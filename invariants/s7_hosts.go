package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged"
)

// Hosts and services know the epoch too: a process by the Hello that it accepted, a
// service by what the orchestrator has recorded with it.

// hostCall is a connect, or a call of the orchestrator, that a controller waits for.
type hostCall struct {
	life     uint32
	effect   core.EffectID
	host     core.HostID
	deadline clock.Instant
	connect  bool
}

// s7HostIssued judges what calls of a controller to hosts and services carry.
func (j *Judges) s7HostIssued(o *Observation) {
	l := j.lifeOf(o.Incarnation)
	if l == nil || o.Effect == nil {
		return
	}
	e, h := o.Effect, &j.hosting
	var epoch uint64
	switch e.Kind {
	case core.EffectHost:
		epoch = e.Host.Session.Epoch
	case core.EffectOrchestrator:
		epoch = e.Orchestrator.Epoch
	default:
		return
	}
	j.checked[s7]++
	if epoch != l.epoch || epoch == 0 {
		j.violate(s7, l.node, "a call of a host or the orchestrator carries epoch %d, the controller's is %d", epoch, l.epoch)
	}
	if l.ended {
		return
	}
	deadline := o.Now.Mono + span(l.config.HostDeadline)
	switch {
	case e.Kind == core.EffectHost && e.Host.Op == core.HostConnect:
		h.calls = append(h.calls, hostCall{life: o.Incarnation, effect: e.ID, host: e.Host.Host, deadline: deadline, connect: true})
	case e.Kind == core.EffectOrchestrator:
		if e.Orchestrator.Op == core.OrchestratorStop {
			// What is stopped is not connected to any more, and an answer means nothing.
			h.forget(func(c *hostCall) bool {
				return c.connect && c.life == o.Incarnation && c.host == e.Orchestrator.Host
			})
		}
		h.calls = append(h.calls, hostCall{life: o.Incarnation, effect: e.ID, host: e.Orchestrator.Host, deadline: deadline})
	}
}

func (h *hosting) forget(which func(*hostCall) bool) {
	kept := h.calls[:0]
	for i := range h.calls {
		if !which(&h.calls[i]) {
			kept = append(kept, h.calls[i])
		}
	}
	h.calls = kept
}

// s7HostCompleted takes up what a controller is told of such a call: of a newer epoch,
// it halts, unless it has given the call up.
func (j *Judges) s7HostCompleted(o *Observation) {
	h, l := &j.hosting, j.lifeOf(o.Incarnation)
	if o.Effect == nil || o.Effect.Kind != core.EffectHost && o.Effect.Kind != core.EffectOrchestrator {
		return
	}
	fenced := o.Hosted.HostResult != nil && o.Hosted.HostResult.Outcome == outcome.Fenced ||
		o.Hosted.OrchestratorResult != nil && o.Hosted.OrchestratorResult.Outcome == outcome.Fenced
	for i := range h.calls {
		c := &h.calls[i]
		if c.life != o.Incarnation || c.effect != o.Effect.ID {
			continue
		}
		if fenced && l != nil && !l.ended {
			j.active = true
			j.checked[s7]++
			j.met[s7]++
			l.fence = true
			l.mustHalt = l.mustHalt || o.Now.Mono < c.deadline
		}
		break
	}
	h.forget(func(c *hostCall) bool {
		return c.life == o.Incarnation && c.effect == o.Effect.ID || c.life < o.Incarnation && j.lives[c.life].ended
	})
}

// s7OrchestratorApplied judges that a service obeys no epoch below the recorded one.
func (j *Judges) s7OrchestratorApplied(o *Observation) {
	c, r := o.Hosted.OrchestratorCall, o.Hosted.OrchestratorResult
	if c.Op == core.OrchestratorList {
		return
	}
	j.serviceCalled(c.Host, o.EpochAfter)
	j.checked[s7]++
	if c.Epoch >= o.EpochBefore {
		return
	}
	j.met[s7]++
	if r.Outcome == outcome.Done || o.EpochAfter != o.EpochBefore {
		j.violate(s7, o.Node, "the orchestrator did %v for %v at epoch %d although epoch %d is recorded", c.Op, c.Host, c.Epoch, o.EpochBefore)
	}
}

// s7Hello counts the Hellos that a process must refuse.
func (j *Judges) s7Hello(v *HostObservation) {
	j.checked[s7]++
	if v.Hello != nil && v.Hello.Session.Epoch < j.processOf(v).accepted.Epoch {
		j.met[s7]++
	}
}

// s7HostEffect judges which sessions a process accepts.
func (j *Judges) s7HostEffect(v *HostObservation) {
	p, e := j.processOf(v), v.Effect
	switch e.Kind {
	case storaged.EffectAccept:
		j.checked[s7]++
		s, a := e.Session, p.accepted
		if s.Epoch < a.Epoch || s.Epoch == a.Epoch && s.Nonce <= a.Nonce {
			j.violate(s7, Foreign, "process %d of %v accepts session %d.%d after %d.%d", v.Process, v.Host, s.Epoch, s.Nonce, a.Epoch, a.Nonce)
			return
		}
		p.accepted, p.session, p.open = s, s, true
	case storaged.EffectClose:
		if p.session == e.Session {
			p.open = false
		}
	case storaged.EffectReport:
		j.checked[s7]++
		if e.Session.Epoch < p.accepted.Epoch {
			j.violate(s7, Foreign, "process %d of %v reports to epoch %d after it has accepted epoch %d", v.Process, v.Host, e.Session.Epoch, p.accepted.Epoch)
		}
	default:
	}
}

// s7Command notes a command of an epoch that the process has left.
func (j *Judges) s7Command(v *HostObservation) {
	p := j.processOf(v)
	j.checked[s7]++
	p.stale = core.GlobalID{}
	if v.Session.Epoch >= p.accepted.Epoch {
		return
	}
	j.met[s7]++
	c := v.Command
	switch c.Kind {
	case core.CommandCreateSource:
		p.stale = c.Source.ID
	case core.CommandCreateSink:
		p.stale = c.Sink.ID
	default:
		p.stale = c.ID
	}
	p.staleStep = j.step
}

// s7Stale judges that such a command neither begins nor ends anything.
func (j *Judges) s7Stale(v *HostObservation, r *hostedRun, gone bool) {
	p := j.processOf(v)
	if p.stale != v.Object.ID || p.stale.Kind == core.IDNone || p.staleStep != j.step {
		return
	}
	ending := v.Object.Condition == storaged.Ending && r.condition != storaged.Ending
	if gone || ending || !r.there {
		j.violate(s7, Foreign, "process %d of %v obeys a command about %v of an epoch before %d, which it has accepted", v.Process, v.Host, v.Object.ID, p.accepted.Epoch)
	}
}
