package main

import (
	"runtime"
	"strings"
	"time"
)

// hangAfter is for how long a run may get nowhere at all. Of a world of a hundred
// thousand collections every step takes much less.
const hangAfter = 30 * time.Second

// hangTicks ticks for as long as somebody looks whether a run hangs.
func hangTicks() (ticks <-chan struct{}, stop func()) {
	ticker, out, done := time.NewTicker(hangAfter), make(chan struct{}), make(chan struct{})
	go func() {
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			select {
			case <-done:
				return
			case out <- struct{}{}:
			}
		}
	}()
	return out, func() { close(done) }
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
