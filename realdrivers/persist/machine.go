package persist

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/shard"
)

// machine is a machine of core and the goroutine that owns it. What comes to it
// waits in one queue, in the order of arrival, which is as long as there are callers
// and effects under way.
type machine struct {
	below *below
	wall  func() clock.Wall
	began time.Time

	lock   sync.Mutex
	queue  []*entry
	closed bool
	// some holds a token while there may be something in the queue.
	some chan struct{}
	// quit asks the goroutine to end; done is closed when it has.
	quit, done chan struct{}

	// What follows is the goroutine's own.
	core    shard.Machine
	effects shard.Effects
	input   shard.Input
	taken   []*entry
	last    shard.CallID
	callers map[shard.CallID]*entry
	reports reports
}

// entry is something in the queue: an input, which is a caller's if answer is there.
type entry struct {
	in shard.Input
	// problem says more about in.Batch.Problem.
	problem error
	answer  chan persist.Result
	// owned is set by the first of the goroutine, which takes the call up, and its
	// caller, who gives it up.
	owned atomic.Bool
}

func newMachine(b *below, options *Options) *machine {
	return &machine{
		below: b, wall: options.Wall, began: time.Now(), some: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}), callers: map[shard.CallID]*entry{},
		reports: newReports(options),
	}
}

func (m *machine) start(boot shard.Boot) {
	m.put(&entry{in: shard.Input{Kind: shard.InputBoot, Boot: boot}})
	go m.run()
}

// end ends the goroutine and waits for that.
func (m *machine) end() {
	m.lock.Lock()
	m.closed = true
	m.lock.Unlock()
	close(m.quit)
	<-m.done
}

// put queues an entry; it reports whether the machine takes any.
func (m *machine) put(e *entry) bool {
	m.lock.Lock()
	if m.closed {
		m.lock.Unlock()
		return false
	}
	m.queue = append(m.queue, e)
	m.lock.Unlock()
	select {
	case m.some <- struct{}{}:
	default:
	}
	return true
}

// do makes a call and waits for its answer, or for the end of ctx or of the driver.
func (m *machine) do(ctx context.Context, call *persist.Call, result *persist.Result) {
	e := &entry{in: shard.Input{Kind: shard.InputCall, Call: *call}, answer: make(chan persist.Result, 1)}
	if !m.put(e) {
		result.Outcome = outcome.NotDone
		return
	}
	select {
	case *result = <-e.answer:
		return
	case <-ctx.Done():
	case <-m.done:
	}
	if e.owned.CompareAndSwap(false, true) {
		result.Outcome = outcome.NotDone
		return
	}
	select {
	case *result = <-e.answer:
	default:
		result.Outcome = outcome.Unknown
	}
}

// run steps the machine until it is asked to end.
func (m *machine) run() {
	defer close(m.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-m.quit:
			return
		case <-m.some:
		case <-timer.C:
		}
		m.drain()
		m.wake()
		m.arm(timer)
	}
}

// drain steps everything that is in the queue.
func (m *machine) drain() {
	m.lock.Lock()
	m.taken, m.queue = m.queue, m.taken[:0]
	m.lock.Unlock()
	for i, e := range m.taken {
		m.take(e)
		m.taken[i] = nil
	}
}

func (m *machine) take(e *entry) {
	if e.answer != nil {
		if !e.owned.CompareAndSwap(false, true) {
			return
		}
		m.last++
		e.in.ID = m.last
		m.callers[m.last] = e
	}
	if e.problem != nil {
		m.reports.explain(e.in.Batch.Key, e.problem)
	}
	m.step(&e.in)
}

// wake steps the machine if it wants to be woken.
func (m *machine) wake() {
	if m.core.NextWake() <= m.now().Mono {
		m.input = shard.Input{Kind: shard.InputWake}
		m.step(&m.input)
	}
}

// arm sets the timer to the next wake.
func (m *machine) arm(timer *time.Timer) {
	next := m.core.NextWake()
	if next == clock.Never {
		timer.Stop()
		return
	}
	timer.Reset(time.Until(m.began.Add(time.Duration(next) * time.Microsecond)))
}

func (m *machine) now() clock.Now {
	return clock.Now{Mono: clock.Instant(time.Since(m.began).Microseconds()), Wall: m.wall()}
}

// step takes one input and starts what follows from it.
func (m *machine) step(in *shard.Input) {
	m.effects.Reset()
	m.core.Step(m.now(), in, &m.effects)
	for i := range m.effects.Len() {
		switch e := m.effects.At(i); e.Kind {
		case shard.EffectRespond:
			m.respond(e)
		case shard.EffectConsensus, shard.EffectBatch:
			m.below.start(m, *e)
		case shard.EffectProblem:
			m.below.stats.problems.Add(1)
			m.reports.problem(e)
		case shard.EffectNone, shard.EffectKindCount:
		}
	}
}

func (m *machine) respond(e *shard.Effect) {
	caller := m.callers[e.ID]
	delete(m.callers, e.ID)
	caller.answer <- e.Result
}
