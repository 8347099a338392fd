package runtime

import (
	"runtime"
	"sync"
	"time"

	"example.com/tidemark/core/clock"
)

// machine is what a loop drives: a machine of core with its drivers. All methods
// belong to the loop's goroutine.
type machine[I any] interface {
	// step takes one input. What follows from it is held back until release.
	step(now clock.Now, in *I)
	// release starts everything that followed from the steps since the last release.
	// An error ends the loop, with nothing started.
	release() error
	// nextWake is the instant at which the machine wants a wake.
	nextWake() clock.Instant
	// wake makes in a wake.
	wake(in *I)
	// ended says why the machine does nothing any more, or nil.
	ended() error
}

// item is one entry of a loop's queue: an input, or a look at the machine.
type item[I any] struct {
	in   I
	look func()
}

// loop owns a machine: one goroutine takes what comes from one bounded queue, in
// the order of arrival, and gives it to the machine. A queue that is full makes
// whoever comes wait; nothing is dropped.
type loop[I any] struct {
	machine machine[I]
	queue   chan *item[I]
	items   sync.Pool
	start   time.Time
	// quit asks the loop to end after what it is doing; done is closed when it has
	// ended, with err the reason.
	quit, done chan struct{}
	quitOnce   sync.Once
	err        error
}

// batchSize bounds the inputs that are taken before what follows from them is
// released, so that one write of the journal covers many of them.
const batchSize = 64

func newLoop[I any](m machine[I], queue int) *loop[I] {
	l := &loop[I]{
		machine: m, queue: make(chan *item[I], queue), start: time.Now(),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	l.items.New = func() any { return new(item[I]) }
	return l
}

// now reads both clocks, once.
func (l *loop[I]) now() clock.Now {
	t := time.Now()
	return clock.Now{Mono: clock.Instant(t.Sub(l.start).Microseconds()), Wall: clock.Wall(t.UnixMilli())}
}

// run steps the machine until it ends, or the loop is told to.
func (l *loop[I]) run() {
	defer close(l.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	armed := clock.Instant(0)
	for {
		var first *item[I]
		select {
		case first = <-l.queue:
		case <-timer.C:
			armed = clock.Never
		case <-l.quit:
			return
		}
		l.batch(first)
		if l.err = l.machine.release(); l.err == nil {
			l.err = l.machine.ended()
		}
		if l.err != nil {
			return
		}
		if next := l.machine.nextWake(); next != armed {
			armed = next
			l.arm(timer, next)
		}
	}
}

// batch steps first, a wake if one is due, and what else is in the queue. Whoever has
// brought first has made this goroutine the next to run; without a yield the two of
// them would play on alone, and all others wait for the end of their time slice.
func (l *loop[I]) batch(first *item[I]) {
	runtime.Gosched()
	if first != nil {
		l.take(first)
	}
	if l.machine.nextWake() <= l.now().Mono {
		it := l.item()
		l.machine.wake(&it.in)
		l.take(it)
	}
	for n := 1; n < batchSize; n++ {
		select {
		case it := <-l.queue:
			l.take(it)
		default:
			return
		}
	}
}

func (l *loop[I]) take(it *item[I]) {
	if it.look != nil {
		it.look()
	} else {
		l.machine.step(l.now(), &it.in)
	}
	l.recycle(it)
}

func (l *loop[I]) arm(timer *time.Timer, at clock.Instant) {
	if at == clock.Never {
		timer.Stop()
		return
	}
	timer.Reset(time.Until(l.start.Add(time.Duration(at) * time.Microsecond)))
}

// item is an empty entry for the queue.
func (l *loop[I]) item() *item[I] { return l.items.Get().(*item[I]) }

func (l *loop[I]) recycle(it *item[I]) {
	*it = item[I]{}
	l.items.Put(it)
}

// put queues an entry, waiting for room until the loop has ended or one of the
// channels is closed; nil channels are not looked at. It reports whether the entry
// is in the queue, which then owns it.
func (l *loop[I]) put(it *item[I], giveUp, giveUpToo <-chan struct{}) bool {
	select {
	case <-l.done:
		return false
	default:
	}
	select {
	case l.queue <- it:
		return true
	case <-l.done:
	case <-giveUp:
	case <-giveUpToo:
	}
	return false
}

// look runs f between two steps, in the loop's goroutine, and returns when it has
// run; it reports whether it did. f must be quick.
func (l *loop[I]) look(giveUp <-chan struct{}, f func()) bool {
	ran := make(chan struct{})
	it := l.item()
	it.look = func() {
		f()
		close(ran)
	}
	if !l.put(it, giveUp, nil) {
		return false
	}
	select {
	case <-ran:
		return true
	case <-l.done:
	case <-giveUp:
	}
	// It may have run nevertheless; whoever gave up must not rely on either.
	return false
}

// end asks the loop to end after what it is doing.
func (l *loop[I]) end() { l.quitOnce.Do(func() { close(l.quit) }) }
