package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/persistfake"
)

// caller is who made a call and what is still to come of it. A call outlives its
// caller: it may take effect after a crash, and its completion is addressed to
// one incarnation and dropped if that is gone.
type caller struct {
	incarnation uint32
	node        int16
	// refs counts the events that still refer to the call.
	refs uint8
	// forced is how the call is reported whatever really became of it; None: as it was.
	forced outcome.Outcome
	// unsorted leaves a snapshot unconsolidated.
	unsorted bool
	effect   core.EffectID
	cause    core.Cause
}

type persistCall struct {
	caller
	call   persist.Call
	result persist.Result

	// With the real shard machine: the shard when the call was made, whether it has
	// taken effect on the model (which said result), and what the machine answered.
	// key is what the draws about it are keyed by, made how many calls were made below.
	key      uint64
	made     uint32
	arrived  invariants.ShardState
	followed bool
	answered persist.Result
}

type stashCall struct {
	caller
	call   stash.Call
	result stash.Result
}

// fate is what becomes of a call: whether and when it takes effect, whether and
// when it is reported, and as what. It is the fault model: two bits and a time.
type fate struct {
	applies, answers bool
	twice            bool
	forced           outcome.Outcome
	applyUs, doneUs  int64
	twiceUs          int64
}

// store says which of the two stores a fate is drawn for: its rates, its latency
// and its kind of outage.
type store struct {
	landed, lost, late, notDone, slow, never kernel.Purpose
	outage                                   fault
}

var (
	persistStore = store{drawPersistUnknownLanded, drawPersistUnknownLost, drawPersistUnknownLate,
		drawPersistNotDone, drawPersistSlow, drawPersistNeverAnswered, faultPersistDown}
	stashStore = store{drawStashUnknownLanded, drawStashUnknownLost, drawStashUnknownLate,
		drawStashNotDone, drawStashSlow, drawStashNeverAnswered, faultStashDown}
)

// fateOf draws what becomes of a call of node n that would take latencyUs, and takes
// slowUs at least. What is slow for two reasons is as slow as the slower of them: else
// a call would outlive, by far, the time in which everything must be done.
func (w *World) fateOf(n int, s *store, k *kernel.Key, latencyUs, slowUs int64) fate {
	if w.happens(k, s.slow) {
		latencyUs *= w.slow
	}
	latencyUs = max(latencyUs, slowUs)
	f := fate{applies: true, answers: true, doneUs: w.nowUs + latencyUs}
	f.applyUs = w.nowUs + int64(k.N(drawTakesEffect, uint64(latencyUs)+1))
	if o := w.outage(n, s.outage); o != nil {
		f.forced, f.applies = outcome.NotDone, false
		if o.unknown {
			f.forced, f.applies = outcome.Unknown, k.N(drawLanded, 2) == 0
		}
		return f
	}
	switch {
	case w.happens(k, s.notDone):
		f.applies, f.forced = false, outcome.NotDone
	case w.happens(k, s.lost):
		f.applies, f.forced = false, outcome.Unknown
	case w.happens(k, s.landed):
		f.forced = outcome.Unknown
	case w.happens(k, s.late):
		f.forced = outcome.Unknown
		f.applyUs = f.doneUs + 1 + int64(k.N(drawLate, w.lateUs))
	case w.happens(k, s.never):
		f.answers, f.applies = false, k.N(drawLanded, 2) == 0
	}
	if f.answers && w.happens(k, drawCompletionTwice) {
		f.twice, f.twiceUs = true, f.doneUs+1+int64(k.N(drawTwiceAfter, second))
	}
	return f
}

// launch pushes the events of a call's fate and returns how many there are.
func (w *World) launch(f *fate, n int, slot uint32, apply, done uint8) (refs uint8) {
	e := kernel.Event{Node: int16(n), Slot: int32(slot)}
	if f.applies {
		e.AtUs, e.Kind = f.applyUs, apply
		w.push(e)
		refs++
	}
	if f.answers {
		e.AtUs, e.Kind = f.doneUs, done
		w.push(e)
		refs++
	}
	if f.twice {
		e.AtUs, e.Kind = f.twiceUs, done
		w.push(e)
		refs++
	}
	return refs
}

// issuePersist sends a controller's call to its shard.
func (w *World) issuePersist(n int, eff *core.Effect) {
	key := mix(uint64(eff.Cause), uint64(eff.Persist.Op)<<56^eff.Persist.Shard.Hi^eff.Persist.Shard.Lo)
	k := w.draws.Key(n, key, w.nth.Next(key+uint64(n)))
	if eff.Persist.Op == persist.OpOpenCritical {
		w.critical = eff.Persist.Reader
	}
	by := caller{incarnation: w.nodes[n].incarnation, node: int16(n), effect: eff.ID, cause: eff.Cause}
	w.sendPersist(&k, by, &eff.Persist)
}

