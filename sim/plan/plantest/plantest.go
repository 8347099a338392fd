// Package plantest draws plans in property tests: the generator that turns seeds
// into plans, with rapid as its source of chance, so that rapid shrinks plans.
// Only tests may import it.
package plantest

import (
	"example.com/tidemark/sim/plan"
	"pgregory.net/rapid"
)

// Rapid is a source of draws that takes them from t.
func Rapid(t *rapid.T) plan.Draws { return draws{t} }

type draws struct{ t *rapid.T }

// N implements plan.Draws. Rapid prefers small numbers, and zero ends a list, so a
// list ends only where two draws in a row are zero: else all would be short.
func (d draws) N(label string, n int) int {
	if n <= 1 {
		return 0
	}
	v := rapid.IntRange(0, n-1).Draw(d.t, label)
	if v == 0 && label == plan.Another {
		return rapid.IntRange(0, n-1).Draw(d.t, label)
	}
	return v
}

// maxOps bounds the operations of a drawn plan.
const maxOps = 200

// Plan draws a plan of a profile, with at most 200 operations.
func Plan(t *rapid.T, profile string) *plan.Plan {
	seed := rapid.Uint64Range(1, 1<<32).Draw(t, "seed")
	p, err := plan.Generate(profile, seed, Rapid(t))
	if err != nil {
		t.Fatalf("generate: %v", err)
	}
	if len(p.Ops) > maxOps {
		p.Ops = p.Ops[:maxOps]
	}
	return p
}
