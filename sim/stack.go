package sim

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/sim/blobfake"
	"example.com/tidemark/sim/consensusfake"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/shardstack"
)

// stack is what a world with shards "stack" has in the place of the model: every
// process makes its calls through a shard machine of its own, and what goes wrong
// goes wrong between the machines and the stores below. The model follows what is
// committed: the judges compare the two.
type stack struct {
	on        bool
	consensus consensusfake.Store
	blobs     blobfake.Store
	// clients are the machines, by the node of their process; strangers have one that
	// nothing goes wrong with.
	clients []shardClient
	foreign shard.Machine
	below   flat.Slab[belowCall]
	// nth counts for draws of its own, so that what happens here pushes no count of the
	// world out.
	nth kernel.Counter
}

// shardClient is the shard machine of a process.
type shardClient struct {
	core shard.Machine
	// open are the calls that it has not answered.
	open    []uint32
	wakeUs  int64
	wakeGen uint32
	wakes   wakes
}

// belowCall is a call of a machine to one of the stores.
type belowCall struct {
	caller
	effect shard.EffectID
	shard  persist.ShardID
	// inBlobs tells the two stores apart.
	inBlobs         bool
	consensus       consensus.Call
	batch           shard.BatchCall
	consensusResult consensus.Result
	batchResult     shard.BatchResult
	// calls are those that a compare-and-set lets take effect, in order, and wall is
	// what their caller's clock showed when it made it.
	calls    []uint32
	wall     clock.Wall
	hideHead bool
}

// stacked reports whether the world runs on the real shard machine.
func (w *World) stacked() bool { return w.stack.on }

func (w *World) resetStack() {
	s := &w.stack
	s.on = w.plan.Shards == plan.ShardsStack
	s.consensus.Reset()
	s.blobs.Reset()
	s.below.Reset()
	s.nth.Reset()
	for i := range s.clients {
		s.clients[i].open = s.clients[i].open[:0] // they are gone with all calls
		w.endClient(i)
	}
	s.foreign.CopyFrom(&w.blankShards)
	if s.on {
		in := shard.Input{Kind: shard.InputBoot, Boot: shard.Boot{Entropy: [4]uint64{foreign}, Config: w.shardConfig()}}
		w.shardEffects.Reset()
		s.foreign.Step(clock.Now{}, &in, &w.shardEffects)
	}
}

func (s *stack) copyFrom(src *stack) {
	s.on = src.on
	s.consensus.CopyFrom(&src.consensus)
	s.blobs.CopyFrom(&src.blobs)
	s.below.CopyFrom(&src.below)
	s.nth = src.nth
	s.foreign.CopyFrom(&src.foreign)
	for len(s.clients) < len(src.clients) {
		s.clients = append(s.clients, shardClient{})
	}
	s.clients = s.clients[:len(src.clients)]
	for i := range s.clients {
		to, from := &s.clients[i], &src.clients[i]
		to.core.CopyFrom(&from.core)
		to.open = append(to.open[:0], from.open...)
		to.wakeUs, to.wakeGen, to.wakes = from.wakeUs, from.wakeGen, from.wakes
	}
}

// shardConfig are settings under which everything that a machine does happens often.
func (w *World) shardConfig() shard.Config {
	c := shard.Defaults()
	c.InlineMax, c.SpillAt, c.MaxBatches, c.MaxChain, c.MaxRounds = 160, 400, 4, 5, 4
	c.StoreDeadline = clock.Duration(max(w.plan.Config.PersistDeadlineMs/2, 1)) * clock.Millisecond
	c.MergeDeadline = c.StoreDeadline
	c.MergeLinger = 200 * clock.Millisecond
	c.CommitWindow, c.MergeWindow = 16, 64
	c.TruncateEvery, c.TruncateKeep = 8, 4
	c.SweepEvery, c.DeleteAfter, c.DeleteEvery = 10*clock.Second, 500*clock.Millisecond, 10*clock.Millisecond
	if w.plan.TightShards {
		c.InlineMax, c.SpillAt, c.MaxBatches, c.MaxChain, c.MaxRounds = 80, 160, 2, 2, 2
		c.MaxMerges, c.MergeBytes, c.MergeLinger = 1, 600, 20*clock.Millisecond
		c.CommitWindow, c.TruncateEvery, c.TruncateKeep = 6, 3, 2
	}
	return c
}

// client is the machine of a node's process.
func (w *World) client(node int) *shardClient {
	for len(w.stack.clients) <= node {
		w.stack.clients = append(w.stack.clients, shardClient{wakeUs: -1})
	}
	return &w.stack.clients[node]
}

// bootClient starts the machine of a process that starts.
func (w *World) bootClient(node int, k *kernel.Key) {
	if !w.stacked() {
		return
	}
	in := &w.shardInput
	*in = shard.Input{Kind: shard.InputBoot}
	in.Boot.Config = w.shardConfig()
	for i := range in.Boot.Entropy {
		in.Boot.Entropy[i] = mix(k.U64(drawEntropy0+kernel.Purpose(i)), bootCause)
	}
	w.client(node)
	w.stepClient(node)
}

