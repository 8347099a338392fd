package plan_test

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

// A clock is ahead by what it begins with, gains, and jumps forward.
func TestAheadOfTheRightTime(t *testing.T) {
	p := &plan.Plan{ChaosMs: 9000, Clocks: []plan.Clock{
		{OffsetMs: -5000, Jumps: []plan.Jump{{ByMs: 700}, {ByMs: -10_000}, {ByMs: 100}}},
		{OffsetMs: 50, DriftPpm: 10_000},
	}}
	if got := p.AheadMs(); got != 800 {
		t.Errorf("%d ms of controllers", got)
	}
	p.Machines = []plan.Machine{{OffsetMs: 1000, DriftPpm: 100_000}}
	if got := p.AheadMs(); got != 2000 {
		t.Errorf("%d ms with a machine's", got)
	}
}
