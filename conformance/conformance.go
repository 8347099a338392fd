// Package conformance holds what the suites of contracts share: the part of a
// test that a suite needs, and a recorder that stands in for it, so that a suite
// can itself be tested (an implementation that breaks a rule must fail the test
// named after that rule).
//
// The suites are in conformance/persist and conformance/stash. Each is a function
// over a factory: the fake runs through it, and every real store later, unchanged.
package conformance

import "testing"

// T is the part of *testing.T that a suite needs. It is enough for rapid, too.
type T interface {
	Helper()
	Name() string
	Log(args ...any)
	Logf(format string, args ...any)
	Skip(args ...any)
	Skipf(format string, args ...any)
	SkipNow()
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Fail()
	FailNow()
	Failed() bool
	// Run runs f as a subtest, to its end, and reports whether it passed.
	Run(name string, f func(T)) bool
}

// Of is t as a suite sees it.
func Of(t *testing.T) T { return goTest{t} }

type goTest struct{ *testing.T }

func (g goTest) Run(name string, f func(T)) bool {
	g.Helper()
	return g.T.Run(name, func(t *testing.T) { f(goTest{t}) })
}
