package conformance

import (
	"slices"
	"strings"
	"testing"
)

// Caught fails t unless the test that is named after what is broken is among those that
// failed.
func Caught(t *testing.T, broken *Recorder, name string) {
	t.Helper()
	if !slices.Contains(broken.Failures(), name) {
		t.Errorf("%s did not fail; what failed: %q\n%s", name, broken.Failures(), strings.Join(broken.Lines(), "\n"))
	}
}

// EveryRuleFails fails t if a test that what is sound has run has failed in none of the
// broken: a rule that nothing breaks may be one that cannot fail.
func EveryRuleFails(t *testing.T, sound *Recorder, broken []*Recorder) {
	t.Helper()
	left := sound.Tests()
	for _, b := range broken {
		failures := b.Failures()
		left = slices.DeleteFunc(left, func(name string) bool { return slices.Contains(failures, name) })
	}
	if len(left) > 0 {
		t.Errorf("no store breaks %q", left)
	}
}
