package sim

import (
	"strconv"
	"strings"

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

func (r *shardRetelling) begin(kind RecordKind, who shardtrial.Machine) []byte {
	w := r.w
	b := w.beginTried(int64(who.At), w.trials.shard.Steps())
	if w.record.Kind = kind; who.Process > 0 {
		w.record.Host, w.record.Process = machineName(who.Place), who.Process
	}
	return b
}

// about says which call of a store a record is about.
func (r *shardRetelling) about(effect shard.EffectID, o outcome.Outcome) {
	r.w.record.EffectID, r.w.record.Outcome = core.EffectID(effect), o
}

func appendMachine(b []byte, who shardtrial.Machine) []byte {
	return strconv.AppendUint(append(appendHost(b, machineName(who.Place)), '#'), uint64(who.Process), 10)
}

// Given implements shardtrial.Watcher, and so do the others.
func (r *shardRetelling) Given(who shardtrial.Machine, in *shard.Input) {
	b := append(append(appendMachine(r.begin(RecordShardInput, who), who), " <- "...), in.Kind.String()...)
	switch in.Kind {
	case shard.InputCall:
		r.w.record.Request = core.RequestID(in.ID)
		b = appendCall(appendNumber(b, in.ID), &in.Call)
	case shard.InputConsensusDone:
		r.about(in.Effect, in.Consensus.Outcome)
		b = appendConsensusResult(appendNumber(b, in.Effect), &in.Consensus)
	case shard.InputBatchDone:
		r.about(in.Effect, in.Batch.Outcome)
		b = appendBatchResult(appendNumber(b, in.Effect), &in.Batch)
	case shard.InputCompact:
		b = appendShard(append(b, ' '), in.Call.Shard)
	default:
	}
	r.w.emit(b)
}

func (r *shardRetelling) Left(who shardtrial.Machine, e *shard.Effect) {
	b := append(append(appendMachine(r.begin(RecordShardEffect, who), who), " -> "...), e.Kind.String()...)
	switch e.Kind {
	case shard.EffectRespond:
		r.w.record.Request = core.RequestID(e.ID)
		r.about(0, e.Result.Outcome)
		b = appendResult(appendNumber(b, e.ID), &e.Result)
	case shard.EffectConsensus:
		r.about(e.Effect, outcome.None)
		b = appendConsensusCall(appendNumber(b, e.Effect), e)
		for _, id := range e.Calls {
			b = strconv.AppendUint(append(b, " for #"...), uint64(id), 10)
		}
	case shard.EffectBatch:
		r.about(e.Effect, outcome.None)
		b = appendBatchCall(appendNumber(b, e.Effect), e)
	default:
	}
	r.w.emit(b)
}

func (r *shardRetelling) Applied(who shardtrial.Machine, e *shard.Effect, in *shard.Input) {
	b := r.begin(RecordShardApplied, who)
	if e.Kind == shard.EffectBatch {
		r.about(e.Effect, in.Batch.Outcome)
		b = appendBatchCall(append(b, "blobs "...), e)
		b = appendBatchResult(appendByMachine(b, who), &in.Batch)
	} else {
		r.about(e.Effect, in.Consensus.Outcome)
		b = appendConsensusCall(append(b, "consensus "...), e)
		b = appendConsensusResult(appendByMachine(b, who), &in.Consensus)
	}
	r.w.emit(b)
}

func appendByMachine(b []byte, who shardtrial.Machine) []byte {
	return append(appendMachine(append(b, " by "...), who), ": "...)
}

func (r *shardRetelling) Crashed(who shardtrial.Machine) {
	b := appendMachine(r.begin(RecordHostLife, who), who)
	r.w.emit(append(b, " ended"...))
}

func (r *shardRetelling) Noted(who shardtrial.Machine, what string) {
	b := r.begin(RecordNote, who)
	if who.Process > 0 {
		b = append(appendMachine(b, who), ' ')
	}
	r.w.emit(append(b, what...))
}

func appendConsensusCall(b []byte, e *shard.Effect) []byte {
	c := &e.Consensus
	b = appendKey(append(append(b, c.Op.String()...), ' '), e, c.Key)
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

// appendKey is a key of a store, with the name of its shard cut short.
func appendKey(b []byte, e *shard.Effect, key string) []byte {
	rest, ofShard := strings.CutPrefix(key, e.Shard.String())
	if !ofShard {
		return append(b, key...)
	}
	return append(appendShard(b, e.Shard), rest...)
}

func appendBatchCall(b []byte, e *shard.Effect) []byte {
	c := &e.Batch
	b = appendKey(append(append(b, c.Op.String()...), ' '), e, c.Key)
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
