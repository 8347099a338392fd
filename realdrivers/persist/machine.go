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

// machine is a machine of core. What comes to it waits in one queue, in the order of
// arrival, which is as long as there are callers and effects under way. It has no
// goroutine: whoever puts something into the queue steps the machine through all that
// is there, unless somebody is doing so already, and then makes the first call of a
// store that came of what it has put. An append that is alone is so carried by its
// caller from the beginning to the end, and nobody has to be woken up in between.
type machine struct {
	below *below
	wall  func() clock.Wall
	began time.Time

	lock   sync.Mutex
	queue  []*entry
	closed bool
	// done is closed when the machine is not stepped any more.
	done chan struct{}

	// owner is held by whoever steps the machine. What follows is its holder's own.
	owner   sync.Mutex
	core    shard.Machine
	effects shard.Effects
	input   shard.Input
	taken   []*entry
	last    shard.CallID
	callers map[shard.CallID]*entry
	reports reports
	// own is what the holder has put, and left the first call that the machine wanted
	// because of it: the holder makes it, or hands it on.
	own  *entry
	left *task
	// timer puts a wake into the queue at the instant armed, which is not after the one
	// that the machine wants to be woken at.
	timer *time.Timer
	armed clock.Instant
}

// entry is something in the queue: an input, which is a caller's if answer is there.
type entry struct {
	in shard.Input
	// problem says more about what is wrong with what is stored under key.
	problem error
	key     string
	answer  chan persist.Result
	// owned is set by the first of the machine, which takes the call up, and its caller,
	// who gives it up.
	owned atomic.Bool
}

func newMachine(b *below, options *Options) *machine {
	return &machine{
		below: b, wall: options.Wall, began: time.Now(), done: make(chan struct{}),
		callers: map[shard.CallID]*entry{}, reports: newReports(options), armed: clock.Never,
	}
}

func (m *machine) start(boot shard.Boot) {
	m.send(&entry{in: shard.Input{Kind: shard.InputBoot, Boot: boot}})
}

// end waits for whoever steps the machine, and keeps everybody from doing so again.
func (m *machine) end() {
	m.lock.Lock()
	m.closed = true
	m.lock.Unlock()
	m.owner.Lock()
	if m.timer != nil {
		m.timer.Stop()
	}
	close(m.done)
}

// put queues an entry and has the machine stepped; it reports whether the machine
// takes any. What is left is the caller's to make, or to hand on.
func (m *machine) put(e *entry) (left *task, taken bool) {
	m.lock.Lock()
	if m.closed {
		m.lock.Unlock()
		return nil, false
	}
	m.queue = append(m.queue, e)
	m.lock.Unlock()
	return m.work(e), true
}

// send puts an entry for somebody who has no time for what comes of it.
func (m *machine) send(e *entry) {
	left, _ := m.put(e)
	m.below.hand(left)
}

// passes is how often one goroutine goes through the queue for others.
const passes = 16

// work steps the machine while there is something in the queue that nobody else takes
// care of: who holds the machine looks into the queue again after giving it back. What
// is left came of the worker's own entry; who has none is left nothing.
func (m *machine) work(own *entry) (left *task) {
	for range passes {
		if !m.waits() || !m.owner.TryLock() {
			return left
		}
		m.own, m.left = own, left
		m.drain()
		m.wake()
		m.arm()
		left, m.own, m.left = m.left, nil, nil
		m.owner.Unlock()
	}
	go m.work(nil)
	return left
}

// waits reports whether there is something in the queue of a machine that runs.
func (m *machine) waits() bool {
	m.lock.Lock()
	defer m.lock.Unlock()
	return len(m.queue) > 0 && !m.closed
}

// do makes a call and waits for its answer, or for the end of ctx or of the driver.
func (m *machine) do(ctx context.Context, call *persist.Call, result *persist.Result) {
	e := &entry{in: shard.Input{Kind: shard.InputCall, Call: *call}, answer: make(chan persist.Result, 1)}
	left, taken := m.put(e)
	if !taken {
		result.Outcome = outcome.NotDone
		return
	}
	m.below.carry(ctx, left, e)
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
		m.reports.explain(e.key, e.problem)
	}
	m.step(&e.in, e == m.own)
}

// wake steps the machine if it wants to be woken.
func (m *machine) wake() {
	if m.core.NextWake() <= m.now().Mono {
		m.input = shard.Input{Kind: shard.InputWake}
		m.step(&m.input, false)
	}
}

// arm sets the timer to the next wake. One that is set to an earlier instant is left:
// most wakes are wanted at a deadline that never comes, and it is set again by then.
func (m *machine) arm() {
	now := m.now().Mono
	if m.armed <= now {
		m.armed = clock.Never
	}
	next := m.core.NextWake()
	if next >= m.armed {
		return
	}
	m.armed = next
	if wait := time.Duration(next-now) * time.Microsecond; m.timer == nil {
		m.timer = time.AfterFunc(wait, m.alarm)
	} else {
		m.timer.Reset(wait)
	}
}

// alarm has the machine stepped because of the time. A wake that comes early or twice
// does no harm.
func (m *machine) alarm() { m.send(&entry{in: shard.Input{Kind: shard.InputWake}}) }

func (m *machine) now() clock.Now {
	return clock.Now{Mono: clock.Instant(time.Since(m.began).Microseconds()), Wall: m.wall()}
}

// step takes one input and starts what follows from it. Of an own one, the first call
// is left.
func (m *machine) step(in *shard.Input, own bool) {
	m.effects.Reset()
	m.core.Step(m.now(), in, &m.effects)
	for i := range m.effects.Len() {
		switch e := m.effects.At(i); e.Kind {
		case shard.EffectRespond:
			m.respond(e)
		case shard.EffectConsensus, shard.EffectBatch:
			if own && m.left == nil {
				m.left = m.below.keep(m, e)
			} else {
				m.below.start(m, e)
			}
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
