package sim

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/sim/shardstack"
)

// strangerCall is the id of a stranger's call: there is one at a time.
const strangerCall = 1

// callByStranger makes a call of a shard in the name of somebody who is neither
// controller nor host, at once: nothing goes wrong with it, but others may commit in
// between as far as it has committed.
func (w *World) callByStranger(skewMs int64, c *persist.Call, r *persist.Result) {
	wall := w.wallOf(nobody, skewMs)
	known := persistCall{call: *c}
	known.node = nobody
	w.readShard(c.Shard, &known.arrived)
	w.stranger = strangers{call: &known, wall: wall}
	w.stepStranger(&shard.Input{Kind: shard.InputCall, ID: strangerCall, Call: *c})
	*r = known.answered
	w.observeAnswer(&known)
	w.stranger = strangers{}
}

// strangers is the call of a stranger that is under way.
type strangers struct {
	call *persistCall
	wall clock.Wall
}

// stepStranger gives an input to the strangers' machine and lets all that follows
// happen at once.
func (w *World) stepStranger(in *shard.Input) {
	var out shard.Effects
	w.stack.foreign.Step(clock.Now{Mono: clock.Instant(w.nowUs), Wall: w.stranger.wall}, in, &out)
	for i := range out.Len() {
		e := out.At(i)
		next := shard.Input{Kind: shard.InputConsensusDone, Effect: e.Effect}
		switch e.Kind {
		case shard.EffectRespond:
			w.stranger.call.answered = e.Result
			continue
		case shard.EffectConsensus:
			w.stack.consensus.Apply(&e.Consensus, &next.Consensus)
			w.committedByStranger(e, &next.Consensus)
		case shard.EffectBatch:
			next.Kind = shard.InputBatchDone
			shardstack.ApplyBatch(&w.stack.blobs, &e.Batch, &next.Batch)
		case shard.EffectProblem:
			w.accuseStack(nobody, "%v: %v: %s", e.Shard, e.Problem, e.Key)
			continue
		case shard.EffectNone, shard.EffectKindCount:
			continue
		}
		w.stepStranger(&next)
	}
}

func (w *World) committedByStranger(e *shard.Effect, r *consensus.Result) {
	if !committed(&e.Consensus, r) {
		return
	}
	if len(e.Calls) > 0 {
		w.follow(w.stranger.call, e.Wall)
	}
	w.compareStored(e.Shard)
}

// compactStack compacts a shard, as far as its since allows.
func (w *World) compactStack(id persist.ShardID) {
	w.stranger = strangers{wall: w.wallOf(nobody, 0)}
	w.stepStranger(&shard.Input{Kind: shard.InputCompact, Call: persist.Call{Shard: id}})
	w.stranger = strangers{}
}

// poisonStack finalizes a shard whatever its state: a mishap, not a call.
func (w *World) poisonStack(id persist.ShardID) {
	state, problem := shard.Decode(id, w.stack.consensus.Head(shard.StateKey(id)))
	if problem != shard.ProblemNone {
		w.accuseStack(nobody, "%v: %v", id, problem)
		return
	}
	next := shard.State{Shard: id, Seqno: state.Seqno + 1, Mark: shard.Mark{Hi: foreign, Lo: uint64(state.Seqno)},
		Since: state.Since, Upper: state.Upper, Epoch: state.Epoch, Critical: state.Critical, Finalized: true}
	var r consensus.Result
	w.stack.consensus.Apply(&consensus.Call{Op: consensus.OpCompareAndSet, Key: shard.StateKey(id),
		Expected: state.Seqno, New: next.Seqno, Data: next.Encode()}, &r)
}
