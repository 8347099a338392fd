// Package source is the contract of external sources as a test suite: rules H-11,
// H-12 and H-15 of docs/semantics.md, and what core/storaged/source says of each operation, one
// test or more for each.
//
// The suite calls none of core's functions.
package source

import (
	"time"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/storaged/source"
)

// Source is an external source under test.
type Source struct {
	// Do makes the call, waits for its outcome and overwrites r. Several goroutines
	// use it at once.
	Do func(c *source.Call, r *source.Result)
	// Connection of the n-th test: a source of that test's own.
	Connection func(n int) string
	// More lets the source say about so many records more. Nil if it goes on by itself.
	More func(connection string, records int)
	// Same reports whether two records say the same. Nil: if all of their fields are
	// equal.
	Same func(a, b source.Record) bool
	// Restart is a crash of whoever makes the calls: it keeps nothing in memory. Nil if
	// it never does.
	Restart func()
	// Patience is how long the source may take to say what it has; 0: half a minute.
	Patience time.Duration
	// Ends: the source of every test is finished some time after More was called last.
	Ends bool
}

// Factory makes a fresh external system. It is called a few times per suite.
type Factory func(t conformance.T) *Source

// rule is one test.
type rule struct {
	name string
	run  func(e *env)
}

// Run runs the whole suite.
func Run(t conformance.T, fresh Factory) {
	t.Helper()
	s := fresh(t)
	n := 0
	for _, family := range [][]rule{readRules(), confirmRules(), releaseRules(), endRules(), formRules()} {
		for _, r := range family {
			n++
			t.Run(r.name, func(t conformance.T) { r.run(newEnv(t, s, n)) })
		}
	}
}
