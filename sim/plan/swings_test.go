package plan_test

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

// What seldom coincides by itself is brought about.
func TestSwingsAppear(t *testing.T) {
	seen := map[string]int{}
	for seed := uint64(1); seed <= 200; seed++ {
		noteSwings(seen, generate(t, "default", seed))
		p := generate(t, "churn", seed)
		if p.Latency.Persist.StepUs > 0 {
			seen["plan in step"]++
		}
		if p.TightShards {
			seen["tight shards"]++
		}
		noteSwings(seen, p)
	}
	for what, want := range map[string]int{
		"plan in step": 20, "tight shards": 30, "third move within a second": 100, "short cut after a drop": 30,
		"two processes of a host": 50, "cancelled policy": 20, "append to two that are being made": 20,
		"error that is taken back": 30,
	} {
		atLeast(t, what, seen[what], want)
	}
}

func noteSwings(seen map[string]int, p *plan.Plan) {
	moves := map[int][]int64{}
	kinds := map[int]plan.OpKind{}
	var drops []int64
	for i := range p.Ops {
		op := &p.Ops[i]
		kinds[op.ID] = op.Kind
		switch op.Kind {
		case plan.OpAlter:
			at := append(moves[op.Parts[0].Slot], op.AtMs)
			moves[op.Parts[0].Slot] = at
			if n := len(at); n > 2 && at[n-1]-at[n-3] < 1000 {
				seen["third move within a second"]++
			}
		case plan.OpDrop, plan.OpDropExports:
			drops = append(drops, op.AtMs)
		case plan.OpCancel:
			if kinds[op.Target] == plan.OpSetPolicy {
				seen["cancelled policy"]++
			}
		case plan.OpAppend:
			if op.Parts[0].ErrorBack {
				seen["error that is taken back"]++
			}
			if len(op.Parts) == 2 && i > 1 && p.Ops[i-1].Kind == plan.OpCreate && p.Ops[i-2].Kind == plan.OpCreate {
				seen["append to two that are being made"]++
			}
		}
	}
	for i := range p.Faults {
		f := &p.Faults[i]
		if f.Kind == plan.FaultHostTwice {
			seen["two processes of a host"]++
		}
		for _, at := range drops {
			if f.Kind == plan.FaultHostCut && f.ForMs <= 100 && f.AtMs > at && f.AtMs <= at+200 {
				seen["short cut after a drop"]++
				break
			}
		}
	}
}
