// Package plan is what happens in a run, as data. A plan alone determines a run:
// seeds die with the next commit, plans survive it.
//
// Operations refer to things symbolically (a slot is "the n-th collection", a
// time is "its upper + 3"), so that a plan with one operation deleted is still
// meaningful. Everything random in a run is drawn by key (Seed, purpose, node,
// cause, nth), and causes derive from the stable IDs in here, never from
// positions, so that deleting an operation leaves causally unrelated draws as
// they were.
package plan

// Version of the plan format. A reader refuses newer ones and reads older ones: what
// they do not have is what it was before it existed.
//
//   - 2: hosts, sources, exports, a third controller.
const Version = 2

// Plan is one run: the world's make-up, what goes wrong, and what clients do.
// All times are simulated milliseconds since the start of the run unless a name
// says otherwise.
type Plan struct {
	Version int    `json:"version"`
	Seed    uint64 `json:"seed"`
	Profile string `json:"profile"`
	// Controllers is the number of controller slots: 2 or 3 (0: 2).
	Controllers int `json:"controllers,omitempty"`
	// Shards is what shards are: "" for the model, ShardsStack for the real shard machine
	// over simulated stores.
	Shards string `json:"shards,omitempty"`
	// ChaosMs is how long faults last; then the world heals and must come to rest.
	ChaosMs int64 `json:"chaos_ms"`
	// CalmMs is how long the world must stay at rest before the run ends (0: one fetch
	// period), so that what nobody renews any more lapses before the end.
	CalmMs int64 `json:"calm_ms,omitempty"`
	// GridMs is the coarse grid on which clients choose data times.
	GridMs  int64   `json:"grid_ms"`
	Config  Config  `json:"config"`
	Latency Latency `json:"latency"`
	Rates   Rates   `json:"rates"`
	Clocks  []Clock `json:"clocks,omitempty"`
	// Machines are what hosts run on (none: one, whose clock is right). Controller n
	// runs on the n-th of them, remote host n on the n-th, around the list.
	Machines []Machine `json:"machines,omitempty"`
	// Sources are the external sources that ingestions follow.
	Sources []Source    `json:"sources,omitempty"`
	Faults  []Fault     `json:"faults,omitempty"`
	Owners  []Owner     `json:"owners,omitempty"`
	Writers []Writer    `json:"writers,omitempty"`
	Ops     []Operation `json:"ops,omitempty"`
	// Loops are operations that are repeated; Expand turns a run into an Operation.
	Loops []Loop `json:"loops,omitempty"`
	// Draws pins single draws (see Pin). A pinned draw is used instead of the rate.
	Draws []Pin `json:"draws,omitempty"`
	// OnlyPinned turns every rate off, so that what Draws lists is all that happens.
	OnlyPinned bool `json:"only_pinned,omitempty"`
}

// ShardsStack is a Plan's Shards: the machine of core/persist/shard in every process.
const ShardsStack = "stack"

// Config mirrors core.Config in milliseconds, with the limits.
type Config struct {
	ReaderLeaseMs int64 `json:"reader_lease_ms"`
	HeartbeatMs   int64 `json:"heartbeat_ms"`
	HoldLeaseMs   int64 `json:"hold_lease_ms"`
	ClockMarginMs int64 `json:"clock_margin_ms"`
	FetchEveryMs  int64 `json:"fetch_every_ms"`
	SinceEveryMs  int64 `json:"since_every_ms"`
	// AdvanceEveryMs is one second if it is left out.
	AdvanceEveryMs    int64 `json:"advance_every_ms,omitempty"`
	BackoffMinMs      int64 `json:"backoff_min_ms"`
	BackoffMaxMs      int64 `json:"backoff_max_ms"`
	PersistDeadlineMs int64 `json:"persist_deadline_ms"`
	ReadDeadlineMs    int64 `json:"read_deadline_ms"`
	StashDeadlineMs   int64 `json:"stash_deadline_ms"`
	SnapshotWaitMs    int64 `json:"snapshot_wait_ms"`
	MaxClockSkewMs    int64 `json:"max_clock_skew_ms"`
	// What is about hosts; 0 stands for the persist deadline, the same, the reader lease,
	// four of them, and the period of fetches.
	HostDeadlineMs  int64 `json:"host_deadline_ms,omitempty"`
	MoveGraceMs     int64 `json:"move_grace_ms,omitempty"`
	DropGraceMs     int64 `json:"drop_grace_ms,omitempty"`
	WriterGraceMs   int64 `json:"writer_grace_ms,omitempty"`
	ServicesEveryMs int64 `json:"services_every_ms,omitempty"`
	OpenRequests    int64 `json:"open_requests"`
	QueuedAppends   int64 `json:"queued_appends"`
	QueuedBytes     int64 `json:"queued_bytes"`
	HoldsPerOwner   int64 `json:"holds_per_owner"`
	IDsPerRequest   int64 `json:"ids_per_request"`
}

