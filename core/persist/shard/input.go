package shard

import (
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
)

// CallID names a call of a machine's caller, who chooses it: not zero, and not that
// of a call which is not answered yet.
type CallID uint64

// EffectID names a call that the machine makes, for its completion.
type EffectID uint64

// InputKind is the kind of an Input.
type InputKind uint8

// Inputs are facts about the past.
const (
	InputNone InputKind = iota
	// InputBoot starts the machine; it comes first and once. Reads Boot.
	InputBoot
	// InputCall says that somebody makes a call of a shard. Reads Call and ID; answered
	// by one EffectRespond.
	InputCall
	// InputConsensusDone completes an EffectConsensus. Reads Effect and Consensus.
	InputConsensusDone
	// InputBatchDone completes an EffectBatch. Reads Effect and Batch.
	InputBatchDone
	// InputCompact asks for the shard Call.Shard to be compacted now, as far as its
	// since allows (P-19). Not answered.
	InputCompact
	// InputWake says that an instant that NextWake asked for has come, or another:
	// late, early and repeated wakes are harmless.
	InputWake
	// InputKindCount is one more than the last kind.
	InputKindCount
)

// String is the kind's name as it appears in traces.
func (k InputKind) String() string {
	switch k {
	case InputNone:
		return "none"
	case InputBoot:
		return "boot"
	case InputCall:
		return "call"
	case InputConsensusDone:
		return "consensus-done"
	case InputBatchDone:
		return "batch-done"
	case InputCompact:
		return "compact"
	case InputWake:
		return "wake"
	case InputKindCount:
	}
	return "input?"
}

// Boot is what a machine is given once, at its start. The names of its blobs and the
// marks of its states derive from Entropy: no two machines may be given the same.
type Boot struct {
	Entropy [4]uint64
	Config  Config
}

// Input is one fact, as a tagged struct: Kind says which of the other fields is
// read. It is passed by pointer and belongs to the caller, which may reuse it after
// Step; the lists in it are frozen and may be kept.
type Input struct {
	Kind      InputKind
	ID        CallID
	Effect    EffectID
	Boot      Boot
	Call      persist.Call
	Consensus consensus.Result
	Batch     BatchResult
}
