package sim

import (
	"strconv"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/sim/shardtrial"
)

// shardRetelling does the same for a trial of shard machines, each of which is drawn as a
// host: what it is given, what it asks of its stores, and what these make of it.
type shardRetelling struct{ w *World }

func machineName(place int) core.HostID {
	return core.HostID{Address: "machine-" + strconv.Itoa(place)}
}

func (r *shardRetelling) begin(who shardtrial.Machine) []byte {
	b := r.w.beginTried(int64(who.At), r.w.trials.shard.Steps())
	if who.Process > 0 {
		r.w.record.Host, r.w.record.Process = machineName(who.Place), who.Process
	}
	return b
}

func appendMachine(b []byte, who shardtrial.Machine) []byte {
	return strconv.AppendUint(append(appendHost(b, machineName(who.Place)), '#'), uint64(who.Process), 10)
}

// Given implements shardtrial.Watcher, and so do the others.
func (r *shardRetelling) Given(who shardtrial.Machine, in *shard.Input) {
	b := append(append(appendMachine(r.begin(who), who), " <- "...), in.Kind.String()...)
	switch in.Kind {
	case shard.InputCall:
		b = appendCall(appendNumber(b, in.ID), &in.Call)
	case shard.InputConsensusDone:
		b = appendConsensusResult(appendNumber(b, in.Effect), &in.Consensus)
	case shard.InputBatchDone:
		b = appendBatchResult(appendNumber(b, in.Effect), &in.Batch)
	case shard.InputCompact:
		b = appendShard(append(b, ' '), in.Call.Shard)
	default:
	}
	r.w.emit(b)
}

func (r *shardRetelling) Left(who shardtrial.Machine, e *shard.Effect) {
	b := append(append(appendMachine(r.begin(who), who), " -> "...), e.Kind.String()...)
	switch e.Kind {
	case shard.EffectRespond:
		b = appendResult(appendNumber(b, e.ID), &e.Result)
	case shard.EffectConsensus:
		b = appendConsensusCall(appendNumber(b, e.Effect), &e.Consensus)
		for _, id := range e.Calls {
			b = strconv.AppendUint(append(b, " for #"...), uint64(id), 10)
		}
	case shard.EffectBatch:
		b = appendBatchCall(appendNumber(b, e.Effect), &e.Batch)
	default:
	}
	r.w.emit(b)
}

func (r *shardRetelling) Applied(who shardtrial.Machine, e *shard.Effect, in *shard.Input) {
	b := r.begin(who)
	if e.Kind == shard.EffectBatch {
		b = appendBatchCall(append(b, "blobs "...), &e.Batch)
		b = appendBatchResult(appendByMachine(b, who), &in.Batch)
	} else {
		b = appendConsensusCall(append(b, "consensus "...), &e.Consensus)
		b = appendConsensusResult(appendByMachine(b, who), &in.Consensus)
	}
	r.w.emit(b)
}

func appendByMachine(b []byte, who shardtrial.Machine) []byte {
	return append(appendMachine(append(b, " by "...), who), ": "...)
}

func (r *shardRetelling) Crashed(who shardtrial.Machine) {
	b := appendMachine(r.begin(who), who)
	r.w.record.Kind = RecordHostLife
	r.w.emit(append(b, " ended"...))
}

func (r *shardRetelling) Noted(who shardtrial.Machine, what string) {
	b := r.begin(who)
	if who.Process > 0 {
		b = append(appendMachine(b, who), ' ')
	}
	r.w.emit(append(b, what...))
}

func appendConsensusCall(b []byte, c *consensus.Call) []byte {
	b = append(append(append(b, c.Op.String()...), ' '), c.Key[:min(len(c.Key), 37)]...)
	switch c.Op {
	case consensus.OpCompareAndSet:
		b = strconv.AppendUint(append(b, ' '), uint64(c.Expected), 10)
		b = strconv.AppendUint(append(b, "→"...), uint64(c.New), 10)
	case consensus.OpScan:
		b = strconv.AppendUint(append(b, " from "...), uint64(c.From), 10)
	case consensus.OpTruncate:
		b = strconv.AppendUint(append(b, " before "...), uint64(c.Before), 10)
	default:
	}
	return b
}

func appendConsensusResult(b []byte, r *consensus.Result) []byte {
	b = append(b, r.Outcome.String()...)
	if r.Head.Seqno != 0 {
		b = strconv.AppendUint(append(b, " head "...), uint64(r.Head.Seqno), 10)
	}
	if len(r.Entries) > 0 {
		b = strconv.AppendUint(append(b, " entries "...), uint64(r.Entries[0].Seqno), 10)
		b = strconv.AppendUint(append(b, " to "...), uint64(r.Entries[len(r.Entries)-1].Seqno), 10)
	}
	return b
}

func appendBatchCall(b []byte, c *shard.BatchCall) []byte {
	b = append(append(append(b, c.Op.String()...), ' '), c.Key...)
	if len(c.Inputs) > 0 {
		b = append(strconv.AppendInt(append(b, " of "...), int64(len(c.Inputs)), 10), " batches"...)
	}
	return appendRows(b, len(c.Updates))
}

func appendBatchResult(b []byte, r *shard.BatchResult) []byte {
	b = append(b, r.Outcome.String()...)
	if r.Outcome != outcome.Done && r.Key != "" {
		b = append(append(b, ' '), r.Key...)
	}
	return appendRows(b, len(r.Updates))
}