// Latency holds the latency distribution of each kind of path.
type Latency struct {
	Network Distribution `json:"network"`
	Persist Distribution `json:"persist"`
	Stash   Distribution `json:"stash"`
	// Orchestrator is how long its calls take, Start how long a host then takes to
	// start, External how long calls of sources and sinks take.
	Orchestrator Distribution `json:"orchestrator,omitzero"`
	Start        Distribution `json:"start,omitzero"`
	External     Distribution `json:"external,omitzero"`
}

// Distribution of a latency in microseconds: uniform between Min and Max, except
// that TailPermille of the draws are multiplied by TailFactor.
type Distribution struct {
	MinUs        int64 `json:"min_us"`
	MaxUs        int64 `json:"max_us"`
	TailPermille int   `json:"tail_permille,omitempty"`
	TailFactor   int64 `json:"tail_factor,omitempty"`
}

// Rates are per-mille probabilities of the faults that may befall any single call
// or message during the chaos phase; zero means that this run does not have the
// fault at all (swarm).
type Rates struct {
	// Persist calls: it happened and was not reported; it did not happen and nobody
	// says so; it happens late (after being reported unknown); a definite error; a
	// call that takes SlowFactor times as long; a snapshot left unconsolidated.
	PersistUnknownLanded int `json:"persist_unknown_landed,omitempty"`
	PersistUnknownLost   int `json:"persist_unknown_lost,omitempty"`
	PersistUnknownLate   int `json:"persist_unknown_late,omitempty"`
	PersistNotDone       int `json:"persist_not_done,omitempty"`
	PersistSlow          int `json:"persist_slow,omitempty"`
	PersistNeverAnswered int `json:"persist_never_answered,omitempty"`
	SnapshotUnsorted     int `json:"snapshot_unsorted,omitempty"`
	StashUnknownLanded   int `json:"stash_unknown_landed,omitempty"`
	StashUnknownLost     int `json:"stash_unknown_lost,omitempty"`
	StashUnknownLate     int `json:"stash_unknown_late,omitempty"`
	StashNotDone         int `json:"stash_not_done,omitempty"`
	StashSlow            int `json:"stash_slow,omitempty"`
	StashNeverAnswered   int `json:"stash_never_answered,omitempty"`
	// Messages between clients and controllers.
	RequestLost   int `json:"request_lost,omitempty"`
	ReplyLost     int `json:"reply_lost,omitempty"`
	RequestTwice  int `json:"request_twice,omitempty"`
	MessageLate   int `json:"message_late,omitempty"`
	SessionReset  int `json:"session_reset,omitempty"`
	CompletionDup int `json:"completion_twice,omitempty"`
	WakeSpurious  int `json:"wake_spurious,omitempty"`
	WakeLate      int `json:"wake_late,omitempty"`
	ClientCancel  int `json:"client_cancel,omitempty"`
	ClientRepeat  int `json:"client_repeat,omitempty"`
	// Calls of the orchestrator, and what becomes of them: a start that makes two
	// processes, a stop that leaves one behind for long, or for a short while.
	OrchestratorUnknownLanded int `json:"orchestrator_unknown_landed,omitempty"`
	OrchestratorUnknownLost   int `json:"orchestrator_unknown_lost,omitempty"`
	OrchestratorUnknownLate   int `json:"orchestrator_unknown_late,omitempty"`
	OrchestratorNotDone       int `json:"orchestrator_not_done,omitempty"`
	OrchestratorSlow          int `json:"orchestrator_slow,omitempty"`
	OrchestratorNeverAnswered int `json:"orchestrator_never_answered,omitempty"`
	OrchestratorTwice         int `json:"orchestrator_twice,omitempty"`
	OrchestratorOrphan        int `json:"orchestrator_orphan,omitempty"`
	OrchestratorLateStop      int `json:"orchestrator_late_stop,omitempty"`
	HostSlowStart             int `json:"host_slow_start,omitempty"`
	// Sessions with hosts: a Hello that is lost, that comes late, or whose answer is
	// lost; a session that breaks at a message, with half of it delivered; reports of
	// a session that was given up and that arrive nevertheless.
	HelloLost       int `json:"hello_lost,omitempty"`
	HelloLate       int `json:"hello_late,omitempty"`
	HelloUnanswered int `json:"hello_unanswered,omitempty"`
	HostSessionLost int `json:"host_session_lost,omitempty"`
	ReportStale     int `json:"report_stale,omitempty"`
	// Calls of sources and sinks.
	SourceUnknownLanded int `json:"source_unknown_landed,omitempty"`
	SourceUnknownLost   int `json:"source_unknown_lost,omitempty"`
	SourceUnknownLate   int `json:"source_unknown_late,omitempty"`
	SourceNotDone       int `json:"source_not_done,omitempty"`
	SourceSlow          int `json:"source_slow,omitempty"`
	SourceNeverAnswered int `json:"source_never_answered,omitempty"`
	SinkUnknownLanded   int `json:"sink_unknown_landed,omitempty"`
	SinkUnknownLost     int `json:"sink_unknown_lost,omitempty"`
	SinkUnknownLate     int `json:"sink_unknown_late,omitempty"`
	SinkNotDone         int `json:"sink_not_done,omitempty"`
	SinkSlow            int `json:"sink_slow,omitempty"`
	SinkNeverAnswered   int `json:"sink_never_answered,omitempty"`
	// SlowFactor multiplies the latency of slow calls, LateMs is how late "late" may be.
	SlowFactor int64 `json:"slow_factor,omitempty"`
	LateMs     int64 `json:"late_ms,omitempty"`
}