// endClient ends the machine of a process that ends: its calls live on.
func (w *World) endClient(node int) {
	if node >= len(w.stack.clients) {
		return
	}
	c := &w.stack.clients[node]
	c.core.CopyFrom(&w.blankShards)
	c.wakeUs = -1
	c.wakeGen++
	for _, slot := range c.open {
		w.dropPersist(slot, w.persistCalls.At(slot))
	}
	c.open = c.open[:0]
}

// callThroughStack has the machine of a process make a call of a shard.
func (w *World) callThroughStack(by caller, call *persist.Call) {
	slot := w.persistCalls.New()
	c := w.persistCalls.At(slot)
	c.caller, c.call = by, *call
	c.refs, c.key = 1, mix(uint64(by.cause), uint64(call.Op)<<56^call.Shard.Hi^call.Shard.Lo)
	c.key = mix(c.key, belowCause+uint64(w.stack.nth.Next(c.key+uint64(by.node))))
	w.readShard(call.Shard, &c.arrived)
	p := w.client(int(by.node))
	p.open = append(p.open, slot)
	w.shardInput = shard.Input{Kind: shard.InputCall, ID: shard.CallID(slot), Call: *call}
	w.stepClient(int(by.node))
}

// nowOf is what the process of a node is told of the time.
func (w *World) nowOf(node int) clock.Now {
	if node >= nodeCount {
		return w.hostNow(w.processOf(int16(node)))
	}
	return w.now(node)
}

// stepClient gives w.shardInput to the machine of a process and releases what
// follows.
func (w *World) stepClient(node int) {
	p := &w.stack.clients[node]
	w.shardEffects.Reset()
	p.core.Step(w.nowOf(node), &w.shardInput, &w.shardEffects)
	for i := range w.shardEffects.Len() {
		w.releaseFromClient(node, w.shardEffects.At(i))
	}
	w.armClientWake(node)
}

func (w *World) releaseFromClient(node int, e *shard.Effect) {
	switch e.Kind {
	case shard.EffectRespond:
		w.answerFromStack(node, uint32(e.ID), &e.Result)
	case shard.EffectConsensus, shard.EffectBatch:
		w.sendBelow(node, e)
	case shard.EffectProblem:
		w.accuseStack(node, "%v: %v: %s", e.Shard, e.Problem, e.Key)
	case shard.EffectNone, shard.EffectKindCount:
	}
}

// answerFromStack gives a machine's answer to its process, in a moment.
func (w *World) answerFromStack(node int, slot uint32, r *persist.Result) {
	p := &w.stack.clients[node]
	for i := range p.open {
		if p.open[i] == slot {
			p.open = append(p.open[:i], p.open[i+1:]...)
			break
		}
	}
	c := w.persistCalls.At(slot)
	c.answered = *r
	w.observeAnswer(c)
	w.push(kernel.Event{AtUs: w.nowUs + 1, Kind: evPersistDone, Node: c.node, Slot: int32(slot)})
}

// belowCause marks draws about what a machine does.
const belowCause = 0x62656c6f77

// sendBelow sends a machine's call to its store.
func (w *World) sendBelow(node int, e *shard.Effect) {
	by := w.clientCaller(node)
	var key uint64
	nth, n := 0, node
	if e.Cause != 0 {
		c := w.persistCalls.At(uint32(e.Cause))
		by.cause, key, nth = c.cause, c.key, int(c.made)
		c.made++
	} else {
		key = w.keyOfUpkeep(e)
		nth = w.stack.nth.Next(key + uint64(n))
	}
	if node >= nodeCount {
		key, n = mix(w.processOf(int16(node)).key, key), nobody
	}
	k := w.draws.Key(n, key, nth)
	latency, slow := draw(&w.plan.Latency.Persist, &k), int64(0)
	if v := w.slowness(e.Shard); v != nil {
		slow = max(latency*max(w.slow, 10), w.plan.Faults[v.fault].DelayMs*millisecond)
	}
	f := w.fateOf(node, &persistStore, &k, latency, slow)
	by.forced = f.forced
	if !f.applies && !f.answers {
		return
	}
	slot := w.stack.below.New()
	c := w.stack.below.At(slot)
	c.caller, c.effect, c.shard, c.wall = by, e.Effect, e.Shard, e.Wall
	c.inBlobs, c.consensus, c.batch = e.Kind == shard.EffectBatch, e.Consensus, e.Batch
	c.hideHead = !w.healed && k.N(drawVariant, 4) == 0
	for _, id := range e.Calls {
		w.persistCalls.At(uint32(id)).refs++
		c.calls = append(c.calls, uint32(id))
	}
	c.refs = w.launch(&f, node, slot, evBelowApply, evBelowDone)
}

