package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/kernel"
)

type orchestratorCall struct {
	caller
	call   core.OrchestratorCall
	result core.OrchestratorResult
	// key and nth are what is drawn by when it takes effect.
	key uint64
	nth int
}

var orchestratorStore = store{drawOrchestratorUnknownLanded, drawOrchestratorUnknownLost, drawOrchestratorUnknownLate,
	drawOrchestratorNotDone, drawOrchestratorSlow, drawOrchestratorNeverAnswered, faultOrchestratorDown}

// issueOrchestrator sends a controller's call to the orchestrator.
func (w *World) issueOrchestrator(n int, eff *core.Effect) {
	h := &w.hosting
	key := mix(uint64(eff.Cause), uint64(eff.Orchestrator.Op)<<56^hostKey(eff.Orchestrator.Host))
	nth := w.nth.Next(key + uint64(n))
	k := w.draws.Key(n, key, nth)
	f := w.fateOf(n, &orchestratorStore, &k, draw(&w.plan.Latency.Orchestrator, &k), 0)
	if !f.applies && !f.answers {
		return
	}
	slot := h.orchestratorCalls.New()
	c := h.orchestratorCalls.At(slot)
	c.caller = caller{incarnation: w.nodes[n].incarnation, node: int16(n), forced: f.forced, effect: eff.ID, cause: eff.Cause}
	c.call, c.key, c.nth = eff.Orchestrator, key, nth
	c.refs = w.launch(&f, n, slot, evOrchestratorApply, evOrchestratorDone)
}

// applyOrchestrator lets a call take effect, whatever became of its caller.
func (w *World) applyOrchestrator(e *kernel.Event) {
	h := &w.hosting
	c := h.orchestratorCalls.At(uint32(e.Slot))
	w.happened(e)
	w.events++
	w.noteLate(&c.caller)
	before := h.orchestrator.Epoch(c.call.Host)
	h.orchestrator.Apply(&c.call, &c.result)
	w.hashOrchestratorResult(&c.call, &c.result)
	if w.tracing() {
		w.traceOrchestratorApplied(c)
	}
	if w.observing() {
		o := w.observation(invariants.OrchestratorApplied, int(c.node))
		o.Incarnation = c.incarnation
		o.EpochBefore, o.EpochAfter = before, h.orchestrator.Epoch(c.call.Host)
		v := w.hosting0(o)
		w.hostID = c.call.Host
		v.Host, v.OrchestratorCall, v.OrchestratorResult = &w.hostID, &c.call, &c.result
		w.observe(o)
	}
	if c.result.Outcome == outcome.Done {
		switch c.call.Op {
		case core.OrchestratorEnsure:
			w.ensured(c)
		case core.OrchestratorStop:
			w.stopped(c)
		default:
		}
	}
	w.dropOrchestrator(uint32(e.Slot), h.orchestratorCalls.At(uint32(e.Slot)))
}

// ensured starts a process of a service that has none, or two of them.
func (w *World) ensured(c *orchestratorCall) {
	at := w.place(c.call.Host)
	fresh := w.staying(at) == 0 && w.hosting.places[at].startsUs < 0
	w.tend(at, w.nowUs)
	k := w.draws.Key(int(c.node), c.key, c.nth)
	if fresh && w.happens(&k, drawOrchestratorTwice) {
		w.push(kernel.Event{AtUs: w.nowUs + int64(k.N(drawTwiceAfter, second)), Kind: evHostTwice, Slot: at,
			Arg: uint32(1 + w.linger(&k)/millisecond)})
	}
}

// linger is how long a process that should not be there goes on: a few seconds, or
// as long as things may be late.
func (w *World) linger(k *kernel.Key) int64 {
	return int64(k.N(drawLinger, max(w.lateUs, 5*second)))
}

// secondProcess starts a process of a host beside the one that it has. After so many
// milliseconds one of them is left.
func (w *World) secondProcess(e *kernel.Event) {
	p := &w.hosting.places[e.Slot]
	if !w.wanted(p) || w.healed || w.staying(e.Slot) == 0 {
		return
	}
	w.push(kernel.Event{AtUs: w.nowUs + int64(e.Arg)*millisecond, Kind: evHostSurplus, Slot: e.Slot})
	w.bootProcess(e.Slot, e)
}

