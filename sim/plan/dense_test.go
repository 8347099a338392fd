package plan_test

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

// A dense plan is short, and much happens in it to things of every kind.
func TestDensePlansAreDense(t *testing.T) {
	ops, faults, kinds := map[plan.OpKind]int{}, map[plan.FaultKind]int{}, map[string]int{}
	count, ms, hosted := 0, int64(0), 0
	for seed := uint64(1); seed <= manySeeds; seed++ {
		p := generate(t, "dense", seed)
		if p.ChaosMs > 5000 || len(p.Ops) > 200 {
			t.Errorf("seed %d: %d operations in %d ms", seed, len(p.Ops), p.ChaosMs)
		}
		count, ms = count+len(p.Ops), ms+p.ChaosMs
		if p.Hosted() {
			hosted++
		}
		for i := range p.Ops {
			op := &p.Ops[i]
			if op.AtMs >= p.ChaosMs {
				t.Errorf("seed %d: operation %d comes after the chaos", seed, op.ID)
			}
			ops[op.Kind]++
			for j := range op.Parts {
				if op.Kind == plan.OpCreate {
					kinds[op.Parts[j].Kind]++
				}
			}
		}
		for i := range p.Faults {
			if p.Faults[i].AtMs >= p.ChaosMs {
				t.Errorf("seed %d: fault %d comes after the chaos", seed, p.Faults[i].ID)
			}
			faults[p.Faults[i].Kind]++
		}
	}
	if perSecond := int64(count) * 1000 / ms; perSecond < 10 {
		t.Errorf("%d operations a second", perSecond)
	}
	atLeast(t, "with hosts", hosted, manySeeds/2)
	for _, k := range plan.OpKinds() {
		atLeast(t, "operation "+string(k), ops[k], manySeeds/10)
	}
	for _, k := range plan.FaultKinds() {
		atLeast(t, "fault "+string(k), faults[k], 2)
	}
	for _, k := range []string{plan.KindTable, plan.KindReported, plan.KindIngestion, plan.KindSubsource, plan.KindShardMapping, plan.KindSourceStatus, plan.KindSinkStatus} {
		atLeast(t, "collection "+k, kinds[k], manySeeds/20)
	}
}
