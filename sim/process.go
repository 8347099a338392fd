package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/kernel"
)

// process is one process of a storage host. It runs the pure machine that
// production runs; what it lost with its predecessor is lost.
type process struct {
	core  storaged.Host
	place int32
	// number counts the processes of a run, from 1; 0: there is none here.
	number uint32
	// steps counts those of this process.
	steps uint32
	// key is what its draws are keyed by: the host, and the how manieth process of it.
	key    uint64
	up     bool
	paused bool
	halted bool
	// leaving processes end soon: the orchestrator has stopped them, or another one
	// was started in their place.
	leaving bool
	startUs int64
	// wakeUs is when the pending wake is due (−1: none is), wakeFor the instant that
	// it is meant for.
	wakeUs  int64
	wakeFor clock.Instant
	wakeGen uint32
	// lifeGen tells an end or a resume that was meant for an earlier life.
	lifeGen uint32
	// accepted orders processes by the latest session that they took on; 0: none.
	accepted uint32
	// wakes in a row at one instant.
	wakes wakes
	// armed are crashes that wait for an effect, backlog is what waits for a paused
	// process, in order.
	armed   []armedCrash
	backlog []kernel.Event
}

// hostNode is the node of the i-th process: it comes behind the controllers'.
func hostNode(i int) int16 { return int16(nodeCount + i) }

// processOf is the process of an event or a call that is not a controller's.
func (w *World) processOf(node int16) *process { return &w.hosting.processes[node-nodeCount] }

func (w *World) clearProcess(i int) {
	p := &w.hosting.processes[i]
	p.core.CopyFrom(&w.blankHost)
	*p = process{core: p.core, lifeGen: p.lifeGen + 1, wakeGen: p.wakeGen + 1, wakeUs: -1,
		armed: p.armed[:0], backlog: p.backlog[:0]}
}

func (p *process) copyFrom(src *process) {
	core, armed, backlog := &p.core, p.armed, p.backlog
	core.CopyFrom(&src.core)
	kept := *core
	*p = *src
	p.core = kept
	p.armed = append(armed[:0], src.armed...)
	p.backlog = append(backlog[:0], src.backlog...)
}

// bootProcess starts a process of a host.
func (w *World) bootProcess(at int32, e *kernel.Event) int {
	h := &w.hosting
	if len(h.idle) == 0 {
		h.processes = append(h.processes, process{})
		h.idle = append(h.idle, uint32(len(h.processes)-1))
	}
	i := int(h.idle[len(h.idle)-1])
	h.idle = h.idle[:len(h.idle)-1]
	w.clearProcess(i)
	pl, p := &h.places[at], &h.processes[i]
	if w.staying(at) > 0 {
		w.faults[faultHostTwoCopies]++
	}
	h.processCount++
	pl.copies++
	p.place, p.number, p.up, p.startUs = at, h.processCount, true, w.nowUs
	p.key = mix(pl.key, uint64(pl.copies))
	w.faults[faultHostStarted]++
	if !pl.remote {
		h.orchestrator.Started(pl.id)
	}
	k := w.draws.Key(nobody, mix(p.key, bootCause), 0)
	in := &w.hostInput
	in.Kind, in.Cause = storaged.InputBoot, core.Cause(mix(p.key, bootCause))
	in.Boot.Settings = w.hostSettings
	for j := range in.Boot.Entropy {
		in.Boot.Entropy[j] = k.U64(drawEntropy0 + kernel.Purpose(j))
	}
	w.bootClient(int(hostNode(i)), &k)
	w.happened(e)
	w.hash.U64(pl.key)
	w.events++
	w.observeProcess(invariants.HostStarted, i)
	w.stepProcess(i)
	return i
}

// endProcess ends a process at once: its calls live on, everything else of it is
// gone.
func (w *World) endProcess(i int) {
	h := &w.hosting
	p := &h.processes[i]
	if w.tracing() {
		w.traceProcess(i, "ended")
	}
	w.step++
	w.hash.U64(p.key)
	w.observeProcess(invariants.HostEnded, i)
	pl := &h.places[p.place]
	if !pl.remote {
		h.orchestrator.Ended(pl.id)
	}
	p.up = false
	w.endClient(int(hostNode(i)))
	w.loseSessionsOf(i)
	for _, e := range p.backlog {
		e.AtUs = w.nowUs
		w.push(e)
	}
	p.backlog = p.backlog[:0]
	at := p.place
	p.lifeGen++
	p.wakeGen++
	h.idle = append(h.idle, uint32(i))
	w.tend(at, w.nowUs)
}

// endsAt lets a process end later, and counts it out until then.
func (w *World) endsAt(i int, atUs int64) {
	p := &w.hosting.processes[i]
	if p.leaving {
		return
	}
	p.leaving = true
	w.push(kernel.Event{AtUs: max(atUs, w.nowUs), Kind: evHostEnd, Node: hostNode(i), Gen: p.number})
}

func (w *World) hostEnds(e *kernel.Event) {
	if p := w.processOf(e.Node); p.up && p.number == e.Gen {
		w.happened(e)
		w.endProcess(int(e.Node) - nodeCount)
	}
}

// hostNow is what a process is told of the time.
func (w *World) hostNow(p *process) clock.Now {
	c := &w.hosting.machines[w.hosting.places[p.place].machine].clock
	return clock.Now{Mono: c.Mono(w.nowUs, p.startUs), Wall: c.Wall(w.nowUs)}
}

