package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/invariants"
	simclock "example.com/tidemark/sim/clock"
	"example.com/tidemark/sim/kernel"
)

// node is one controller slot: at most one process runs in it at a time.
type node struct {
	core core.Controller
	up   bool
	// halted processes still answer, until they exit.
	halted bool
	paused bool
	// incarnation counts over all nodes, boots counts this node's own; what is drawn
	// for a process is keyed by boots, so that another node's crashes do not change it.
	incarnation uint32
	boots       int
	// steps counts those of this incarnation.
	steps   uint32
	startUs int64
	// epoch as of the latest step; 0 before the take-over.
	epoch uint64
	// wakeUs is when the pending wake is due (−1: none is), wakeFor the instant that
	// it is meant for. An earlier one replaces it by wakeGen.
	wakeUs  int64
	wakeFor clock.Instant
	wakeGen uint32
	// startsUs is when the supervisor starts it next (−1: it does not), startGen
	// tells a start that was called off; lifeGen does the same for exit and resume.
	startsUs int64
	startGen uint32
	lifeGen  uint32
	// armed are crashes that wait for an effect.
	armed []armedCrash
	// heard is what the clocks showed at heardUs of a process started at heardStartUs.
	heard                 clock.Now
	heardUs, heardStartUs int64
	// backlog is what waits for a paused process, in order.
	backlog []kernel.Event
}

// armedCrash kills the process when it releases its left-th effect from now.
type armedCrash struct {
	left   int32
	before bool
	forUs  int64
}

// resetNodes puts all slots into the state before the run. Supervisors of a halted
// process wait so long.
func (w *World) resetNodes() {
	for n := range w.nodes {
		nd := &w.nodes[n]
		nd.core.CopyFrom(&w.blank)
		*nd = node{core: nd.core, wakeUs: -1, startsUs: -1, heardUs: -1, armed: nd.armed[:0], backlog: nd.backlog[:0]}
		w.clocks[n] = w.calmClock()
		w.jumps[n] = w.jumps[n][:0]
	}
	w.nodes[0].startsUs = 0
	for i := range w.plan.Clocks {
		c := &w.plan.Clocks[i]
		if !w.isNode(c.Node) {
			continue
		}
		for _, j := range c.Jumps {
			w.jumps[c.Node] = append(w.jumps[c.Node], simclock.Jump{AtUs: j.AtMs * 1000, ByMs: j.ByMs})
		}
		w.clocks[c.Node] = w.calmClock()
		w.clocks[c.Node].OffsetMs, w.clocks[c.Node].DriftPpm = c.OffsetMs, c.DriftPpm
	}
	for n := range w.clocks {
		sortJumps(w.jumps[n])
		w.clocks[n].Jumps = w.jumps[n]
		for _, j := range w.jumps[n] {
			if j.AtUs < w.calmUs {
				w.faults[faultClockJump]++
			}
		}
	}
}

// now is what node n is told of the time.
func (w *World) now(n int) clock.Now {
	nd := &w.nodes[n]
	if nd.heardUs != w.nowUs || nd.heardStartUs != nd.startUs {
		c := &w.clocks[n]
		nd.heardUs, nd.heardStartUs = w.nowUs, nd.startUs
		nd.heard = clock.Now{Mono: c.Mono(w.nowUs, nd.startUs), Wall: c.Wall(w.nowUs)}
	}
	return nd.heard
}

// schedule has the supervisor start node n.
func (w *World) schedule(n int, atUs int64) {
	nd := &w.nodes[n]
	nd.startGen++
	nd.startsUs = atUs
	w.push(kernel.Event{AtUs: atUs, Kind: evStart, Node: int16(n), Gen: nd.startGen})
}

// unschedule calls a planned start off.
func (w *World) unschedule(n int) {
	w.nodes[n].startGen++
	w.nodes[n].startsUs = -1
}

// restartHaltedUs is how often the supervisor of a halted process looks whether
// the other one still runs.
const restartHaltedUs = 5 * second

// startNode is the supervisor starting a process, unless it runs already or, for
// one that had halted (Arg 1), while another runs: two that start each other out
// of office for ever would serve nobody.
func (w *World) startNode(e *kernel.Event) {
	n := int(e.Node)
	nd := &w.nodes[n]
	if e.Gen != nd.startGen || nd.up {
		return
	}
	if e.Arg == 1 && w.otherRuns(n) {
		w.scheduleHalted(n, w.nowUs+restartHaltedUs)
		return
	}
	nd.startsUs = -1
	w.boot(n, e)
}

