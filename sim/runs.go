package sim

import (
	"cmp"
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// run is a planned operation under way.
type run struct {
	id int32
	// index in plan.Ops, or the k-th run of a loop.
	index int32
	loop  int32
	k     int64

	attempt uint32
	// rebuilt counts how often a table writer chose new times.
	rebuilt uint8
	// open counts the requests whose answer is awaited, timers the events to come.
	open, timers uint16
	final        bool
	client       int32
	belief       belief
	// built is the request without its id; every attempt repeats it.
	built core.Request
	// waitUs is what the request itself may wait.
	waitUs int64

	// A reporter's progress: which part, at which shard upper.
	part     int32
	tries    uint8
	expected frontier.Frontier
}

// none marks a run that is not one of a loop.
const none = -1

// resetRuns orders the plan's operations by time and starts every loop.
func (w *World) resetRuns() {
	w.opOrder = w.opOrder[:0]
	for i := range w.plan.Ops {
		w.opOrder = append(w.opOrder, int32(i))
		w.ending.workUs = max(w.ending.workUs, w.plan.Ops[i].AtMs*1000)
	}
	ops := w.plan.Ops
	slices.SortStableFunc(w.opOrder, func(a, b int32) int { return cmp.Compare(ops[a].AtMs, ops[b].AtMs) })
	w.clients.nextOp = 0
	w.pushNextOp()
	for i := range w.plan.Loops {
		w.pushLoop(i, 0)
	}
}

func (w *World) pushNextOp() {
	if next := w.clients.nextOp; next < len(w.opOrder) {
		w.push(kernel.Event{AtUs: w.plan.Ops[w.opOrder[next]].AtMs * 1000, Kind: evOps})
	}
}

func (w *World) pushLoop(i int, k int64) {
	l := &w.plan.Loops[i]
	if k < l.Runs(w.plan.ChaosMs) {
		w.push(kernel.Event{AtUs: l.AtMs(k) * 1000, Kind: evLoop, Slot: int32(i), Arg: uint32(k)})
	}
}

// startOps begins every operation that is due.
func (w *World) startOps() {
	c := &w.clients
	for c.nextOp < len(w.opOrder) {
		i := w.opOrder[c.nextOp]
		if w.plan.Ops[i].AtMs*1000 > w.nowUs {
			break
		}
		c.nextOp++
		w.start(run{id: int32(w.plan.Ops[i].ID), index: i, loop: none})
	}
	w.pushNextOp()
}

// startLoop begins the next run of a loop. Loops end with the chaos.
func (w *World) startLoop(e *kernel.Event) {
	if w.healed {
		return
	}
	i, k := int(e.Slot), int64(e.Arg)
	w.pushLoop(i, k+1)
	w.plan.Loops[i].Expand(k, &w.loopOp)
	w.start(run{id: int32(w.loopOp.ID), loop: e.Slot, k: k})
}

// op is the operation of a run, valid until the next call.
func (w *World) op(r *run) *plan.Operation {
	if r.loop == none {
		return &w.plan.Ops[r.index]
	}
	w.plan.Loops[r.loop].Expand(r.k, &w.loopOp)
	return &w.loopOp
}

// start begins an operation.
func (w *World) start(begun run) {
	c := &w.clients
	op := w.op(&begun)
	if w.ownerGone(op.Owner) {
		return
	}
	w.countOp(string(op.Kind))
	if op.Kind == plan.OpRaw {
		w.countRaw(op.Raw)
	}
	if w.tracing() {
		w.traceOp(op)
	}
	switch {
	case op.Kind == plan.OpCancel:
		w.cancelOp(op.Target)
		return
	case op.Raw == plan.RawUnknownEffect || op.Raw == plan.RawSecondBoot:
		w.injectRaw(op)
		return
	case op.Raw == plan.RawReusedRequestID:
		w.reuseRequestID(op)
		return
	}
	begun.client = clientOf(op.As)
	slot := c.runs.New()
	*c.runs.At(slot) = begun
	c.runIndex.Put(uint64(begun.id)+1, slot)
	if op.Kind == plan.OpReport {
		w.startReport(slot)
		return
	}
	w.build(slot, op)
	w.attempt(slot)
}

func clientOf(c plan.Character) int32 {
	switch c {
	case plan.Admin:
		return clientAdmin
	case plan.Reader:
		return clientReader
	case plan.Reporter:
		return clientReporter
	case plan.TableWriter:
		return clientTableWriter
	case plan.Hostile:
	}
	return clientHostile
}

// requestOfOp is the id of an operation's attempt: it depends on nothing else.
func requestOfOp(id int32, attempt uint32) core.RequestID {
	return core.RequestID(1<<62 | uint64(uint32(id))<<20 | uint64(attempt&(1<<20-1)))
}

// attempt sends the run's request, under a fresh id.
func (w *World) attempt(slot uint32) {
	r := w.clients.runs.At(slot)
	op := w.op(r)
	r.attempt++
	r.open++
	request := r.built
	request.ID = requestOfOp(r.id, r.attempt)
	node := w.clients.believed(&r.belief)
	if r.attempt == 1 && w.isNode(op.Node) {
		node = op.Node
		r.belief.node = int16(node)
	}
	as, waitUs := op.As, r.waitUs
	w.ask(pending{id: request.ID, actor: actorRun, client: r.client, index: slot}, &request, node, waitUs)
	k := w.draws.Key(nobody, uint64(request.ID), 3)
	if w.happens(&k, drawClientCancel) {
		w.later(slot, evCancel, w.patience(&k))
	}
	if (as == plan.Admin || as == plan.Reader) && w.happens(&k, drawClientRepeat) {
		w.later(slot, evRepeat, int64(k.N(drawRepeatAfter, 2*second)))
	}
}

// patience is after how long a client gives a request up: most requests are answered within
// milliseconds, and it matters how far they have come by then.
func (w *World) patience(k *kernel.Key) int64 {
	within := [...]uint64{second, 20 * millisecond, 4 * millisecond}
	return int64(k.N(drawCancelAfter, within[k.N(drawImpatience, uint64(len(within)))]))
}

// later comes back to a run later.
func (w *World) later(slot uint32, kind uint8, us int64) {
	r := w.clients.runs.At(slot)
	r.timers++
	w.push(kernel.Event{AtUs: w.nowUs + us, Kind: kind, Slot: int32(slot), Gen: uint32(r.id)})
}

// timer takes one of a run's events; the run cannot be gone while there are any.
func (w *World) timer(e *kernel.Event) *run {
	r := w.clients.runs.At(uint32(e.Slot))
	r.timers--
	return r
}

// resume repeats a run's request, after a delay or out of impatience.
func (w *World) resume(e *kernel.Event) {
	r := w.timer(e)
	if !r.final {
		w.attempt(uint32(e.Slot))
		return
	}
	w.leave(uint32(e.Slot))
}

// leave frees a run that is final once nothing is to come of it.
func (w *World) leave(slot uint32) {
	c := &w.clients
	r := c.runs.At(slot)
	if r.final && r.open == 0 && r.timers == 0 {
		c.runIndex.Delete(uint64(r.id) + 1)
		c.runs.Release(slot)
	}
}

// cancelRun gives up a run's request out of the blue.
func (w *World) cancelRun(e *kernel.Event) {
	if r := w.timer(e); !r.final {
		w.giveUp(uint32(e.Slot))
	}
	w.leave(uint32(e.Slot))
}

// cancelOp gives up the request of a planned operation, if it is still open.
func (w *World) cancelOp(target int) {
	if slot, ok := w.clients.runIndex.Get(uint64(target) + 1); ok {
		w.giveUp(slot)
		w.leave(slot)
	}
}

// giveUp cancels the latest attempt of a run where it was sent, and makes no
// further one. The answer is still awaited.
func (w *World) giveUp(slot uint32) {
	c := &w.clients
	r := c.runs.At(slot)
	r.final = true
	id := requestOfOp(r.id, r.attempt)
	if p, ok := c.pendingIndex.Get(uint64(id)); ok {
		w.sendCancel(int(r.client), int(c.pending.At(p).node), id)
	}
}

// ignoresOpen: who never reuses ids knows that RequestIDOpen answers a duplicate
// that the network made, and waits for the real answer.
func (w *World) ignoresOpen(slot uint32) bool {
	return w.op(w.clients.runs.At(slot)).As != plan.Hostile
}

// maxAttempts is how often a client asks before it gives up, as long as there are
// faults; in the calm it never does. maxRefusals is how often it asks somebody who
// could serve it and says no.
const (
	maxAttempts = 40
	maxRefusals = 8
)

// runAnswered decides what a client makes of an answer, or of the lack of one.
func (w *World) runAnswered(slot uint32, m *reply) {
	r := w.clients.runs.At(slot)
	r.open--
	if !m.silent && !m.refused {
		w.learn(r, m)
	}
	if !r.final {
		w.judgeAnswer(slot, r, m)
	}
	w.leave(slot)
}

func (w *World) judgeAnswer(slot uint32, r *run, m *reply) {
	op := w.op(r)
	switch {
	case op.As == plan.Hostile:
		r.final = true
	case m.refused, m.code == core.Halted && m.definite:
		// Nothing happened, and it will go better elsewhere.
		w.tryAgain(slot, r)
	case (m.code == core.NotLeader || m.code == core.Overloaded) && r.attempt < maxRefusals:
		// Nothing happened, and it may go better later, but need not.
		w.tryAgain(slot, r)
	case m.silent, m.code != core.Ok && !m.definite && m.code != core.Cancelled && m.code != core.DeadlineExceeded:
		if op.As == plan.TableWriter {
			// Rows whose outcome is unknown are never sent again.
			r.final = true
			return
		}
		w.tryAgain(slot, r)
	case m.code == core.InvalidUppers && op.As == plan.TableWriter && r.rebuilt < 2:
		r.rebuilt++
		w.build(slot, op)
		w.tryAgain(slot, r)
	default:
		r.final = true
	}
}

// tryAgain repeats the request after a while, in the calm for as long as it takes.
func (w *World) tryAgain(slot uint32, r *run) {
	if r.attempt >= maxAttempts && !w.healed {
		r.final = true
		return
	}
	k := w.draws.Key(nobody, uint64(requestOfOp(r.id, r.attempt)), 4)
	pause := w.patienceUs / 100 << min(r.attempt, 6)
	w.later(slot, evRetry, pause+int64(k.N(drawRetryAfter, uint64(pause))))
}
