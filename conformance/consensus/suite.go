// Package consensus is the contract of the store that shards' states are committed
// to (P-30 in docs/semantics.md) as a test suite: one test or more for each
// promise, races between concurrent callers, and random sequences of calls against
// a model too simple to be wrong.
//
// The suite calls none of core's functions.
package consensus

import (
	"slices"
	"strconv"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/persist/consensus"
)

// Store is a store under test.
type Store struct {
	// Do makes the call, waits for its outcome and overwrites r. Several goroutines
	// use it at once.
	Do func(c *consensus.Call, r *consensus.Result)
	// Others are other ways to the same data, such as another process's: calls that
	// race are spread over Do and these. It may be empty.
	Others []func(c *consensus.Call, r *consensus.Result)
}

// Factory makes a fresh, empty store. It is called a few times per suite; the
// suite's tests tell themselves apart by their keys.
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

// Rules runs the tests that are named after what is promised.
func Rules(t conformance.T, fresh Factory) {
	t.Helper()
	rules(t, fresh, func(string) bool { return true })
}

// rules runs those tests that are wanted.
func rules(t conformance.T, fresh Factory, wanted func(name string) bool) {
	t.Helper()
	store := fresh(t)
	for i, r := range slices.Concat(families()...) {
		if wanted(r.name) {
			prefix := "t" + strconv.Itoa(i+1) + "/"
			t.Run("P-30/"+r.name, func(t conformance.T) { r.run(&env{T: t, store: store, prefix: prefix}) })
		}
	}
}

func families() [][]rule {
	return [][]rule{
		headRules(), casRules(), scanRules(), truncateRules(), keysRules(), limitRules(), invalidRules(), raceRules(),
	}
}
