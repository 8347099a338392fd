// Package sink is the contract of external systems that exports write to as a test
// suite: rules H-20 and H-21 of docs/semantics.md and what core/storaged/sink says of
// each operation, one test or more for each, and random sequences of calls against a
// second, even dumber model.
//
// The suite calls none of core's functions.
package sink

import (
	"example.com/tidemark/conformance"
	"example.com/tidemark/core"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

// Sink is an external system under test.
type Sink struct {
	// Do makes the call, waits for its outcome and overwrites r. Several goroutines
	// use it at once.
	Do func(c *sink.Call, r *sink.Result)
	// Connection of the n-th test: whatever it leads to is empty, and only that test's.
	Connection func(n int) string
	// Output is what the external system holds for the export, in the order in which it
	// was written. Nil if it cannot be told: what was written is not looked at then.
	Output func(connection string, export core.GlobalID) []relation.Update
	// Restart is a crash of whoever makes the calls: it keeps nothing in memory. Nil if
	// it never does.
	Restart func()
}

// Factory makes a fresh, empty external system. It is called a few times per suite.
type Factory func(t conformance.T) *Sink

// Schema is that of every collection that the suite exports.
func Schema() relation.Schema {
	return relation.Schema{Columns: []relation.Column{
		{Name: "name", Type: relation.Text},
		{Name: "n", Type: relation.Int64, Nullable: true},
	}}
}

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
	s := fresh(t)
	n := 0
	for _, family := range [][]rule{openRules(), writeRules(), closeRules(), formRules(), raceRules()} {
		for _, r := range family {
			n++
			t.Run(r.name, func(t conformance.T) { r.run(newEnv(t, s, n)) })
		}
	}
}
