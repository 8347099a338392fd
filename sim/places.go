package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/flat"
	simclock "example.com/tidemark/sim/clock"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/network"
	"example.com/tidemark/sim/orchestratorfake"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/sinkfake"
	"example.com/tidemark/sim/sourcefake"
)

// hosting is everything that storage hosts are made of: the orchestrator, the
// machines, the hosts' processes, the sessions with them, and the external systems
// that they talk to. In a plan without hosts all of it stays empty.
type hosting struct {
	orchestrator orchestratorfake.Store
	sources      sourcefake.Store
	sinks        sinkfake.Store

	machines   []machine
	places     []place
	placeIndex flat.Index
	processes  []process
	// idle are the positions of processes that are no more; their memory is used again.
	idle []uint32
	// processCount counts the processes of a run, accepted the sessions taken on.
	processCount, accepted uint32

	links        network.Links
	sessions     flat.Slab[session]
	active       []uint32
	sessionIndex flat.Index
	messages     flat.Slab[message]

	orchestratorCalls flat.Slab[orchestratorCall]
	sourceCalls       flat.Slab[sourceCall]
	sinkCalls         flat.Slab[sinkCall]
	// said is how much of each source the judges have been told of, connections what
	// the sources are called.
	said        []heard
	connections []string
}

type heard struct {
	records  int32
	finished bool
}

// machine is what hosts run on.
type machine struct {
	clock simclock.Clock
	jumps []simclock.Jump
	// downUntilUs: nothing starts on it before.
	downUntilUs int64
}

// place is a host as such: what may have a process, or for a while two of them.
type place struct {
	id core.HostID
	// key is what its draws are keyed by.
	key     uint64
	machine int16
	remote  bool
	// gone hosts never come back.
	gone bool
	// copies counts the processes that it ever had.
	copies uint32
	// startsUs is when its next process starts (−1: none is to), startGen tells a start
	// that was called off. Nothing starts before downUntilUs.
	startsUs    int64
	downUntilUs int64
	startGen    uint32
}

func (w *World) resetHosting() {
	h := &w.hosting
	h.orchestrator.Reset()
	h.sinks.Reset()
	h.sources.Reset()
	h.places, h.active, h.said, h.connections = h.places[:0], h.active[:0], h.said[:0], h.connections[:0]
	h.placeIndex.Reset()
	h.sessionIndex.Reset()
	h.sessions.Reset()
	h.messages.Reset()
	h.orchestratorCalls.Reset()
	h.sourceCalls.Reset()
	h.sinkCalls.Reset()
	h.idle = h.idle[:0]
	for i := len(h.processes) - 1; i >= 0; i-- {
		w.clearProcess(i)
		h.idle = append(h.idle, uint32(i))
	}
	h.processCount, h.accepted = 0, 0
	w.resetMachines()
	h.links.Reset(nodeCount, len(h.machines))
	w.addSources()
	w.startRemotes()
}

// resetMachines makes the plan's machines, or a single one.
func (w *World) resetMachines() {
	h := &w.hosting
	n := max(len(w.plan.Machines), 1)
	for len(h.machines) < n {
		h.machines = append(h.machines, machine{})
	}
	h.machines = h.machines[:n]
	for i := range h.machines {
		m := &h.machines[i]
		*m = machine{clock: w.calmClock(), jumps: m.jumps[:0]}
		if len(w.plan.Machines) == 0 {
			continue
		}
		p := &w.plan.Machines[i]
		m.clock.OffsetMs, m.clock.DriftPpm = p.OffsetMs, p.DriftPpm
		for _, j := range p.Jumps {
			m.jumps = append(m.jumps, simclock.Jump{AtUs: j.AtMs * 1000, ByMs: j.ByMs})
			if j.AtMs*1000 < w.calmUs {
				w.faults[faultClockJump]++
			}
		}
		sortJumps(m.jumps)
		m.clock.Jumps = m.jumps
	}
}

// remoteID is the id of the remote host with a number.
func remoteID(n int) core.HostID { return core.HostID{Address: plan.RemoteAddress(n)} }

// startRemotes makes every remote host that the plan speaks of and starts it at
// once: nobody here starts or stops it later.
func (w *World) startRemotes() {
	for i := range w.plan.Ops {
		w.startRemotesOf(&w.plan.Ops[i])
	}
	for i := range w.plan.Loops {
		w.startRemotesOf(&w.plan.Loops[i].Op)
	}
}

func (w *World) startRemotesOf(op *plan.Operation) {
	for i := range op.Parts {
		if n := op.Parts[i].Remote; n > 0 {
			at := w.place(remoteID(n))
			if p := &w.hosting.places[at]; p.startsUs < 0 {
				p.machine = int16((n - 1) % len(w.hosting.machines))
				w.startPlace(at, 0)
			}
		}
	}
}

