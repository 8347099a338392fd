package main

import (
	"runtime"
	"strings"
	"time"

	"example.com/tidemark/sim"
	"example.com/tidemark/sim/campaign"
)

// hangAfter is for how long a run may get nowhere at all. Of a world of a hundred
// thousand collections every step takes much less.
const hangAfter = 30 * time.Second

// watched is a runner that comes back although a run hangs, and is not to be called again then.
func watched(run campaign.Runner) campaign.Runner {
	return func(seed uint64, giveUp func() bool) *sim.Result {
		ticker := time.NewTicker(hangAfter)
		defer ticker.Stop()
		return campaign.Watched(ticker.C, func(giveUp func() bool) *sim.Result { return run(seed, giveUp) }, giveUp)
	}
}

// stuckAt is where a run that hangs is: its calls, the innermost first.
func stuckAt() (calls []string) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if !strings.Contains(stack, "/sim.step") {
			continue
		}
		for line := range strings.SplitSeq(stack, "\n") {
			if strings.HasPrefix(line, "\t") && len(calls) < len(lastLines{}.ring) {
				at, _, _ := strings.Cut(strings.TrimSpace(line), " +")
				calls = append(calls, at)
			}
		}
		return calls
	}
	return nil
}
