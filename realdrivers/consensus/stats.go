package consensus

import "sync/atomic"

// Stats counts what a store did since it was opened.
type Stats struct {
	// Statements were sent to the database; those of a group go to Postgres in one
	// round trip. BEGIN and COMMIT are not counted, nor is what opening does.
	Statements uint64
	// Groups are the commits that carried compare-and-sets and truncations, and Writes
	// how many of these they carried.
	Groups, Writes uint64
}

// counters are Stats that are being counted.
type counters struct{ statements, groups, writes atomic.Uint64 }

func (c *counters) stats() Stats {
	return Stats{Statements: c.statements.Load(), Groups: c.groups.Load(), Writes: c.writes.Load()}
}

func (c *counters) group(n int) {
	c.groups.Add(1)
	c.writes.Add(uint64(n))
}
