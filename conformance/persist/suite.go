// Package persist is the contract of durable shards as a test suite: the rules
// P-1, P-2 and P-10 to P-19 of docs/semantics.md, one test or more for each,
// named after it, and random sequences of calls against a second, even dumber
// model.
//
// The suite calls none of core's functions: it writes its own frontiers and sums
// its own rows, so that a mistake in core's algebra cannot hide in it.
package persist

import (
	"example.com/tidemark/conformance"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
)

// Store is a store of shards under test.
type Store struct {
	// Do makes the call, waits for its outcome and overwrites r. Several goroutines
	// use it at once.
	Do func(c *persist.Call, r *persist.Result)
	// SetWall sets what the callers' wall clock shows from now on; it may go back.
	// Nil if the clock cannot be set: the rules about leases are skipped then.
	SetWall func(now clock.Wall)
	// Compact compacts a shard now, as far as its since allows (P-19). Nil if the store
	// does so when it likes: the rules about it are skipped then.
	Compact func(shard persist.ShardID)
}

// Factory makes a fresh, empty store. It is called a few times per suite; the
// suite's tests tell themselves apart by shard.
type Factory func(t conformance.T) *Store

// Run runs the whole suite.
func Run(t conformance.T, fresh Factory) {
	t.Helper()
	Rules(t, fresh)
	t.Run("random", func(t conformance.T) { Random(t, fresh) })
}

// rule is one test.
type rule struct {
	name string
	run  func(e *env)
}

// Rules runs the tests that are named after rules.
func Rules(t conformance.T, fresh Factory) {
	t.Helper()
	store := fresh(t)
	shard := uint64(0)
	for _, family := range [][]rule{
		sinceRules(), openRules(), appendRules(), orderRules(), downgradeRules(), criticalRules(),
		snapshotRules(), listenRules(), compactRules(), leaseRules(), finalizeRules(), raceRules(),
	} {
		for _, r := range family {
			shard++
			t.Run(r.name, func(t conformance.T) { r.run(newEnv(t, store, shard)) })
		}
	}
}
