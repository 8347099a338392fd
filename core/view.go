package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

// Phase is how far a controller has come.
type Phase uint8

// Phases of an incarnation (C-10, C-13).
const (
	// PhaseNew: no boot input yet.
	PhaseNew Phase = iota
	// PhaseTakeOver: the stash's epoch is being raised.
	PhaseTakeOver
	// PhaseLoad: the stash is being read and its contents installed.
	PhaseLoad
	// PhaseRunning: requests are served.
	PhaseRunning
	// PhaseHalted: the controller has stopped for good.
	PhaseHalted
)

// String is the phase's name.
func (p Phase) String() string {
	switch p {
	case PhaseNew:
		return "new"
	case PhaseTakeOver:
		return "take-over"
	case PhaseLoad:
		return "load"
	case PhaseRunning:
		return "running"
	case PhaseHalted:
		return "halted"
	}
	return "phase?"
}

// HaltCode says why a controller halted.
type HaltCode uint8

// Reasons to halt. Only HaltFenced is part of a healthy life.
const (
	HaltNone HaltCode = iota
	// HaltFenced: a newer epoch owns the stash or a shard (C-13).
	HaltFenced
	// HaltCorrupt: the stash holds something that cannot be read.
	HaltCorrupt
	// HaltContract: a driver answered against its contract.
	HaltContract
	// HaltContradiction: the state contradicts itself. This is a bug (C-4).
	HaltContradiction
)

// String is the code's name.
func (h HaltCode) String() string {
	switch h {
	case HaltNone:
		return "none"
	case HaltFenced:
		return "fenced"
	case HaltCorrupt:
		return "corrupt"
	case HaltContract:
		return "contract"
	case HaltContradiction:
		return "contradiction"
	}
	return "halt?"
}

// Halt is why a controller halted, with the numbers.
type Halt struct {
	Code HaltCode
	// Where names the place in the core, A and B are the numbers that contradict.
	Where string
	A, B  uint64
}

// View is what cannot be seen of a controller from outside: read-only, a few
// words, cheap to take after every step.
type View struct {
	Phase Phase
	Epoch uint64
	Halt  Halt
	// GraceEnds is when C-48's time after boot is over.
	GraceEnds clock.Instant
	// VerifiedAt is when the latest proof of leadership was asked for.
	VerifiedAt clock.Instant
	// OpenRequests, OpenEffects, QueuedControl and WaitingRequests count what is
	// outstanding.
	OpenRequests, OpenEffects, QueuedControl, WaitingRequests int
	// Ignored counts completions that matched nothing (C-4, C-93); ClockAlarms counts
	// times at which a chosen data time had to be bounded (C-55).
	Ignored, ClockAlarms uint64
}

// ShardPhase is how far a collection's shard has come (C-24).
type ShardPhase uint8

// Phases of a shard.
const (
	// ShardOpening: critical reader, writer, upper are being established.
	ShardOpening ShardPhase = iota
	// ShardOpen: in use.
	ShardOpen
	// ShardFailed: permanently unusable (C-23).
	ShardFailed
)

// CollectionView is what a controller believes of one collection.
type CollectionView struct {
	ID          GlobalID
	Kind        CollectionKind
	Data, Remap persist.ShardID
	Phase       ShardPhase
	Dropped     bool
	// Since is the meet of all capabilities: what is advertised, and where the
	// shard's since is being driven to. Implied is the controller's own capability.
	Since, Implied, Upper frontier.Frontier
	Policy                Policy
	// DurableSince is the shard's since as the latest downgrade reported it.
	DurableSince frontier.Frontier
	// Holds counts what holds the collection besides the implied capability:
	// external named ones, external counts, snapshots.
	NamedHolds, CountedHolds, Snapshots int64
	// QueuedAppends counts entries that wait behind the batch that is out.
	QueuedAppends int
}