// Node names a controller process slot: 0, 1 or 2.
type Node = int

// Clock is how one node's clocks are wrong.
type Clock struct {
	Node     Node   `json:"node"`
	OffsetMs int64  `json:"offset_ms,omitempty"`
	DriftPpm int64  `json:"drift_ppm,omitempty"`
	Jumps    []Jump `json:"jumps,omitempty"`
}

// Jump moves a wall clock at once.
type Jump struct {
	AtMs int64 `json:"at_ms"`
	ByMs int64 `json:"by_ms"`
}

// FaultKind is the kind of a Fault.
type FaultKind string

// Faults that the plan places in time.
const (
	// FaultCrash kills controller Node at AtMs or, if Effect > 0, at its Effect-th
	// effect after that, before (Before) or after that effect was released. It
	// starts again ForMs later.
	FaultCrash FaultKind = "crash"
	// FaultPause stops controller Node for ForMs; calls that are out go on, inputs
	// wait, and it comes back as a zombie if another took over meanwhile.
	FaultPause FaultKind = "pause"
	// FaultTakeover starts controller Node if it is not running, while the other
	// still is.
	FaultTakeover FaultKind = "takeover"
	// FaultPartition cuts the link between the clients and controller Node for
	// ForMs: both ways, or only one (Direction).
	FaultPartition FaultKind = "partition"
	// FaultPersistDown and FaultStashDown make every call fail for ForMs: definitely
	// or, with Unknown, with an outcome nobody knows. Node ≥ 0 limits it to one
	// controller's calls.
	FaultPersistDown FaultKind = "persist-down"
	FaultStashDown   FaultKind = "stash-down"
	// FaultSlowShard makes every call to the shard of Slot slow for ForMs: several
	// times as slow as usual or, if that is more, DelayMs.
	FaultSlowShard FaultKind = "slow-shard"
	// FaultForeignWriter appends to the shard of Slot behind the controller's back
	// (Rows rows, upper advanced by AdvanceMs, or closed).
	FaultForeignWriter FaultKind = "foreign-writer"
	// FaultForeignReader opens a leased reader of its own on the shard of Slot, and
	// holds it for ForMs, judged by a clock that is SkewMs off.
	FaultForeignReader FaultKind = "foreign-reader"
	// FaultForeignEpoch takes the critical handle of the shard of Slot over with an
	// epoch that is the newest controller's plus Epochs.
	FaultForeignEpoch FaultKind = "foreign-epoch"
	// FaultPoisonShard makes the shard of Slot permanently unusable (finalized).
	FaultPoisonShard FaultKind = "poison-shard"
	// FaultCompaction compacts the shard of Slot as far as its since allows (P-19). A
	// store does so when it likes; it is no fault, but comes when nobody asked for it.
	FaultCompaction FaultKind = "compaction"
	// FaultHostCrash kills every process of a host: of the one with number Remote or
	// else of the managed ones of the object Slot. It starts again ForMs later, as long
	// as it is wanted.
	FaultHostCrash FaultKind = "host-crash"
	// FaultHostPause stops a host's processes for ForMs; they come back as zombies if
	// the world has gone on meanwhile.
	FaultHostPause FaultKind = "host-pause"
	// FaultHostTwice starts a second process of a host beside the first, for ForMs.
	FaultHostTwice FaultKind = "host-twice"
	// FaultHostReplace starts a new process of a host; those that there were end ForMs
	// later, as in a rolling replacement.
	FaultHostReplace FaultKind = "host-replace"
	// FaultHostDown keeps a host from starting for ForMs.
	FaultHostDown FaultKind = "host-down"
	// FaultHostCut cuts the link between controller Node (−1: each) and the machine of
	// a host for ForMs: both ways, or only one (Direction).
	FaultHostCut FaultKind = "host-cut"
	// FaultOrphan lets every stop of a host within ForMs leave its process behind for
	// that long. The orchestrator does not claim that it is gone.
	FaultOrphan FaultKind = "orphan"
	// FaultMachineDown stops everything that runs on machine Machine, together, for
	// ForMs: controllers and hosts.
	FaultMachineDown FaultKind = "machine-down"
	// FaultOrchestratorDown, FaultSourceDown and FaultSinkDown are FaultPersistDown for
	// the orchestrator and for external systems.
	FaultOrchestratorDown FaultKind = "orchestrator-down"
	FaultSourceDown       FaultKind = "source-down"
	FaultSinkDown         FaultKind = "sink-down"
	// FaultHostGone takes remote host Remote away for good. That exceeds what a
	// controller can be asked to cope with in time: such a plan is judged for safety
	// only (see BeyondBudget).
	FaultHostGone FaultKind = "host-gone"
)