func (w *World) scheduleHalted(n int, atUs int64) {
	nd := &w.nodes[n]
	nd.startGen++
	nd.startsUs = atUs
	w.push(kernel.Event{AtUs: atUs, Kind: evStart, Node: int16(n), Gen: nd.startGen, Arg: 1})
}

func (w *World) otherRuns(n int) bool {
	for i := range w.nodes {
		if o := &w.nodes[i]; i != n && o.up && !o.halted {
			return true
		}
	}
	return false
}

// bootCause marks draws and effects that a process's start leads to.
const bootCause = 0x626f6f74

func (w *World) boot(n int, e *kernel.Event) {
	nd := &w.nodes[n]
	w.incarnations++
	nd.core.CopyFrom(&w.blank)
	nd.up, nd.halted, nd.paused, nd.epoch = true, false, false, 0
	nd.incarnation, nd.startUs = w.incarnations, w.nowUs
	nd.boots++
	nd.steps = 0
	nd.lifeGen++
	nd.wakeGen++
	nd.wakeUs = -1
	w.counter.Boots++
	w.fillBoot(n)
	k := w.draws.Key(n, bootCause, nd.boots)
	w.bootClient(n, &k)
	w.happened(e)
	w.events++
	w.stepNode(n, invariants.Booted)
}

// fillBoot makes the boot input of node n's current incarnation.
func (w *World) fillBoot(n int) {
	nd := &w.nodes[n]
	k := w.draws.Key(n, bootCause, nd.boots)
	w.input.Kind = core.InputBoot
	w.input.Cause = core.Cause(mix(bootCause, uint64(n)<<32|uint64(nd.boots)))
	w.input.Boot.Config = w.config
	for i := range w.input.Boot.Entropy {
		w.input.Boot.Entropy[i] = k.U64(drawEntropy0 + kernel.Purpose(i))
	}
}

// crash ends node n's process at once: what was released lives on, everything else
// of it is gone.
func (w *World) crash(n int) {
	nd := &w.nodes[n]
	if w.tracing() {
		w.traceNode(RecordCrashed, n, "crashed")
	}
	w.endShadow(n)
	nd.up, nd.halted = false, false
	nd.lifeGen++
	nd.wakeGen++
	nd.wakeUs = -1
	w.step++
	w.hash.U64(uint64(n) + 1)
	w.net.ResetNode(n)
	w.endClient(n)
	w.drainBacklog(n)
	w.noticeCrash(n)
	w.loseSessionsFrom(n)
	if w.observing() {
		w.observe(w.observation(invariants.Crashed, n))
	}
}

// drainBacklog lets what waited for a paused process find out that it is gone.
func (w *World) drainBacklog(n int) {
	nd := &w.nodes[n]
	nd.paused = false
	for i := range nd.backlog {
		e := nd.backlog[i]
		e.AtUs = w.nowUs
		w.push(e)
	}
	nd.backlog = nd.backlog[:0]
}

// thaw lets a paused process go on with what has waited for it.
func (w *World) thaw(n int) {
	nd := &w.nodes[n]
	if nd.paused {
		nd.lifeGen++
		w.drainBacklog(n)
		if w.tracing() {
			w.traceNode(RecordResumed, n, "resumed")
		}
	}
}

func (w *World) resumeNode(e *kernel.Event) {
	if e.Gen == w.nodes[e.Node].lifeGen {
		w.thaw(int(e.Node))
	}
}

// exitNode is a halted process ending itself.
func (w *World) exitNode(e *kernel.Event) {
	n := int(e.Node)
	nd := &w.nodes[n]
	if e.Gen != nd.lifeGen || !nd.up {
		return
	}
	w.faults[faultHaltedExit]++
	w.crash(n)
	if nd.startsUs < 0 {
		k := w.draws.Key(n, bootCause, nd.boots)
		w.scheduleHalted(n, w.nowUs+second+int64(k.N(drawRestartAfter, 3*second)))
	}
}

// waits reports whether an event for a node has to wait because the process is
// paused, and keeps it if so.
func (w *World) waits(e *kernel.Event) bool {
	if e.Node >= nodeCount {
		p := w.processOf(e.Node)
		if p.up && p.paused {
			p.backlog = append(p.backlog, *e)
		}
		return p.up && p.paused
	}
	nd := &w.nodes[e.Node]
	if !nd.up || !nd.paused {
		return false
	}
	nd.backlog = append(nd.backlog, *e)
	return true
}
