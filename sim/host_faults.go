package sim

import (
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/network"
	"example.com/tidemark/sim/plan"
)

// strikeHosts does what a fault about hosts does; false if there is nothing that it
// could befall.
func (w *World) strikeHosts(f *plan.Fault, kind fault, e *kernel.Event) bool {
	forUs := f.ForMs * 1000
	switch kind {
	case faultOrchestratorDown, faultSourceDown, faultSinkDown:
		w.open(window{kind: kind, node: int16(f.Node), unknown: f.Unknown, fault: e.Slot}, f.ForMs)
		return true
	case faultMachineDown:
		return w.strikeMachine(f.Machine, forUs)
	case faultHostGone:
		return w.strikeGone(f)
	case faultOrphan, faultHostDown:
		w.open(window{kind: kind, fault: e.Slot}, f.ForMs)
		return true
	}
	struck := false
	for at := range w.hosting.places {
		if w.meant(f, &w.hosting.places[at]) && w.strikePlace(f, kind, int32(at)) {
			struck = true
		}
	}
	return struck
}

// meant reports whether a fault is about a host: about the remote one with its
// number, or about the managed ones of its object.
func (w *World) meant(f *plan.Fault, p *place) bool {
	if f.Remote > 0 {
		return p.id == remoteID(f.Remote)
	}
	return !p.remote && p.id.Object == userID(f.Slot)
}

func (w *World) strikePlace(f *plan.Fault, kind fault, at int32) bool {
	p := &w.hosting.places[at]
	forUs := f.ForMs * 1000
	switch kind {
	case faultHostCut:
		w.cutHost(f, int(p.machine), w.nowUs+forUs)
		return true
	case faultHostTwice:
		if w.staying(at) == 0 {
			return false
		}
		w.push(kernel.Event{AtUs: w.nowUs, Kind: evHostTwice, Slot: at, Arg: uint32(f.ForMs)})
		return true
	case faultHostReplace:
		return w.replaceProcesses(at, forUs)
	}
	struck := false
	for i := range w.hosting.processes {
		v := &w.hosting.processes[i]
		if !v.up || v.place != at {
			continue
		}
		switch {
		case kind == faultHostPause && !v.paused:
			w.pauseProcess(i, forUs)
			struck = true
		case kind == faultHostCrash && f.Effect > 0:
			v.armed = append(v.armed, armedCrash{left: int32(f.Effect), before: f.Before, forUs: forUs})
			struck = true
		case kind == faultHostCrash:
			w.crashProcess(i, forUs)
			struck = true
		}
	}
	return struck
}

// replaceProcesses starts a new process of a host; those that there were end later.
func (w *World) replaceProcesses(at int32, forUs int64) bool {
	struck := false
	for i := range w.hosting.processes {
		if v := &w.hosting.processes[i]; v.up && !v.leaving && v.place == at {
			w.endsAt(i, w.nowUs+forUs)
			struck = true
		}
	}
	w.tend(at, w.nowUs)
	return struck
}

// cutHost cuts the links between a machine and one controller, or all of them.
func (w *World) cutHost(f *plan.Fault, machine int, untilUs int64) {
	for n := range w.slots {
		if f.Node >= 0 && f.Node != n {
			continue
		}
		if f.Direction != plan.ToHosts {
			w.hosting.links.Cut(n, machine, network.ToController, untilUs)
		}
		if f.Direction != plan.ToController {
			w.hosting.links.Cut(n, machine, network.ToHosts, untilUs)
		}
	}
}

// strikeMachine stops everything that runs on a machine at once; it all starts again
// together.
func (w *World) strikeMachine(machine int, forUs int64) bool {
	h := &w.hosting
	machine %= len(h.machines)
	h.machines[machine].downUntilUs = max(h.machines[machine].downUntilUs, w.nowUs+forUs)
	struck := false
	for n := range w.slots {
		if n%len(h.machines) == machine && w.nodes[n].up {
			w.crash(n)
			w.schedule(n, w.nowUs+max(forUs, 1))
			struck = true
		}
	}
	for i := range h.processes {
		if v := &h.processes[i]; v.up && int(h.places[v.place].machine) == machine {
			w.endProcess(i)
			struck = true
		}
	}
	return struck
}

// strikeGone takes a remote host away for good.
func (w *World) strikeGone(f *plan.Fault) bool {
	struck := false
	for at := range w.hosting.places {
		p := &w.hosting.places[at]
		if f.Remote == 0 || p.id != remoteID(f.Remote) || p.gone {
			continue
		}
		p.gone, struck = true, true
		w.unstartPlace(int32(at))
		for i := range w.hosting.processes {
			if v := &w.hosting.processes[i]; v.up && int(v.place) == at {
				w.endProcess(i)
			}
		}
	}
	return struck
}

// hostWindow is until when a fault of this kind lies over a host; in the past if none
// does.
func (w *World) hostWindow(p *place, kind fault) int64 {
	until := int64(0)
	for i := range w.windows {
		v := &w.windows[i]
		if v.kind != kind {
			continue
		}
		if f := &w.plan.Faults[v.fault]; w.meant(f, p) {
			until = max(until, (f.AtMs+f.ForMs)*1000)
		}
	}
	return until
}

// mayStart is when a host may start a process, at the earliest.
func (w *World) mayStart(p *place) int64 {
	return max(p.downUntilUs, w.hosting.machines[p.machine].downUntilUs, w.hostWindow(p, faultHostDown))
}

// healHosts ends what goes wrong with hosts: what is down is started, paused
// processes come back as they are, links work. Processes that should not be there
// end when they were to.
func (w *World) healHosts() {
	h := &w.hosting
	h.links.Heal()
	for i := range h.machines {
		h.machines[i].downUntilUs = 0
	}
	for i := range h.processes {
		h.processes[i].armed = h.processes[i].armed[:0]
		w.thawProcess(i)
	}
	for at := range h.places {
		p := &h.places[at]
		p.downUntilUs = 0
		if p.startsUs > w.nowUs {
			w.unstartPlace(int32(at))
		}
		w.tend(int32(at), w.nowUs)
	}
}
