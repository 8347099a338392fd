package invariants

// Violation says which invariant broke, where and with what numbers.
type Violation struct {
	// Invariant is the name in the registry: S1 … S16, L1 … L6.
	Invariant string
	// Step and AtUs are the world's event and simulated time at which it was seen.
	Step uint64
	AtUs int64
	// Node is the controller concerned; Foreign if none is.
	Node    int
	Message string
}

// Stat counts how often an invariant was checked, and how often the case it is
// there for really occurred.
type Stat struct {
	Name         string
	Checked, Met uint64
}

// End is how a run ended.
type End struct {
	AtUs int64
	// Stuck: the world did not come to rest within BoundUs after it healed.
	Stuck bool
	// Interrupted: the run was stopped from outside; nothing is owed.
	Interrupted bool
	BoundUs     int64
	// Collections is how many the controllers' leader holds state of, Entries how many
	// the stash has in all.
	Collections, Entries int
}