// Direction of a partition.
type Direction string

// Directions.
const (
	BothWays     Direction = "both"
	ToController Direction = "to-controller"
	ToClients    Direction = "to-clients"
	// ToHosts is the other direction of a link between a controller and hosts.
	ToHosts Direction = "to-hosts"
)

// Fault is one thing that goes wrong at a place and time of the plan's choosing.
type Fault struct {
	ID        int       `json:"id"`
	Kind      FaultKind `json:"kind"`
	AtMs      int64     `json:"at_ms"`
	ForMs     int64     `json:"for_ms,omitempty"`
	Node      Node      `json:"node"`
	Slot      int       `json:"slot,omitempty"`
	Remote    int       `json:"remote,omitempty"`
	Machine   int       `json:"machine,omitempty"`
	Effect    int       `json:"effect,omitempty"`
	Before    bool      `json:"before,omitempty"`
	Direction Direction `json:"direction,omitempty"`
	Unknown   bool      `json:"unknown,omitempty"`
	Rows      int       `json:"rows,omitempty"`
	AdvanceMs int64     `json:"advance_ms,omitempty"`
	Close     bool      `json:"close,omitempty"`
	SkewMs    int64     `json:"skew_ms,omitempty"`
	Epochs    uint64    `json:"epochs,omitempty"`
	DelayMs   int64     `json:"delay_ms,omitempty"`
}

