package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
)

// outsideCall is a call of a controller to a host or to the orchestrator that is out.
type outsideCall struct {
	life     uint32
	id       core.EffectID
	deadline clock.Instant
	// stop: it is to stop the service of a host.
	stop bool
	host core.HostID
}

// outsideIssued notes a call that is to be answered.
func (j *Judges) outsideIssued(l *life, incarnation uint32, e *core.Effect) {
	c := outsideCall{life: incarnation, id: e.ID, deadline: l.mono + span(l.config.HostDeadline)}
	if e.Kind == core.EffectOrchestrator && e.Orchestrator.Op == core.OrchestratorList {
		l.services = servicesListed{effect: e.ID, at: l.mono}
	} else if e.Kind == core.EffectOrchestrator {
		c.host, c.stop = e.Orchestrator.Host, e.Orchestrator.Op == core.OrchestratorStop
		if c.stop || e.Orchestrator.Op == core.OrchestratorEnsure {
			t := j.conversationWith(incarnation, c.host)
			t.stopping, t.asked, t.failing = c.stop, true, 0
		}
	}
	if e.Kind == core.EffectOrchestrator || e.Host.Op == core.HostConnect {
		j.outside = append(j.outside, c)
	}
}

// outsideEnded reports whether the end of a call came in time.
func (j *Judges) outsideEnded(l *life, o *Observation) bool {
	for i := range j.outside {
		if c := j.outside[i]; c.life == o.Incarnation && o.Effect != nil && c.id == o.Effect.ID {
			j.outside = append(j.outside[:i], j.outside[i+1:]...)
			if r := o.Hosted.OrchestratorResult; r != nil && r.Outcome == outcome.Done {
				if c.stop {
					j.serviceStopped(o.Incarnation, c.host)
				}
				l.services.well = l.services.well || c.id == l.services.effect && l.mono < c.deadline
			}
			return l.mono < c.deadline
		}
	}
	return false
}
