package shard

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
)

// EffectKind is the kind of an Effect.
type EffectKind uint8

// Effects are commands to drivers.
const (
	EffectNone EffectKind = iota
	// EffectRespond answers the call ID with Result. Not answered itself.
	EffectRespond
	// EffectConsensus makes the call Consensus. Answered by InputConsensusDone with
	// Effect, once; a second time is ignored, and so is one after the deadline.
	EffectConsensus
	// EffectBatch makes the call Batch. Answered by InputBatchDone likewise.
	EffectBatch
	// EffectProblem tells a person that Problem was found in what is stored under Key,
	// of shard Shard. Not answered.
	EffectProblem
	// EffectKindCount is one more than the last kind.
	EffectKindCount
)

// String is the kind's name as it appears in traces.
func (k EffectKind) String() string {
	switch k {
	case EffectNone:
		return "none"
	case EffectRespond:
		return "respond"
	case EffectConsensus:
		return "consensus"
	case EffectBatch:
		return "batch"
	case EffectProblem:
		return "problem"
	case EffectKindCount:
	}
	return "effect?"
}

// Effect is one command, as a tagged struct: Kind says which of the other fields is
// read. Its lists are frozen; a driver may keep them.
type Effect struct {
	Kind   EffectKind
	ID     CallID
	Effect EffectID
	// Cause is the call that a consensus or batch call is made for; 0: it is made for
	// none, to keep the shard in shape.
	Cause CallID
	// Calls are those that have changed the state which a compare-and-set adds, in the
	// order in which they did, and Wall is the reading that they were judged by.
	Calls []CallID
	Wall  clock.Wall
	// Result of a response. If a Problem is the reason for it, it is named here too.
	Result    persist.Result
	Consensus consensus.Call
	Batch     BatchCall
	Shard     persist.ShardID
	Problem   Problem
	Key       string
}

// Effects is the buffer that Step appends to. It belongs to the caller, which
// resets it between steps. The driver may run everything in it concurrently.
type Effects struct{ list []Effect }

// Reset empties the buffer and keeps its memory.
func (e *Effects) Reset() { e.list = e.list[:0] }

// Len is the number of effects.
func (e *Effects) Len() int { return len(e.list) }

// At is the i-th effect, valid until Reset.
func (e *Effects) At(i int) *Effect { return &e.list[i] }

// next appends a zeroed effect and returns it to be filled.
func (e *Effects) next() *Effect {
	if len(e.list) < cap(e.list) {
		e.list = e.list[:len(e.list)+1]
		e.list[len(e.list)-1] = Effect{}
	} else {
		e.list = append(e.list, Effect{})
	}
	return &e.list[len(e.list)-1]
}
