package mutate

import (
	"context"
	"sync"
)

// RunAll builds and runs every mutant, so many at a time, then the control. It tells
// done about each one as it ends, one at a time, before the control has spoken. The
// outcomes are in the order of the list.
func (l *Lab) RunAll(ctx context.Context, list []*Mutant, jobs int, done func(*Outcome)) ([]*Outcome, error) {
	if len(list) > 1 {
		// One that does not build is found out by itself.
		_ = l.BuildTogether(ctx, list)
	}
	outcomes := make([]*Outcome, len(list))
	next := make(chan int)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range max(1, min(jobs, len(list))) {
		workers.Go(func() {
			for i := range next {
				o := l.Run(ctx, list[i])
				mu.Lock()
				outcomes[i] = o
				done(o)
				mu.Unlock()
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil {
		return outcomes, nil
	}
	return outcomes, l.Control(ctx, outcomes)
}