// Owner is a holder of read capabilities. It renews everything it holds every
// RenewMs until it vanishes at VanishMs (0: never).
type Owner struct {
	ID       int   `json:"id"`
	RenewMs  int64 `json:"renew_ms"`
	VanishMs int64 `json:"vanish_ms,omitempty"`
}

// Writer is a client that advances the upper of one table for ever.
type Writer struct {
	ID      int   `json:"id"`
	Slot    int   `json:"slot"`
	StartMs int64 `json:"start_ms"`
	// UntilMs ends it (0: with the chaos).
	UntilMs  int64 `json:"until_ms,omitempty"`
	PeriodMs int64 `json:"period_ms"`
	// Every RowsEvery-th append carries Rows rows (0: none do); Keys bounds how many
	// different rows there are at a time: older ones are retracted.
	RowsEvery int `json:"rows_every,omitempty"`
	Rows      int `json:"rows,omitempty"`
	Keys      int `json:"keys,omitempty"`
	// ServedClock makes it choose data times by the clock readings that come with the
	// controllers' answers instead of by its own wall clock.
	ServedClock bool `json:"served_clock,omitempty"`
}

// OpKind is the kind of an Operation.
type OpKind string

// Operations of clients.
const (
	OpCreate       OpKind = "create"
	OpDrop         OpKind = "drop"
	OpAppend       OpKind = "append"
	OpSetPolicy    OpKind = "set-policy"
	OpReport       OpKind = "update-uppers"
	OpAcquire      OpKind = "acquire-hold"
	OpRenew        OpKind = "renew-hold"
	OpMove         OpKind = "move-hold"
	OpRelease      OpKind = "release-hold"
	OpCapabilities OpKind = "update-capabilities"
	OpSnapshot     OpKind = "snapshot"
	OpCollection   OpKind = "collection"
	OpDump         OpKind = "dump"
	// OpCancel gives up the request of operation Target.
	OpCancel OpKind = "cancel"
	// OpRaw sends a request that no well-behaved client would: see Raw.
	OpRaw OpKind = "raw"
	// OpAlter gives ingestions and exports other hosts.
	OpAlter OpKind = "alter"
	// Exports. A token is known once a prepare was answered; what has none shows one
	// that never was.
	OpPrepare      OpKind = "prepare-export"
	OpRenewToken   OpKind = "renew-token"
	OpCancelToken  OpKind = "cancel-token"
	OpExports      OpKind = "create-exports"
	OpAlterExports OpKind = "alter-exports"
	OpDropExports  OpKind = "drop-exports"
	OpExport       OpKind = "export"
)

// Character is the kind of client that an operation belongs to; it says how the
// client behaves when answers are lost or refuse.
type Character string

// Characters.
const (
	// Admin creates, drops and sets policies, and repeats with the same arguments
	// until it has a definite answer.
	Admin Character = "admin"
	// TableWriter appends; it never repeats rows whose outcome it does not know.
	TableWriter Character = "writer"
	// Reader takes holds and reads.
	Reader Character = "reader"
	// Reporter writes reported collections' shards and reports their uppers.
	Reporter Character = "reporter"
	// Hostile sends every odd input; it asks once.
	Hostile Character = "hostile"
)

