package sim

import (
	"strconv"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/invariants"
)

// committed reports whether a call has added a state to a shard.
func committed(c *consensus.Call, r *consensus.Result) bool {
	return c.Op == consensus.OpCompareAndSet && r.Outcome == outcome.Done
}

// committedBelow lets the calls of a commit that has taken effect take effect on the
// model too, in their order, and compares what is stored with it.
func (w *World) committedBelow(c *belowCall) {
	if c.inBlobs || !committed(&c.consensus, &c.consensusResult) {
		return
	}
	for _, slot := range c.calls {
		w.follow(w.persistCalls.At(slot), c.wall)
	}
	w.compareStored(c.shard)
}

// follow makes a call take effect on the model, which says how it ends.
func (w *World) follow(c *persistCall, wall clock.Wall) {
	w.applying = c.effect
	w.runModel(int(c.node), c.incarnation, wall, &c.call, &c.result)
	c.followed = true
}

// compareStored compares a shard's newest state with the model.
func (w *World) compareStored(id persist.ShardID) {
	if !w.observing() {
		return
	}
	state, problem := shard.Decode(id, w.stack.consensus.Head(shard.StateKey(id)))
	if problem != shard.ProblemNone {
		w.accuseStack(nobody, "%v: %v", id, problem)
		return
	}
	stored := &w.stateBefore
	*stored = invariants.ShardState{Since: state.Since, Upper: state.Upper, WriterEpoch: state.Epoch, Finalized: state.Finalized}
	if len(state.Critical) > 0 {
		k := &state.Critical[0]
		stored.HasCritical, stored.CriticalSince, stored.Opaque = true, k.Since, k.Opaque
	}
	w.readShard(id, &w.stateAfter)
	w.sumLeases(id, state)
	o := w.observation(invariants.ShardStored, nobody)
	o.Shard, o.Before, o.After = id, stored, &w.stateAfter
	w.observe(o)
}

// sumLeases puts what is stored of the leased readers of a shard, and what the model knows
// of them, in no order, into the states that are compared.
func (w *World) sumLeases(id persist.ShardID, state *shard.State) {
	if state.Finalized {
		return
	}
	for i := range state.Leased {
		l := &state.Leased[i]
		w.stateBefore.Leases += leaseSum(l.ID, l.Since, l.End, l.Lease)
	}
	w.persist.EachLeased(id, func(reader persist.ReaderID, since frontier.Frontier, end clock.Wall, lease int64) {
		w.stateAfter.Leases += leaseSum(reader, since, end, lease)
	})
}

func leaseSum(reader persist.ReaderID, since frontier.Frontier, end clock.Wall, lease int64) uint64 {
	m := digest.New(0)
	m.U64(reader.Hi)
	m.U64(reader.Lo)
	if !since.Empty {
		m.U64(uint64(since.T))
	}
	m.U64(uint64(end))
	m.U64(uint64(lease))
	return m.Sum().Lo
}

// observeAnswer tells the judges what the machine of a process answers. What was
// committed has taken effect before; what has changed nothing takes effect now.
func (w *World) observeAnswer(c *persistCall) {
	r := &c.answered
	if r.Outcome == outcome.Unknown || r.Outcome == outcome.NotDone {
		return
	}
	if !c.followed {
		w.unchanged(c)
	}
	if !w.observing() {
		return
	}
	o := w.observation(invariants.ShardAnswered, nobody)
	w.readShard(c.call.Shard, &w.stateAfter)
	o.Shard, o.PersistCall, o.PersistResult, o.Before, o.After = c.call.Shard, &c.call, r, &c.arrived, &w.stateAfter
	if c.followed && r.Outcome == outcome.Done {
		o.Expected = &c.result
	}
	w.observe(o)
}

// unchanged tells the judges of a call that has changed nothing.
func (w *World) unchanged(c *persistCall) {
	w.hashResult(&c.call, &c.answered)
	if c.arrived.Finalized && c.answered.Outcome == outcome.Invalid {
		w.faults[faultFinalizedCall]++
	}
	w.applying = c.effect
	if w.tracing() {
		w.tracePersistApplied(int(c.node), c.incarnation, &c.call, &c.answered)
	}
	if w.observing() {
		w.readShard(c.call.Shard, &w.stateBefore)
		w.stateAfter = w.stateBefore
		w.observeApplied(int(c.node), c.incarnation, &c.call, &c.answered)
	}
}

// traceBelow tells what a call of a machine does when it takes effect.
func (w *World) traceBelow(c *belowCall) {
	b := append(appendShard(append(w.begin(), "store "...), c.shard), ' ')
	if c.inBlobs {
		b = append(append(b, "batch "...), c.batch.Op.String()...)
		b = w.appendCaller(append(b, " by "...), int(c.node), c.incarnation)
		b = append(append(b, ": "...), c.batchResult.Outcome.String()...)
		w.emit(b)
		return
	}
	b = append(b, c.consensus.Op.String()...)
	if c.consensus.Op == consensus.OpCompareAndSet {
		b = strconv.AppendUint(append(b, " #"...), uint64(c.consensus.New), 10)
	}
	b = w.appendCaller(append(b, " by "...), int(c.node), c.incarnation)
	b = append(append(b, ": "...), c.consensusResult.Outcome.String()...)
	if h := c.consensusResult.Head.Seqno; h != 0 {
		b = strconv.AppendUint(append(b, " head #"...), uint64(h), 10)
	}
	w.emit(b)
}
