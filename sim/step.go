package sim

import (
	"fmt"
	"runtime"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/kernel"
)

// stepNode gives w.input to node n's controller and releases the effects that
// follow, one by one. kind is how the input is observed (KindNone: not at all).
// It returns the number of effects.
func (w *World) stepNode(n int, kind invariants.Kind) int {
	nd := &w.nodes[n]
	now := w.now(n)
	if w.tracing() {
		w.traceInput(n)
	}
	w.effects.Reset()
	if message := step(&nd.core, now, &w.input, &w.effects); message != "" {
		w.panicked(n, message)
		return 0
	}
	if w.shadow.left > 0 && w.shadow.node == n && !w.stepShadow(now) {
		w.contradicted(n, "what was restored of it goes on in another way")
	}
	nd.epoch = nd.core.Epoch()
	if nd.epoch < w.stash.Epoch() && nd.epoch > 0 {
		w.faults[faultZombieStep]++
	}
	if w.o.Record != nil {
		r := w.recordOf(RecordStepped, n)
		r.Core, r.Now = &nd.core, now
		w.o.Record(r)
	}
	if w.observing() {
		w.observeStep(n, now, kind)
		if reconsiders(nd.steps) {
			w.reconsider(n, now)
		}
	}
	if nd.core.Phase() == core.PhaseHalted && !nd.halted {
		w.halted(n)
	}
	count := w.effects.Len()
	if w.releaseAll(n) {
		nd.steps++
		if saves(nd.steps) {
			w.saveAndLoad(n)
		}
		if nd.up {
			w.armWake(n)
		}
	}
	return count
}

// step is one step of the core with its panics caught; the message is empty if
// there was none (C-4 says that there never is).
func step(c *core.Controller, now clock.Now, in *core.Input, out *core.Effects) (message string) {
	defer func() {
		if cause := recover(); cause != nil {
			message = panicMessage(cause)
		}
	}()
	c.Step(now, in, out)
	return ""
}

// panicMessage says what a panic that is being recovered said, and where.
func panicMessage(cause any) string { return fmt.Sprintf("%v at %s", cause, panicSite()) }