// Operation is one thing a client does. Which fields count depends on Kind.
type Operation struct {
	ID   int       `json:"id"`
	AtMs int64     `json:"at_ms"`
	Kind OpKind    `json:"kind"`
	As   Character `json:"as"`
	// Node is the controller asked first; -1: the one that the client believes leads.
	Node Node `json:"node"`
	// Parts are the collections concerned, in the order given to the request (which
	// need not be that of their ids, and may repeat).
	Parts       []Part `json:"parts,omitempty"`
	Unvalidated bool   `json:"unvalidated,omitempty"`
	Owner       int    `json:"owner,omitempty"`
	Hold        int    `json:"hold,omitempty"`
	WaitMs      int64  `json:"wait_ms,omitempty"`
	// Target is the operation that a cancel gives up, or whose request id a raw
	// request reuses.
	Target int `json:"target,omitempty"`
	Raw    Raw `json:"raw,omitempty"`
}

// Part is what an operation wants of one collection.
type Part struct {
	// Slot is the number of a collection; its GlobalID is u<Slot>.
	Slot int `json:"slot"`
	// System and Transient give the id the kind s or t instead of u.
	System    bool `json:"system,omitempty"`
	Transient bool `json:"transient,omitempty"`
	// Create: the kind ("table", "reported", "ingestion", "subsource", "shard-mapping",
	// "source-status", "sink-status"), one of a few schemas, a since to advance to (nil:
	// none), the slot of the status collection (0: none).
	Kind   string `json:"kind,omitempty"`
	Schema int    `json:"schema,omitempty"`
	Since  *Time  `json:"since,omitempty"`
	Status int    `json:"status,omitempty"`
	// BadStatus makes the status collection an id of no kind.
	BadStatus bool `json:"bad_status,omitempty"`
	// Odd is what is odd about what is created.
	Odd Odd `json:"odd,omitempty"`
	// BadFrontier makes a create's since, or an append's or a report's new upper, a
	// frontier that is not in canonical form.
	BadFrontier bool `json:"bad_frontier,omitempty"`
	// Append, report: rows to write, times before the new upper, which is Time (or
	// closed). Early rows lie before the current upper, Beyond ones at or after the
	// new one, BadRow does not fit the schema, Retract takes back what is there,
	// ErrorRow is an error instead of a row.
	Rows     int  `json:"rows,omitempty"`
	Early    bool `json:"early,omitempty"`
	Beyond   bool `json:"beyond,omitempty"`
	BadRow   bool `json:"bad_row,omitempty"`
	Retract  bool `json:"retract,omitempty"`
	ErrorRow bool `json:"error_row,omitempty"`
	Close    bool `json:"close,omitempty"`
	// Time of an append's new upper, a hold, a snapshot, a capability.
	Time Time `json:"time,omitzero"`
	// Diff of a capability change.
	Diff int64 `json:"diff,omitempty"`
	// Policy to set.
	Policy *Policy `json:"policy,omitempty"`
	// What runs on a host runs on a managed one of its own (Size), or on the remote one
	// with number Remote; on neither or both if it is wrong.
	Size   int `json:"size,omitempty"`
	Remote int `json:"remote,omitempty"`
	// An ingestion follows Source (an external one, by its number), fills itself from
	// Output and the subsources in the same list that are Of its slot from theirs, and
	// reads Imports. One that follows source 0 has no connection.
	Source  int   `json:"source,omitempty"`
	Output  int   `json:"output,omitempty"`
	Of      int   `json:"of,omitempty"`
	Imports []int `json:"imports,omitempty"`
	// An export (whose id is Slot) writes the changes of From to Sink, an external
	// system by its number, from Time on (or from the empty frontier, with Close),
	// with what was there before if Snapshot is set. It shows the token that was
	// prepared for it, or for the slot TokenOf, or one that never was (BadToken).
	From     int  `json:"from,omitempty"`
	Sink     int  `json:"sink,omitempty"`
	Snapshot bool `json:"snapshot,omitempty"`
	TokenOf  int  `json:"token_of,omitempty"`
	BadToken bool `json:"bad_token,omitempty"`
}

