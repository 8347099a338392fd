package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// service is the epoch that the orchestrator has recorded for a managed host.
type service struct {
	host  core.HostID
	epoch uint64
}

// servicesListed is when a controller last asked for a list of the services.
type servicesListed struct {
	effect core.EffectID
	at     clock.Instant
	// well: it got the list in time.
	well bool
}

// l4Listed judges, when a step is over, that the services were listed within ServicesEvery
// (C-83).
func (j *Judges) l4Listed(l *life) {
	s, every := &l.services, l.config.ServicesEvery
	if s.well && !l.halted && every > 0 && l.mono >= s.at+span(every) {
		j.violate(l4, l.node, "the services were listed at %d µs, and are not listed again at %d µs, %d µs or more later", s.at, l.mono, int64(every))
		s.well = false
	}
}

// serviceCalled takes up the epoch that the orchestrator has recorded.
func (j *Judges) serviceCalled(host core.HostID, epoch uint64) {
	h := &j.hosting
	for i := range h.services {
		if h.services[i].host == host {
			h.services[i].epoch = epoch
			return
		}
	}
	h.services = append(h.services, service{host, epoch})
}

// l4Services says which services run although nothing needs them: those that an older epoch
// left behind, and those of which nobody has said that they are stopped (C-83).
func (j *Judges) l4Services(out *strings.Builder, _ int64) int {
	h, n := &j.hosting, 0
	incarnation, l := j.leader()
	if l == nil {
		return 0
	}
	for i := range j.talks {
		if t := &j.talks[i]; t.life == incarnation && t.stopping {
			j.checked[l4]++
			if n++; n == 1 {
				fmt.Fprintf(out, "the service of %v was to be stopped, and nobody has said that it is", t.host)
			}
		}
	}
	for i := range h.processes {
		p := &h.processes[i]
		if !p.up || p.host.Address != "" || p.host == (core.HostID{}) {
			continue
		}
		j.checked[l4]++
		host, live, _ := j.described(p.host.Object)
		slot := j.slotOf(p.host.Object)
		if live && host == p.host || slot >= 0 && j.things[slot].dropped && j.things[slot].stored != 0 || j.recordedFor(p.host) >= l.epoch {
			continue
		}
		if n++; n == 1 {
			fmt.Fprintf(out, "process %d of %v runs, which an older epoch has left behind and nothing needs", i, p.host)
		}
	}
	return n
}

func (j *Judges) recordedFor(host core.HostID) uint64 {
	for i := range j.hosting.services {
		if s := &j.hosting.services[i]; s.host == host {
			return s.epoch
		}
	}
	return 0
}