// keyOfUpkeep is what the draws of a call are keyed by that a machine makes for none of
// its process's: by what it is about.
func (w *World) keyOfUpkeep(e *shard.Effect) uint64 {
	d := digest.New(belowCause)
	d.U64(e.Shard.Hi ^ e.Shard.Lo)
	d.U64(uint64(e.Consensus.Op)<<8 | uint64(e.Batch.Op))
	d.U64(uint64(e.Consensus.New | e.Consensus.Before))
	d.String(e.Batch.Key)
	if e.Batch.Op == shard.BatchList {
		d.String(e.Batch.After)
		d.U64(uint64(w.nowUs))
	}
	return d.Sum().Lo
}

// clientCaller is the process of a node as a caller.
func (w *World) clientCaller(node int) caller {
	if node >= nodeCount {
		return caller{node: int16(node), incarnation: w.processOf(int16(node)).number}
	}
	return caller{node: int16(node), incarnation: w.nodes[node].incarnation}
}

// applyBelow lets a machine's call take effect, whatever became of its process.
func (w *World) applyBelow(e *kernel.Event) {
	c := w.stack.below.At(uint32(e.Slot))
	w.happened(e)
	w.events++
	w.noteLate(&c.caller)
	if c.inBlobs {
		shardstack.ApplyBatch(&w.stack.blobs, &c.batch, &c.batchResult)
		w.hash.U64(uint64(c.batch.Op)<<8 | uint64(c.batchResult.Outcome))
	} else {
		w.stack.consensus.HideHead(c.hideHead)
		w.stack.consensus.Apply(&c.consensus, &c.consensusResult)
		w.stack.consensus.HideHead(false)
		w.hash.U64(uint64(c.consensus.Op)<<8 | uint64(c.consensusResult.Outcome))
		w.hash.U64(uint64(c.consensus.New))
		w.hash.String(c.consensus.Data)
	}
	if w.tracing() {
		w.traceBelow(c)
	}
	w.committedBelow(c)
	w.dropBelow(uint32(e.Slot))
}

// deliverBelow gives a call's completion to the machine that made it.
func (w *World) deliverBelow(e *kernel.Event) {
	c := w.stack.below.At(uint32(e.Slot))
	if !w.lives(&c.caller) {
		w.faults[faultCompletionDropped]++
		w.dropBelow(uint32(e.Slot))
		return
	}
	if w.waits(e) {
		return
	}
	in := &w.shardInput
	*in = shard.Input{Kind: shard.InputConsensusDone, Effect: c.effect}
	in.Consensus, in.Batch = c.consensusResult, c.batchResult
	if c.inBlobs {
		in.Kind = shard.InputBatchDone
	}
	if c.forced != 0 {
		in.Consensus, in.Batch = consensus.Result{Outcome: c.forced}, shard.BatchResult{Outcome: c.forced}
	}
	w.happened(e)
	w.hash.U64(uint64(c.effect)<<8 | uint64(in.Consensus.Outcome|in.Batch.Outcome))
	w.events++
	node := int(c.node)
	w.dropBelow(uint32(e.Slot))
	w.stepClient(node)
}

func (w *World) dropBelow(slot uint32) {
	c := w.stack.below.At(slot)
	if c.refs--; c.refs > 0 {
		return
	}
	for _, call := range c.calls {
		w.dropPersist(call, w.persistCalls.At(call))
	}
	w.stack.below.Release(slot)
}

// armClientWake sees to it that a machine is woken when it wants to be.
func (w *World) armClientWake(node int) {
	p := &w.stack.clients[node]
	var at int64
	var ok bool
	if next := p.core.NextWake(); node >= nodeCount {
		process := w.processOf(int16(node))
		at, ok = w.hosting.machines[w.hosting.places[process.place].machine].clock.WhenMono(next, process.startUs)
	} else {
		at, ok = w.clocks[node].WhenMono(next, w.nodes[node].startUs)
	}
	if !ok {
		return
	}
	at = max(at, w.nowUs+1)
	if p.wakeUs >= 0 && p.wakeUs <= at {
		return
	}
	p.wakeGen++
	p.wakeUs = at
	w.push(kernel.Event{AtUs: at, Kind: evClientWake, Node: int16(node), Gen: p.wakeGen})
}

// wakeClient wakes a machine.
func (w *World) wakeClient(e *kernel.Event) {
	node := int(e.Node)
	p := &w.stack.clients[node]
	by := w.clientCaller(node)
	if e.Gen != p.wakeGen || !w.lives(&by) || w.waits(e) {
		return
	}
	p.wakeUs = -1
	if p.core.NextWake() > w.nowOf(node).Mono {
		w.armClientWake(node)
		return
	}
	w.happened(e)
	w.wokenAgain(&p.wakes, node)
	w.shardInput = shard.Input{Kind: shard.InputWake}
	w.stepClient(node)
}

// accuseStack ends the run because of what is stored.
func (w *World) accuseStack(node int, format string, args ...any) {
	w.accuseOf("S17", node, format, args...)
}