// stepProcess gives w.hostInput to a process and releases the effects that follow,
// one by one; false if it is no more afterwards. It returns with the number of
// effects in w.hostEffects.
func (w *World) stepProcess(i int) bool {
	p := &w.hosting.processes[i]
	now := w.hostNow(p)
	if w.tracing() {
		w.traceHostInput(i)
	}
	w.hostEffects.Reset()
	if message := stepHost(&p.core, now, &w.hostInput, &w.hostEffects); message != "" {
		w.hostPanicked(i, message)
		return false
	}
	if w.observing() {
		w.observeHostStep(i)
		if reconsiders(p.steps) {
			w.reconsiderHost(i, now)
		}
	}
	for j := 0; j < w.hostEffects.Len(); j++ {
		if !w.releaseFromHost(i, w.hostEffects.At(j)) {
			return false
		}
	}
	p = &w.hosting.processes[i]
	if !p.halted {
		p.core.View(&w.hostView)
		if w.hostView.Phase == storaged.PhaseHalted {
			w.hostHalted(i)
		}
	}
	if p.steps++; saves(p.steps) {
		w.saveAndLoadHost(i)
	}
	w.armHostWake(i)
	return true
}

// stepHost is one step of a host with its panics caught (C-4).
func stepHost(h *storaged.Host, now clock.Now, in *storaged.Input, out *storaged.Effects) (message string) {
	defer func() {
		if cause := recover(); cause != nil {
			message = panicMessage(cause)
		}
	}()
	h.Step(now, in, out)
	return ""
}

func (w *World) hostPanicked(i int, message string) {
	if w.tracing() {
		w.traceProcess(i, "panicked: "+message)
	}
	if w.observing() {
		o := w.observation(invariants.Panicked, nobody)
		o.Message = message
		w.hosted(o, i)
		w.observe(o)
	}
	w.endProcess(i)
}

// hostHalted lets a process that has halted end itself soon.
func (w *World) hostHalted(i int) {
	p := &w.hosting.processes[i]
	p.halted = true
	if w.tracing() {
		w.traceProcess(i, "halted: "+w.hostView.Halt.Code.String()+" at "+w.hostView.Halt.Where)
	}
	w.observeProcess(invariants.HostHalted, i)
	k := w.draws.Key(nobody, mix(p.key, bootCause), 1)
	w.endsAt(i, w.nowUs+1+int64(k.N(drawPhase, second)))
}

// armHostWake sees to it that a process is woken when it wants to be, like armWake.
func (w *World) armHostWake(i int) {
	p := &w.hosting.processes[i]
	next := p.core.NextWake()
	if p.wakeUs >= 0 && p.wakeFor == next {
		return
	}
	c := &w.hosting.machines[w.hosting.places[p.place].machine].clock
	at, ok := c.WhenMono(next, p.startUs)
	if !ok {
		return
	}
	at = max(at, w.nowUs)
	if w.hostInput.Kind == storaged.InputWake {
		at = max(at, w.nowUs+1)
	}
	if p.wakeUs >= 0 && p.wakeUs <= at {
		return
	}
	if w.rates[drawWakeLate] > 0 || len(w.pins) > 0 {
		k := w.draws.Key(nobody, mix(mix(wakeCause, uint64(next)), p.key), 0)
		if w.happens(&k, drawWakeLate) {
			at += int64(k.N(drawLate, w.lateUs))
		}
	}
	p.wakeGen++
	p.wakeUs, p.wakeFor = at, next
	w.push(kernel.Event{AtUs: at, Kind: evHostWake, Node: hostNode(i), Gen: p.wakeGen})
}

// wakeHost wakes a process, if there is still something to wake it for.
func (w *World) wakeHost(e *kernel.Event) {
	p := w.processOf(e.Node)
	if !p.up || e.Gen != p.wakeGen || w.waits(e) {
		return
	}
	i := int(e.Node) - nodeCount
	p.wakeUs = -1
	if p.core.NextWake() > w.hostNow(p).Mono {
		w.hostInput.Kind = storaged.InputNone
		w.armHostWake(i)
		return
	}
	w.hostInput.Kind, w.hostInput.Cause = storaged.InputWake, 0
	w.happened(e)
	w.hash.U64(p.key)
	w.wokenAgain(&p.wakes, int(e.Node))
	w.stepProcess(i)
	if w.hostEffects.Len() > 0 {
		w.events++
	}
}

// pauseProcess stops a process for a while.
func (w *World) pauseProcess(i int, forUs int64) {
	p := &w.hosting.processes[i]
	p.paused = true
	p.lifeGen++
	w.push(kernel.Event{AtUs: w.nowUs + forUs, Kind: evHostResume, Node: hostNode(i), Gen: p.lifeGen})
	w.observeProcess(invariants.HostPaused, i)
	if w.tracing() {
		w.traceProcess(i, "paused")
	}
}

func (w *World) hostResumes(e *kernel.Event) {
	if p := w.processOf(e.Node); p.up && p.lifeGen == e.Gen {
		w.thawProcess(int(e.Node) - nodeCount)
	}
}

// thawProcess lets a paused process go on with what has waited for it.
func (w *World) thawProcess(i int) {
	p := &w.hosting.processes[i]
	if !p.up || !p.paused {
		return
	}
	p.paused = false
	p.lifeGen++
	if p.leaving || w.staying(p.place) > 1 {
		w.faults[faultHostZombie]++
	}
	for _, e := range p.backlog {
		e.AtUs = w.nowUs
		w.push(e)
	}
	p.backlog = p.backlog[:0]
	w.observeProcess(invariants.HostResumed, i)
	if w.tracing() {
		w.traceProcess(i, "resumed")
	}
}
