package main

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
)

// Each fixture says on its lines what must be reported there; everything else in
// it must not be.
func TestFixtures(t *testing.T) {
	for _, dir := range []string{
		"core/algebra",    // every rule of core
		"core/clean",      // what core may do
		"core/excused",    // core has no exceptions
		"sim/world",       // clocks, randomness, map order, exceptions
		"sim/persistfake", // a fake calls nothing of core
		"invariants",      // nor does a judge
		"cmd/tool",        // the rest of the module may do all of it
	} {
		t.Run(dir, func(t *testing.T) {
			analysistest.Run(t, analysistest.TestData(), newAnalyzer(), "tidemark/"+dir)
		})
	}
}
