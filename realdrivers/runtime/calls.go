package runtime

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
)

// port is one driver as a loop calls it: how many calls at a time, how they are
// named, where their outcome is.
type port[C, R any] struct {
	name    string
	do      doer[C, R]
	op      func(*C) string
	outcome func(*R) *outcome.Outcome
	slots   slots
	calls   *calls
}

// doer makes a call, as a driver's Do does.
type doer[C, R any] func(ctx context.Context, call *C, result *R)

// calls is what all ports of a loop have in common.
type calls struct {
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
	observer Observer
}

func newCalls(observer Observer) *calls {
	c := &calls{observer: observer}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// slack is how much longer than the machine's own deadline a call may take before
// its context ends, and that long again until it is given up for lost: the machine
// has gone on long before.
func slack(deadline time.Duration) time.Duration { return max(deadline/4, time.Second) }

// start makes a call once a slot is free, and gives its result to done, once, from
// another goroutine: a call that panics, or does not come back, is Unknown; one for
// which no slot became free in time is NotDone. It does not block.
func (p *port[C, R]) start(call C, deadline clock.Duration, done func(*R)) {
	p.startWith(call, deadline, p.do, done)
}

// startWith is start with another way to make the call.
func (p *port[C, R]) startWith(call C, deadline clock.Duration, do doer[C, R], done func(*R)) {
	limit := time.Duration(deadline) * time.Microsecond
	limit += slack(limit)
	issued := time.Now()
	p.calls.running.Add(1)
	p.slots.take(func() { p.run(&call, issued, limit, do, done) })
}

func (p *port[C, R]) run(call *C, issued time.Time, limit time.Duration, do doer[C, R], done func(*R)) {
	defer p.calls.running.Done()
	var finished atomic.Bool
	finish := func(result *R) bool {
		if !finished.CompareAndSwap(false, true) {
			return false
		}
		p.calls.observer.Called(p.name, p.op(call), *p.outcome(result), time.Since(issued))
		done(result)
		p.slots.free()
		return true
	}
	left := limit - time.Since(issued)
	if left <= 0 || p.calls.ctx.Err() != nil {
		finish(p.ended(outcome.NotDone))
		return
	}
	ctx, cancel := context.WithTimeout(p.calls.ctx, left)
	defer cancel()
	watchdog := time.AfterFunc(left+slack(limit), func() {
		if finish(p.ended(outcome.Unknown)) {
			p.calls.observer.Abandoned(p.name, p.op(call), time.Since(issued))
		}
	})
	defer watchdog.Stop()
	finish(p.guarded(ctx, call, do))
}

// guarded makes the call. A driver that panics, or says nothing, has left the
// outcome unknown.
func (p *port[C, R]) guarded(ctx context.Context, call *C, do doer[C, R]) (result *R) {
	defer func() {
		if v := recover(); v != nil {
			p.calls.observer.Panicked(p.name, p.op(call), v, debug.Stack())
			result = p.ended(outcome.Unknown)
		}
	}()
	result = new(R)
	do(ctx, call, result)
	if *p.outcome(result) == outcome.None {
		return p.ended(outcome.Unknown)
	}
	return result
}

func (p *port[C, R]) ended(o outcome.Outcome) *R {
	result := new(R)
	*p.outcome(result) = o
	return result
}

// finish waits for the calls that are running until ctx ends, then cancels them and
// waits for a while longer. It reports whether all of them have returned.
func (c *calls) finish(ctx context.Context, longer time.Duration) bool {
	all := make(chan struct{})
	go func() {
		c.running.Wait()
		close(all)
	}()
	select {
	case <-all:
		c.cancel()
		return true
	case <-ctx.Done():
	}
	c.cancel()
	select {
	case <-all:
		return true
	case <-time.After(longer):
		return false
	}
}

// slots bounds how many calls run at the same time; the others wait in the order of
// arrival. The zero value with limit set is ready.
type slots struct {
	limit   int
	mu      sync.Mutex
	taken   int
	waiting []func()
}

// take runs f in a goroutine of its own, now or when a slot is free.
func (s *slots) take(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.limit {
		s.waiting = append(s.waiting, f)
		return
	}
	s.taken++
	go f()
}

// free gives a slot back, or on to who waits longest.
func (s *slots) free() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		s.taken--
		s.waiting = nil
		return
	}
	f := s.waiting[0]
	s.waiting[0] = nil
	s.waiting = s.waiting[1:]
	go f()
}
