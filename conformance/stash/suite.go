// Package stash is the contract of the durable metadata store as a test suite:
// the rules T-1 to T-4, T-6 and T-7 of docs/semantics.md, one test or more for
// each, named after it, and random sequences of transactions against a second,
// even dumber model.
//
// The suite calls none of core's functions.
package stash

import (
	"example.com/tidemark/conformance"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/stash"
)

// Store is a metadata store under test.
type Store struct {
	// Do runs the transaction, waits for its outcome and overwrites r. Several
	// goroutines use it at once.
	Do func(c *stash.Call, r *stash.Result)
	// SetServerTime sets what the store's own clock shows from now on. Nil if it
	// cannot be set: times are only required not to be zero then.
	SetServerTime func(now clock.Wall)
}

// Factory makes a fresh, empty store, which nobody has taken over.
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

// Rules runs the tests that are named after rules, each on a fresh store.
func Rules(t conformance.T, fresh Factory) {
	t.Helper()
	for _, family := range [][]rule{epochRules(), outcomeRules(), writeRules(), readRules(), raceRules()} {
		for _, r := range family {
			t.Run(r.name, func(t conformance.T) { r.run(newEnv(t, fresh(t))) })
		}
	}
}
