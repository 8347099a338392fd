package sim

import (
	"testing"

	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/plan"
)

// With a step every latency is a multiple of it, and none is shorter than without.
func TestLatencyInSteps(t *testing.T) {
	var draws kernel.Draws
	draws.Reset(7, nil, false, false)
	free := plan.Distribution{MinUs: 100, MaxUs: 2000, TailPermille: 100, TailFactor: 20}
	stepped := free
	stepped.StepUs = 1000
	for cause := range uint64(1000) {
		k := draws.Key(0, cause, 0)
		a, b := draw(&free, &k), draw(&stepped, &k)
		if b%1000 != 0 || b < a || b >= a+1000 {
			t.Fatalf("cause %d: %d µs became %d µs", cause, a, b)
		}
	}
}