// sendPersist sends anybody's call to its shard.
func (w *World) sendPersist(k *kernel.Key, by caller, call *persist.Call) {
	if w.stacked() {
		w.callThroughStack(by, call)
		return
	}
	latency := draw(&w.plan.Latency.Persist, k)
	slow := int64(0)
	if v := w.slowness(call.Shard); v != nil {
		slow = max(latency*max(w.slow, 10), w.plan.Faults[v.fault].DelayMs*millisecond)
	}
	f := w.fateOf(int(by.node), &persistStore, k, latency, slow)
	by.forced = f.forced
	by.unsorted = call.Op == persist.OpSnapshot && w.happens(k, drawSnapshotUnsorted)
	if !f.applies && !f.answers {
		return
	}
	slot := w.persistCalls.New()
	c := w.persistCalls.At(slot)
	c.caller, c.call = by, *call
	c.refs = w.launch(&f, int(by.node), slot, evPersistApply, evPersistDone)
}

// applyPersist lets a call take effect, whatever became of its caller.
func (w *World) applyPersist(e *kernel.Event) {
	c := w.persistCalls.At(uint32(e.Slot))
	w.happened(e)
	w.events++
	w.noteLate(&c.caller)
	if c.unsorted {
		w.persist.SnapshotUnsorted(true)
	}
	w.applying = c.effect
	w.runPersistSkewed(int(c.node), c.incarnation, 0, &c.call, &c.result)
	if c.unsorted {
		w.persist.SnapshotUnsorted(false)
	}
	w.dropPersist(uint32(e.Slot), c)
}

// runPersist applies a call with its caller's wall clock and tells the judges.
func (w *World) runPersist(n int, incarnation uint32, c *persist.Call, r *persist.Result) {
	w.runPersistSkewed(n, incarnation, 0, c, r)
}

func (w *World) runPersistSkewed(n int, incarnation uint32, skewMs int64, c *persist.Call, r *persist.Result) {
	if w.stacked() {
		w.callByStranger(skewMs, c, r)
		return
	}
	w.runModel(n, incarnation, w.wallOf(n, skewMs), c, r)
}

// runModel applies a call to the model of shards and tells the judges.
func (w *World) runModel(n int, incarnation uint32, wall clock.Wall, c *persist.Call, r *persist.Result) {
	before := &w.shardBefore
	w.persist.ReadState(c.Shard, before)
	w.persist.Apply(wall, c, r)
	w.hashResult(c, r)
	if before.Finalized && r.Outcome == outcome.Invalid {
		w.faults[faultFinalizedCall]++
	}
	if r.Outcome == outcome.Done && r.Since != before.Since &&
		(c.Op == persist.OpCompareAndDowngradeSince || c.Op == persist.OpDowngradeSince) {
		w.counter.SinceMoves++
	}
	if w.tracing() {
		w.tracePersistApplied(n, incarnation, c, r)
	}
	if w.observing() {
		judged(&w.stateBefore, before)
		w.readShard(c.Shard, &w.stateAfter)
		w.observeApplied(n, incarnation, c, r)
	}
}

// observeApplied tells the judges of a call that took effect between w.stateBefore and
// w.stateAfter.
func (w *World) observeApplied(n int, incarnation uint32, c *persist.Call, r *persist.Result) {
	var o *invariants.Observation
	if n < nodeCount {
		o = w.observation(invariants.PersistApplied, n)
		o.Incarnation = incarnation
	} else {
		o = w.observation(invariants.PersistApplied, nobody)
		w.hostedCaller(o, &caller{node: int16(n), incarnation: incarnation})
	}
	o.PersistCall, o.PersistResult, o.Before, o.After = c, r, &w.stateBefore, &w.stateAfter
	w.observe(o)
}

// readShard fills state with a shard's durable state as judges want it.
func (w *World) readShard(id persist.ShardID, state *invariants.ShardState) {
	w.persist.ReadState(id, &w.shardAfter)
	judged(state, &w.shardAfter)
}

func judged(state *invariants.ShardState, s *persistfake.State) {
	state.Since, state.Upper, state.HasCritical, state.CriticalSince = s.Since, s.Upper, s.HasCritical, s.CriticalSince
	state.Leases = 0
	state.Opaque, state.WriterEpoch, state.Finalized = s.Opaque, s.WriterEpoch, s.Finalized
}

// noteLate counts calls that take effect when nobody is left who made them.
func (w *World) noteLate(c *caller) {
	switch {
	case c.node < 0 || w.lives(c):
	case c.node >= nodeCount:
		w.faults[faultHostLateEffect]++
	default:
		w.faults[faultLateEffect]++
	}
}

// lives reports whether the incarnation that made a call still runs.
func (w *World) lives(c *caller) bool {
	if c.node >= nodeCount {
		p := w.processOf(c.node)
		return p.up && p.number == c.incarnation
	}
	nd := &w.nodes[c.node]
	return nd.up && nd.incarnation == c.incarnation
}