// hostDomain separates the keys of hosts from other uses of the mixer.
const hostDomain = 0x686f7374

// hostKey is a number that stands for a host.
func hostKey(id core.HostID) uint64 {
	m := digest.New(hostDomain)
	m.U64(uint64(id.Object.Kind)<<56 ^ id.Object.N)
	m.U64(uint64(id.Size))
	m.String(id.Address)
	return m.Sum().Lo
}

// place is where a host is kept; one that is new is made.
func (w *World) place(id core.HostID) int32 {
	h := &w.hosting
	key := hostKey(id)
	i, ok := h.placeIndex.Get(key)
	if !ok {
		i = uint32(len(h.places))
		h.places = append(h.places, place{id: id, key: key, remote: id.Address != "",
			machine: int16(key % uint64(len(h.machines))), startsUs: -1})
		h.placeIndex.Put(key, i)
	}
	return int32(i)
}

// startPlace has a process of a host start some time after atUs.
func (w *World) startPlace(at int32, atUs int64) {
	p := &w.hosting.places[at]
	k := w.draws.Key(nobody, mix(p.key, startSalt), int(p.copies))
	delay := drawAs(&w.plan.Latency.Start, &k, drawStart)
	if w.happens(&k, drawHostSlowStart) {
		delay = delay*w.slow + int64(k.N(drawLate, w.lateUs))
	}
	p.startGen++
	p.startsUs = max(atUs+delay, w.mayStart(p))
	w.push(kernel.Event{AtUs: p.startsUs, Kind: evHostStart, Slot: at, Gen: p.startGen})
}

const startSalt = 0x7374617274

// unstartPlace calls a planned start off.
func (w *World) unstartPlace(at int32) {
	p := &w.hosting.places[at]
	p.startGen++
	p.startsUs = -1
}

// hostStarts is a host's process starting, unless it may not yet.
func (w *World) hostStarts(e *kernel.Event) {
	p := &w.hosting.places[e.Slot]
	if e.Gen != p.startGen {
		return
	}
	if until := w.mayStart(p); until > w.nowUs {
		p.startsUs = until
		e.AtUs = until
		w.push(*e)
		return
	}
	p.startsUs = -1
	w.bootProcess(e.Slot, e)
}

// tend sees to it that a host that is to run has a process, atUs at the earliest.
// Those that are about to leave do not count.
func (w *World) tend(at int32, atUs int64) {
	p := &w.hosting.places[at]
	if !w.wanted(p) || p.startsUs >= 0 || w.staying(at) > 0 {
		return
	}
	w.startPlace(at, atUs)
}

// wanted reports whether a host is to run: remote ones always are.
func (w *World) wanted(p *place) bool {
	if p.remote {
		return !p.gone
	}
	return w.hosting.orchestrator.Wanted(p.id)
}

// staying counts a host's processes that are not about to leave.
func (w *World) staying(at int32) int {
	n := 0
	for i := range w.hosting.processes {
		if v := &w.hosting.processes[i]; v.up && !v.leaving && v.place == at {
			n++
		}
	}
	return n
}

// copyFrom makes h an independent copy of src, reusing h's memory.
func (h *hosting) copyFrom(src *hosting) {
	h.orchestrator.CopyFrom(&src.orchestrator)
	h.sources.CopyFrom(&src.sources)
	h.sinks.CopyFrom(&src.sinks)
	h.copyMachines(src)
	h.places = append(h.places[:0], src.places...)
	h.placeIndex.CopyFrom(&src.placeIndex)
	for len(h.processes) < len(src.processes) {
		h.processes = append(h.processes, process{})
	}
	h.processes = h.processes[:len(src.processes)]
	for i := range h.processes {
		h.processes[i].copyFrom(&src.processes[i])
	}
	h.idle = append(h.idle[:0], src.idle...)
	h.processCount, h.accepted = src.processCount, src.accepted
	h.links.CopyFrom(&src.links)
	h.sessions.CopyFrom(&src.sessions)
	h.active = append(h.active[:0], src.active...)
	h.sessionIndex.CopyFrom(&src.sessionIndex)
	h.messages.CopyFrom(&src.messages)
	h.orchestratorCalls.CopyFrom(&src.orchestratorCalls)
	h.sourceCalls.CopyFrom(&src.sourceCalls)
	h.sinkCalls.CopyFrom(&src.sinkCalls)
	h.said = append(h.said[:0], src.said...)
	h.connections = append(h.connections[:0], src.connections...)
}

func (h *hosting) copyMachines(src *hosting) {
	for len(h.machines) < len(src.machines) {
		h.machines = append(h.machines, machine{})
	}
	h.machines = h.machines[:len(src.machines)]
	for i := range h.machines {
		m, from := &h.machines[i], &src.machines[i]
		jumps := append(m.jumps[:0], from.jumps...)
		*m = *from
		m.jumps, m.clock.Jumps = jumps, jumps
	}
}
