package plan_test

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

// TestManagedCollectionsAppear wants managed collections of every type in many of the
// default profile's worlds, and around a shard mapping what makes it hard to keep true.
func TestManagedCollectionsAppear(t *testing.T) {
	seen := map[string]int{}
	for seed := uint64(1); seed <= manySeeds; seed++ {
		p := generate(t, "default", seed)
		kinds := map[string]bool{}
		var slots [3]map[int]bool
		for i := range slots {
			slots[i] = map[int]bool{}
		}
		for i := range p.Ops {
			noteManaged(seen, kinds, &slots, &p.Ops[i])
		}
		for kind := range kinds {
			seen["world with a "+kind]++
		}
		for i := range p.Faults {
			f := &p.Faults[i]
			switch {
			case !slots[0][f.Slot]:
			case f.Kind == plan.FaultForeignWriter && f.Close:
				seen["mapping closed by somebody"]++
			case f.Kind == plan.FaultForeignWriter:
				seen["foreign writer on a mapping"]++
			case f.Kind == plan.FaultSlowShard:
				seen["slow mapping"]++
			}
			if f.Kind == plan.FaultCrash && f.Effect > 0 && f.Effect < 8 && len(slots[0]) > 0 {
				seen["crash at an effect beside a mapping"]++
			}
		}
	}
	for what, want := range map[string]int{
		"world with a " + plan.KindShardMapping: manySeeds / 3, "world with a " + plan.KindSourceStatus: manySeeds / 10,
		"world with a " + plan.KindSinkStatus: manySeeds / 10, "another of a type": 50, "two of a type in one list": 5,
		"mapping of another schema": 5, "mapping dropped": 30, "foreign writer on a mapping": 100,
		"mapping closed by somebody": 5, "slow mapping": 50, "crash at an effect beside a mapping": 100,
	} {
		atLeast(t, what, seen[what], want)
	}
}

func noteManaged(seen map[string]int, kinds map[string]bool, slots *[3]map[int]bool, op *plan.Operation) {
	for i := range op.Parts {
		v := &op.Parts[i]
		if op.Kind == plan.OpDrop && slots[0][v.Slot] {
			seen["mapping dropped"]++
		}
		if op.Kind != plan.OpCreate || !plan.Managed(v.Kind) {
			continue
		}
		for k := range op.Parts[:i] {
			if op.Parts[k].Kind == v.Kind && op.Parts[k].Slot != v.Slot {
				seen["two of a type in one list"]++
			}
		}
		of := slots[0]
		switch v.Kind {
		case plan.KindSourceStatus:
			of = slots[1]
		case plan.KindSinkStatus:
			of = slots[2]
		default:
			if v.Schema >= 3 {
				seen["mapping of another schema"]++
			}
		}
		if kinds[v.Kind] && !of[v.Slot] {
			seen["another of a type"]++
		}
		of[v.Slot], kinds[v.Kind] = true, true
	}
}