// endSurplus leaves a host the process that was talked to last: what the other ones
// still ran, nobody could ever tell them to end.
func (w *World) endSurplus(e *kernel.Event) {
	latest := -1
	for i := range w.hosting.processes {
		p := &w.hosting.processes[i]
		if p.up && !p.leaving && p.place == e.Slot && (latest < 0 || p.accepted > w.hosting.processes[latest].accepted) {
			latest = i
		}
	}
	for i := range w.hosting.processes {
		if p := &w.hosting.processes[i]; p.up && !p.leaving && p.place == e.Slot && i != latest {
			w.happened(e)
			w.endProcess(i)
		}
	}
}

// stopped ends the processes of a service: at once, or a little later, or much later.
// An orchestrator does not say that they are gone before they are: of a stop that
// leaves one behind for long it says that it does not know.
func (w *World) stopped(c *orchestratorCall) {
	h := &w.hosting
	at := w.place(c.call.Host)
	w.unstartPlace(at)
	k := w.draws.Key(int(c.node), c.key, c.nth)
	untilUs, orphan := w.hostWindow(&h.places[at], faultOrphan), false
	switch {
	case untilUs > w.nowUs:
		orphan = true
	case w.happens(&k, drawOrchestratorOrphan):
		untilUs, orphan = w.nowUs+second+4*w.linger(&k), true
	case w.happens(&k, drawOrchestratorLateStop):
		untilUs = w.nowUs + w.linger(&k)
	}
	for i := range h.processes {
		p := &h.processes[i]
		if !p.up || p.place != at || p.leaving {
			continue
		}
		if untilUs <= w.nowUs {
			w.endProcess(i)
			continue
		}
		w.faults[faultHostLeftBehind]++
		w.endsAt(i, untilUs)
		if orphan && c.forced == outcome.None {
			c.forced = outcome.Unknown
		}
	}
}

// recheckUs is how often the orchestrator looks whether a process that it stopped is
// gone.
const recheckUs = 20 * millisecond

// deliverOrchestrator gives a call's completion to the incarnation that made it. That
// a service was stopped is said when no process of it runs any more; if it is wanted
// again meanwhile, nobody knows.
func (w *World) deliverOrchestrator(e *kernel.Event) {
	h := &w.hosting
	c := h.orchestratorCalls.At(uint32(e.Slot))
	if !w.lives(&c.caller) {
		w.faults[faultCompletionDropped]++
		w.dropOrchestrator(uint32(e.Slot), c)
		return
	}
	if c.call.Op == core.OrchestratorStop && c.forced == outcome.None && c.result.Outcome == outcome.Done && h.orchestrator.Running(c.call.Host) > 0 {
		if !h.orchestrator.Wanted(c.call.Host) {
			e.AtUs = w.nowUs + recheckUs
			w.push(*e)
			return
		}
		c.forced = outcome.Unknown
	}
	if w.waits(e) {
		return
	}
	n := int(c.node)
	w.input.Kind, w.input.Effect, w.input.Cause = core.InputOrchestratorDone, c.effect, c.cause
	w.input.Orchestrator = c.result
	if c.forced != outcome.None {
		w.input.Orchestrator = core.OrchestratorResult{Outcome: c.forced}
	}
	w.dropOrchestrator(uint32(e.Slot), c)
	w.happened(e)
	w.hash.U64(uint64(w.input.Effect)<<8 | uint64(w.input.Orchestrator.Outcome))
	w.completed.Kind, w.completed.ID, w.completed.Cause = core.EffectOrchestrator, w.input.Effect, w.input.Cause
	w.events++
	w.stepNode(n, invariants.Completed)
	w.spuriously(n, w.input.Cause)
}

func (w *World) dropOrchestrator(slot uint32, c *orchestratorCall) {
	c.refs--
	if c.refs == 0 {
		w.hosting.orchestratorCalls.Release(slot)
	}
}
