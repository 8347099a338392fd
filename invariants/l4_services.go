package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
)

// service is the epoch that the orchestrator has recorded for a managed host.
type service struct {
	host  core.HostID
	epoch uint64
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
