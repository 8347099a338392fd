package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// Kind is the kind of an Observation.
type Kind uint8

// Observations, in the order in which a step produces them: the input
// (Booted, Requested, Cancelled, Completed or Woken), then Moved for each
// collection whose view changed, then for each effect Responded or Issued.
const (
	KindNone Kind = iota
	// Booted: an incarnation starts (Step with InputBoot returned). Config holds.
	Booted
	// Requested: Request was delivered to the controller. Observed before its
	// step's other observations.
	Requested
	// Cancelled: a cancel of the request RequestID was delivered.
	Cancelled
	// Completed: the completion of Effect (its ID) was delivered, with PersistResult
	// or StashResult.
	Completed
	// Moved: the controller's view of Collection changed in this step, or the
	// collection is new in it, or gone from it (Gone).
	Moved
	// Responded: the controller answered with Response. It is observed when the core
	// emits it, whether or not it reaches the client.
	Responded
	// Issued: Effect left the controller. Effects are released one by one; one that
	// was emitted but fell to a crash is never observed.
	Issued
	// PersistApplied: PersistCall took effect with PersistResult; Before and After
	// are the shard's durable state around it. Caller is who called: Node and
	// Incarnation of a controller, or Node = Foreign.
	PersistApplied
	// StashApplied: StashCall took effect with StashResult; EpochBefore and
	// EpochAfter are the stored epoch around it.
	StashApplied
	// Crashed: the incarnation is gone.
	Crashed
	// Halted: the controller entered PhaseHalted in this step; View says why.
	Halted
	// Panicked: the core panicked; Message says with what.
	Panicked
	// Healed: the chaos phase is over.
	Healed

	// What follows is about storage hosts, the orchestrator and external systems, and
	// is said in Hosted (see HostObservation). A call that a controller makes of the
	// orchestrator or of the transport is Issued and Completed like every other; a call
	// of a host to a shard is PersistApplied with Node = Foreign and Hosted set.

	// HostStarted: a process of Host starts. HostEnded: it is no more, whatever ended
	// it; its calls live on. HostHalted: its machine has halted; the process ends soon.
	// HostPaused, HostResumed: it is not stepped in between.
	HostStarted
	HostEnded
	HostHalted
	HostPaused
	HostResumed
	// HelloDelivered: a Hello of Session reached the process.
	HelloDelivered
	// CommandDelivered: Command reached the process in Session.
	CommandDelivered
	// SessionLostAtHost: the process was told that Session has ended.
	SessionLostAtHost
	// HostIssued: the process released an effect: a call of its own, the answer to a
	// Hello, a report.
	HostIssued
	// HostMoved: the process's view of an object changed, or it runs it no more (Gone).
	HostMoved
	// Reported: a report of Host in Session was delivered to a controller. SessionLost:
	// a controller was told that Session with Host has ended. Both are inputs of the
	// controller's step, like Requested.
	Reported
	SessionLost
	// OrchestratorApplied: a call of the orchestrator took effect; EpochBefore and
	// EpochAfter are what is recorded with the service around it.
	OrchestratorApplied
	// SourceSaid: an external source has said more since it was last observed. Observed
	// before anything that a host can learn from it.
	SourceSaid
	// SourceApplied, SinkApplied: a call of an external system took effect.
	SourceApplied
	SinkApplied
	// RemapMoved: like Moved, of what stands for the shard of an ingestion's bindings.
	// Its id has no kind, and its Collection is of kind core.KindRemap.
	RemapMoved
	// ShardStored: Shard has a new stored state, which says Before; After is what the
	// calls that were committed make of it by the contract. ShardAnswered: PersistCall is
	// answered with PersistResult by who stores Shard; Before is the shard when the call
	// was made, After now, Expected what the contract says if it was committed.
	ShardStored
	ShardAnswered
	// Contradicted: a machine, or a copy of it that was put to the test beside the run, did
	// what it must never do; Message says what.
	Contradicted
	// HostCompleted: the completion of a call was delivered to the process that made it.
	// Observed before what follows of it.
	HostCompleted
	// KindCount is one more than the last kind.
	KindCount
)

// Foreign is the Node of whoever is not a controller.
const Foreign = -1

// ShardState is a shard's durable state as a judge needs it.
type ShardState struct {
	Since, Upper frontier.Frontier
	// Opaque and CriticalSince of the controllers' critical reader; HasCritical if
	// there is one.
	HasCritical   bool
	CriticalSince frontier.Frontier
	Opaque        persist.Opaque
	// WriterEpoch is the highest epoch that opened a writer.
	WriterEpoch uint64
	// Finalized shards are gone for ever.
	Finalized bool
	// Leases sums up the leased readers, with their sinces and the ends of their leases;
	// only of ShardStored.
	Leases uint64
}

// Observation is one thing that happened in the world, as a tagged struct passed
// by pointer: Kind says which fields hold. Everything it points to is valid only
// during the call and belongs to the world; frozen lists may be kept.
type Observation struct {
	Kind Kind
	// Step counts the world's events; AtUs is simulated time in microseconds.
	Step uint64
	AtUs int64
	// Node and Incarnation of the controller concerned. Incarnations count up over
	// all nodes of a run and start with 1.
	Node        int
	Incarnation uint32
	// Now is what the controller was told of the time in this step.
	Now clock.Now
	// Wake is when the controller wants to be woken after a Completed; 0: nobody asked.
	Wake clock.Instant

	Config        *core.Config
	Request       *core.Request
	RequestID     core.RequestID
	Response      *core.Response
	Effect        *core.Effect
	Collection    *core.CollectionView
	Gone          bool
	View          *core.View
	PersistCall   *persist.Call
	PersistResult *persist.Result
	Before, After *ShardState
	Shard         persist.ShardID
	Expected      *persist.Result
	StashCall     *stash.Call
	StashResult   *stash.Result
	EpochBefore   uint64
	EpochAfter    uint64
	Message       string
	// Hosted is what is said of hosts and external systems; nil if nothing is.
	Hosted *HostObservation
}