// Base is what a symbolic time counts from.
type Base string

// Bases. What a client knows of a collection is what the last answer told it, so
// Since and Upper may be stale.
const (
	// Zero is the minimum timestamp.
	Zero Base = ""
	// Since and Upper are the collection's, as far as the client knows.
	Since Base = "since"
	Upper Base = "upper"
	// WallGrid is the client's wall clock rounded down to the plan's grid.
	WallGrid Base = "wall"
	// HoldTime is where the operation's own hold was granted; for a capability
	// change, the time of the latest capability that the owner acquired of that
	// collection and has not given back.
	HoldTime Base = "hold"
	// Earliest asks the controller to choose (holds only).
	Earliest Base = "earliest"
	// Max is the last timestamp.
	Max Base = "max"
)

// Time is a symbolic timestamp: Base + Offset, saturating.
type Time struct {
	Base   Base  `json:"base,omitempty"`
	Offset int64 `json:"offset,omitempty"`
}

// Policy is a read policy with symbolic times.
type Policy struct {
	// From: valid from a time; Lag: lag the upper by so much; Of: the earliest of
	// these. Empty From (FromEmpty) and an empty Of are for hostile clients.
	From      *Time     `json:"from,omitempty"`
	FromEmpty bool      `json:"from_empty,omitempty"`
	Lag       *uint64   `json:"lag,omitempty"`
	Of        *[]Policy `json:"of,omitempty"`
	// Nodes are sent as they are, in this order, whether they make a tree or not;
	// they are for hostile clients.
	Nodes *[]PolicyNode `json:"nodes,omitempty"`
}

// PolicyNode is a node of a policy as it is sent, with fields that need not belong
// to its kind.
type PolicyNode struct {
	// Kind is the number that stands for the kind: 1 valid-from, 2 lag, 3 multiple.
	Kind int `json:"kind"`
	// From is the minimum if it is nil, the empty frontier with Empty, and one that
	// is not in canonical form with both.
	From    *Time  `json:"from,omitempty"`
	Empty   bool   `json:"empty,omitempty"`
	Lag     uint64 `json:"lag,omitempty"`
	Members uint32 `json:"members,omitempty"`
}

// Raw is a malformed or malicious request.
type Raw string

// Raw requests.
const (
	RawNone Raw = ""
	// RawReusedRequestID repeats the request id of operation Target while it may be open.
	RawReusedRequestID Raw = "reused-request-id"
	// RawUnknownOp has an operation that does not exist.
	RawUnknownOp Raw = "unknown-op"
	// RawBadID names an id of no kind.
	RawBadID Raw = "bad-id"
	// RawBadFrontier holds a frontier that is not canonical.
	RawBadFrontier Raw = "bad-frontier"
	// RawTooManyIDs exceeds the limit of ids per request.
	RawTooManyIDs Raw = "too-many-ids"
	// RawBadSchema creates with a malformed schema.
	RawBadSchema Raw = "bad-schema"
	// RawEmptySince creates with an empty since.
	RawEmptySince Raw = "empty-since"
	// RawEmptyList asks for nothing.
	RawEmptyList Raw = "empty-list"
	// RawLongWait waits longer than allowed.
	RawLongWait Raw = "long-wait"
	// RawUnknownEffect completes an effect that was never issued.
	RawUnknownEffect Raw = "unknown-effect"
	// RawSecondBoot boots a machine that runs.
	RawSecondBoot Raw = "second-boot"
)

// Pin fixes one draw by its key.
type Pin struct {
	Purpose string `json:"purpose"`
	Node    int    `json:"node"`
	Cause   uint64 `json:"cause"`
	Nth     int    `json:"nth"`
	Value   uint64 `json:"value"`
}