// panicSite is the innermost place in the module at which the panic that is being
// recovered was raised.
func panicSite() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	for {
		f, more := frames.Next()
		if i := strings.LastIndex(f.Function, "/core"); i >= 0 {
			file := f.File[strings.LastIndexByte(f.File, '/')+1:]
			return fmt.Sprintf("%s:%d", file, f.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}

// panicked is the end of a process whose core panicked.
func (w *World) panicked(n int, message string) {
	if w.tracing() {
		w.traceNode(RecordPanicked, n, "panicked: "+message)
	}
	if w.observing() {
		o := w.observation(invariants.Panicked, n)
		o.Message = message
		w.observe(o)
	}
	w.crash(n)
	if !w.healed || !w.otherRuns(n) {
		w.schedule(n, w.nowUs+second)
	}
}

// halted notes that the controller has just halted; its process exits soon and
// answers what still comes until then.
func (w *World) halted(n int) {
	nd := &w.nodes[n]
	nd.halted = true
	w.noteHalt(n)
	k := w.draws.Key(n, bootCause, nd.boots)
	w.push(kernel.Event{AtUs: w.nowUs + 1 + int64(k.N(drawPhase, 2*second)), Kind: evExit,
		Node: int16(n), Gen: nd.lifeGen})
}

// noteHalt says that and why the controller has halted.
func (w *World) noteHalt(n int) {
	w.nodes[n].core.View(&w.view)
	w.counter.Halts++
	if w.tracing() {
		w.traceHalt(n)
	}
	if w.observing() {
		o := w.observation(invariants.Halted, n)
		o.View = &w.view
		w.observe(o)
		if kept := w.nodes[n].core.Kept(); kept > 0 {
			w.contradicted(n, fmt.Sprintf("it has halted, and keeps %d things that it will never need", kept))
		}
	}
}

// releaseAll lets the step's effects out one by one. A crash may fall before,
// between and after any of them; false if one did.
func (w *World) releaseAll(n int) bool {
	nd := &w.nodes[n]
	for i := 0; i < w.effects.Len(); i++ {
		eff := w.effects.At(i)
		if len(nd.armed) == 0 {
			w.release(n, eff)
			continue
		}
		hit := w.hitByCrash(n)
		if hit == nil {
			w.release(n, eff)
			continue
		}
		forUs := hit.forUs
		if !hit.before {
			w.release(n, eff)
		}
		w.dropArmed(n, hit)
		w.faults[faultCrashAtEffect]++
		if nd.core.Phase() != core.PhaseRunning {
			w.faults[faultCrashInBoot]++
		}
		w.crash(n)
		w.schedule(n, w.nowUs+max(forUs, 1))
		return false
	}
	return true
}

// hitByCrash counts an effect down on the armed crashes and returns the one that
// it sets off.
func (w *World) hitByCrash(n int) *armedCrash {
	armed := w.nodes[n].armed
	var hit *armedCrash
	for i := range armed {
		armed[i].left--
		if armed[i].left <= 0 && hit == nil {
			hit = &armed[i]
		}
	}
	return hit
}

func (w *World) dropArmed(n int, hit *armedCrash) {
	nd := &w.nodes[n]
	kept := nd.armed[:0]
	for i := range nd.armed {
		if &nd.armed[i] != hit {
			kept = append(kept, nd.armed[i])
		}
	}
	nd.armed = kept
}

// announce says that an effect leaves.
func (w *World) announce(n int, eff *core.Effect) {
	w.hashEffect(n, eff)
	if w.tracing() {
		w.traceEffect(n, eff)
	}
	if w.observing() {
		kind := invariants.Issued
		if eff.Kind == core.EffectRespond {
			kind = invariants.Responded
		}
		o := w.observation(kind, n)
		o.Effect = eff
		if kind == invariants.Responded {
			o.Response = &eff.Response
		}
		w.observe(o)
	}
}

// release lets one effect take its way into the world.
func (w *World) release(n int, eff *core.Effect) {
	w.announce(n, eff)
	switch eff.Kind {
	case core.EffectPersist:
		w.issuePersist(n, eff)
	case core.EffectStash:
		w.issueStash(n, eff)
	case core.EffectRespond:
		w.sendReply(n, &eff.Response)
	case core.EffectHost:
		w.issueHost(n, eff)
	case core.EffectOrchestrator:
		w.issueOrchestrator(n, eff)
	case core.EffectNone, core.EffectKindCount:
	}
}

// wakeCause marks draws about the wake for an instant.
const wakeCause = 0x77616b65

// armWake sees to it that the controller is woken when it wants to be. A pending
// wake that comes no later is left in place and looks again when it comes.
func (w *World) armWake(n int) {
	nd := &w.nodes[n]
	next := nd.core.NextWake()
	if nd.wakeUs >= 0 && nd.wakeFor == next {
		return
	}
	at, ok := w.clocks[n].WhenMono(next, nd.startUs)
	if !ok {
		return
	}
	at = max(at, w.nowUs)
	if w.input.Kind == core.InputWake {
		// A machine that wants to go on at once after a wake must not stop time.
		at = max(at, w.nowUs+1)
	}
	if nd.wakeUs >= 0 && nd.wakeUs <= at {
		return
	}
	if w.rates[drawWakeLate] > 0 || len(w.pins) > 0 {
		k := w.draws.Key(n, mix(wakeCause, uint64(next)), nd.boots)
		if w.happens(&k, drawWakeLate) {
			at += int64(k.N(drawLate, w.lateUs))
		}
	}
	nd.wakeGen++
	nd.wakeUs, nd.wakeFor = at, next
	w.push(kernel.Event{AtUs: at, Kind: evWake, Node: int16(n), Gen: nd.wakeGen})
}

// spurious is the Arg of a wake that nobody asked for.
const spurious = 1

// deliverWake wakes a controller, if there is still something to wake it for.
func (w *World) deliverWake(e *kernel.Event) {
	n := int(e.Node)
	nd := &w.nodes[n]
	if !nd.up || e.Arg != spurious && e.Gen != nd.wakeGen || e.Arg == spurious && e.Gen != nd.lifeGen {
		return
	}
	if w.waits(e) {
		return
	}
	if e.Arg != spurious {
		nd.wakeUs = -1
		next := nd.core.NextWake()
		if next > w.clocks[n].Mono(w.nowUs, nd.startUs) {
			w.input.Kind = core.InputNone
			w.armWake(n)
			return
		}
	}
	w.input.Kind = core.InputWake
	w.input.Cause = 0
	w.happened(e)
	w.woken(n)
	if w.stepNode(n, invariants.KindNone) > 0 {
		w.events++
	}
}

// spuriously wakes the controller some time after an input, if the plan has that.
func (w *World) spuriously(n int, cause core.Cause) {
	if !w.spurious {
		return
	}
	key := mix(uint64(cause), wakeCause)
	k := w.draws.Key(n, key, w.nth.Next(key+uint64(n)))
	if w.happens(&k, drawWakeSpurious) {
		w.push(kernel.Event{AtUs: w.nowUs + int64(k.N(drawSpuriousAfter, 50*millisecond)), Kind: evWake,
			Node: int16(n), Gen: w.nodes[n].lifeGen, Arg: spurious})
	}
}

// mix folds two words into a key.
func mix(a, b uint64) uint64 {
	a = (a ^ b*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd
	return a ^ a>>32
}
