package plan

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
