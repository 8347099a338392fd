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
	// Trial is what is run instead of a world; nil: a world.
	Trial *Trial `json:"trial,omitempty"`
	// Controllers is the number of controller slots: 2 or 3 (0: 2).
	Controllers int `json:"controllers,omitempty"`
	// Shards is what shards are: "" for the model, ShardsStack for the real shard machine
	// over simulated stores.
	Shards string `json:"shards,omitempty"`
	// TightShards has the shard machine, where there is one, keep as little as it can: it
	// spills, merges and cuts off sooner, and gives up after fewer tries.
	TightShards bool `json:"tight_shards,omitempty"`
	// ChaosMs is how long faults last; then the world heals and must come to rest.
	ChaosMs int64 `json:"chaos_ms"`
	// CalmMs is how long the world must stay at rest before the run ends (0: one fetch
	// period), so that what nobody renews any more lapses before the end.
	CalmMs int64 `json:"calm_ms,omitempty"`
	// PatienceMs is how long clients wait for an answer before they turn to another
	// controller (0: ten seconds).
	PatienceMs int64 `json:"patience_ms,omitempty"`
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

// Pin fixes one draw by its key.
type Pin struct {
	Purpose string `json:"purpose"`
	Node    int    `json:"node"`
	Cause   uint64 `json:"cause"`
	Nth     int    `json:"nth"`
	Value   uint64 `json:"value"`
}
