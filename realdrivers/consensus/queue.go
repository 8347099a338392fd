package consensus

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

const (
	// maxGroup and maxGroupData bound what one commit carries, in calls and in bytes of
	// data. One call is always carried, whatever its size.
	maxGroup     = 64
	maxGroupData = 8 << 20
)

// write is a compare-and-set or a truncation on its way. It is the queue's until it
// was taken, and then the group's.
type write struct {
	call consensus.Call
	// ctx is the caller's.
	ctx    context.Context
	answer chan consensus.Result
	taken  bool
}

// queue holds the writes that wait for a commit to carry them, in order of arrival.
type queue struct {
	log     *slog.Logger
	lock    sync.Mutex
	some    sync.Cond
	waiting []*write
	closed  bool
	// free is how many more groups may be under way, of groups.
	free, groups int
	// busy are the keys in groups that are not finished. Nil: a group may carry writes
	// of one key more than once, in order, and there is one group at a time.
	busy map[string]bool
}

// init prepares the queue for so many groups at a time.
func (q *queue) init(log *slog.Logger, groups int, apart bool) {
	q.log, q.free, q.groups = log, groups, groups
	q.some.L = &q.lock
	if apart {
		q.busy = map[string]bool{}
	}
}

// do has a group carry the call, and waits for its outcome or for the end of ctx.
func (q *queue) do(ctx context.Context, call *consensus.Call) consensus.Result {
	w := &write{call: *call, ctx: ctx, answer: make(chan consensus.Result, 1)}
	if !q.add(w) {
		return failed(q.log, call, true, ErrClosed)
	}
	select {
	case r := <-w.answer:
		return r
	case <-ctx.Done():
	}
	if q.withdraw(w) {
		return failed(q.log, call, true, context.Cause(ctx))
	}
	select {
	case r := <-w.answer:
		return r
	default:
		return failed(q.log, call, false, context.Cause(ctx))
	}
}

func (q *queue) add(w *write) bool {
	q.lock.Lock()
	defer q.lock.Unlock()
	if q.closed {
		return false
	}
	q.waiting = append(q.waiting, w)
	q.some.Signal()
	return true
}

// withdraw takes a write back that no group has taken.
func (q *queue) withdraw(w *write) bool {
	q.lock.Lock()
	defer q.lock.Unlock()
	if w.taken {
		return false
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(other *write) bool { return other == w })
	return true
}

// next waits for writes that may go and puts them into group; none: the queue is
// closed.
func (q *queue) next(group []*write) []*write {
	q.lock.Lock()
	defer q.lock.Unlock()
	for {
		if group = q.take(group[:0]); len(group) > 0 || q.closed {
			return group
		}
		q.some.Wait()
	}
}

// alone makes the call a group of its own that is under way, if nothing is in its way:
// its caller then carries it, and nobody has to be woken up for it.
func (q *queue) alone(w *write) bool {
	q.lock.Lock()
	defer q.lock.Unlock()
	if q.closed || q.free == 0 || len(q.waiting) > 0 || q.busy[w.call.Key] {
		return false
	}
	q.free--
	w.taken = true
	if q.busy != nil {
		q.busy[w.call.Key] = true
	}
	return true
}

// take moves writes that may go into group, and begins it if there are any.
func (q *queue) take(group []*write) []*write {
	if q.free == 0 {
		return group
	}
	size := 0
	kept := q.waiting[:0]
	for i, w := range q.waiting {
		full := len(group) == maxGroup || len(group) > 0 && size+len(w.call.Data) > maxGroupData
		if full {
			kept = append(kept, q.waiting[i:]...)
			break
		}
		if q.busy != nil && q.busy[w.call.Key] {
			kept = append(kept, w)
			continue
		}
		if q.busy != nil {
			q.busy[w.call.Key] = true
		}
		w.taken = true
		size += len(w.call.Data)
		group = append(group, w)
	}
	clear(q.waiting[len(kept):])
	q.waiting = kept
	if len(group) > 0 {
		q.free--
		if len(kept) > 0 {
			// It was too much for one group, perhaps.
			q.some.Signal()
		}
	}
	return group
}

// finish says that the group's outcomes are known; others may now have its keys and
// its place.
func (q *queue) finish(group []*write) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.free++
	for _, w := range group {
		delete(q.busy, w.call.Key)
	}
	switch {
	case q.closed:
		q.some.Broadcast()
	case len(q.waiting) > 0:
		q.some.Signal()
	}
}

// close refuses what waits and what comes.
func (q *queue) close() {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.closed = true
	for _, w := range q.waiting {
		w.taken = true
		w.answer <- failed(q.log, &w.call, true, ErrClosed)
	}
	q.waiting = nil
	q.some.Broadcast()
}

// drain waits until nothing is under way any more in a queue that is closed.
func (q *queue) drain() {
	q.lock.Lock()
	defer q.lock.Unlock()
	for q.free < q.groups {
		q.some.Wait()
	}
}

// answer gives each write of a group its result.
func answer(group []*write, results []consensus.Result) {
	for i, w := range group {
		w.answer <- results[i]
	}
}

// mismatch is the result of a comparison that failed.
func mismatch(head consensus.Entry) consensus.Result {
	return consensus.Result{Outcome: outcome.Mismatch, Head: head}
}