// deliverPersist gives a call's completion to the incarnation that made it.
func (w *World) deliverPersist(e *kernel.Event) {
	c := w.persistCalls.At(uint32(e.Slot))
	if !w.lives(&c.caller) {
		w.faults[faultCompletionDropped]++
		w.dropPersist(uint32(e.Slot), c)
		return
	}
	if w.waits(e) {
		return
	}
	if c.node >= nodeCount {
		w.deliverPersistToHost(e, c)
		return
	}
	n := int(c.node)
	w.input.Kind = core.InputPersistDone
	w.input.Effect, w.input.Cause = c.effect, c.cause
	w.input.Persist = w.told(c)
	w.dropPersist(uint32(e.Slot), c)
	w.happened(e)
	w.hash.U64(uint64(w.input.Effect)<<8 | uint64(w.input.Persist.Outcome))
	w.completed.Kind, w.completed.ID, w.completed.Cause = core.EffectPersist, w.input.Effect, w.input.Cause
	w.events++
	w.stepNode(n, invariants.Completed)
	w.spuriously(n, w.input.Cause)
}

// deliverPersistToHost gives a completion to the process that made the call.
func (w *World) deliverPersistToHost(e *kernel.Event, c *persistCall) {
	i := w.completeToHost(&c.caller, storaged.InputPersistDone)
	w.hostInput.Persist = w.told(c)
	w.dropPersist(uint32(e.Slot), c)
	w.happened(e)
	w.finishAtHost(i, w.hostInput.Persist.Outcome)
}

// told is what a caller is told of its call.
func (w *World) told(c *persistCall) persist.Result {
	switch {
	case w.stacked():
		return c.answered
	case c.forced != outcome.None:
		return persist.Result{Outcome: c.forced}
	}
	return c.result
}

func (w *World) dropPersist(slot uint32, c *persistCall) {
	c.refs--
	if c.refs == 0 {
		w.persistCalls.Release(slot)
	}
}

// issueStash sends a controller's transaction to the stash.
func (w *World) issueStash(n int, eff *core.Effect) {
	key := mix(uint64(eff.Cause), uint64(eff.Stash.Op)<<56|1)
	k := w.draws.Key(n, key, w.nth.Next(key+uint64(n)))
	f := w.fateOf(n, &stashStore, &k, draw(&w.plan.Latency.Stash, &k), 0)
	if eff.Stash.Op == stash.OpResolve && f.forced == outcome.NotDone {
		// Of a resolve, "not done" is the answer that the transaction was not done.
		f.forced = outcome.Unknown
	}
	if !f.applies && !f.answers {
		return
	}
	slot := w.stashCalls.New()
	c := w.stashCalls.At(slot)
	c.caller = caller{incarnation: w.nodes[n].incarnation, node: int16(n), forced: f.forced,
		effect: eff.ID, cause: eff.Cause}
	c.call = eff.Stash
	c.refs = w.launch(&f, n, slot, evStashApply, evStashDone)
}

// applyStash lets a transaction commit or fail, whatever became of its caller. The
// stash has a clock of its own, which is right.
func (w *World) applyStash(e *kernel.Event) {
	c := w.stashCalls.At(uint32(e.Slot))
	w.happened(e)
	w.events++
	w.noteLate(&c.caller)
	before := w.stash.Epoch()
	w.stash.Apply(w.wallOf(nobody, 0), &c.call, &c.result)
	w.hashStashResult(&c.call, &c.result)
	if w.tracing() {
		w.traceStashApplied(c)
	}
	if w.observing() {
		o := w.observation(invariants.StashApplied, int(c.node))
		o.Incarnation = c.incarnation
		o.StashCall, o.StashResult = &c.call, &c.result
		o.EpochBefore, o.EpochAfter = before, w.stash.Epoch()
		w.observe(o)
	}
	w.dropStash(uint32(e.Slot), c)
}

// deliverStash gives a transaction's completion to the incarnation that made it.
func (w *World) deliverStash(e *kernel.Event) {
	c := w.stashCalls.At(uint32(e.Slot))
	if !w.lives(&c.caller) {
		w.faults[faultCompletionDropped]++
		w.dropStash(uint32(e.Slot), c)
		return
	}
	if w.waits(e) {
		return
	}
	n := int(c.node)
	w.input.Kind = core.InputStashDone
	w.input.Effect, w.input.Cause = c.effect, c.cause
	w.input.Stash = c.result
	if c.forced != outcome.None {
		w.input.Stash = stash.Result{Outcome: c.forced}
	}
	w.dropStash(uint32(e.Slot), c)
	w.happened(e)
	w.hash.U64(uint64(w.input.Effect)<<8 | uint64(w.input.Stash.Outcome))
	w.completed.Kind, w.completed.ID, w.completed.Cause = core.EffectStash, w.input.Effect, w.input.Cause
	w.events++
	w.stepNode(n, invariants.Completed)
	w.spuriously(n, w.input.Cause)
}

func (w *World) dropStash(slot uint32, c *stashCall) {
	c.refs--
	if c.refs == 0 {
		w.stashCalls.Release(slot)
	}
}
