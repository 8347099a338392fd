package persist

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
)

// below is what all machines of a driver have in common: the stores, and how calls
// of them are made.
type below struct {
	consensus Consensus
	blobs     Blobs
	// store and merge are how long a call may take; the machine has given it up by
	// then.
	store, merge time.Duration
	// transfers has a place for each blob that is being read or written.
	transfers chan struct{}
	recent    recent
	stats     counters
	log       *slog.Logger

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	// tasks are taken by those of the running who are idle.
	tasks chan task
	idle  atomic.Int64
}

func newBelow(c Consensus, b Blobs, options *Options) *below {
	w := &below{
		consensus: c, blobs: b, transfers: make(chan struct{}, options.Transfers), tasks: make(chan task),
		log:   options.Log,
		store: span(options.Config.StoreDeadline), merge: span(options.Config.MergeDeadline),
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

func span(d clock.Duration) time.Duration { return time.Duration(d) * time.Microsecond }

// end cancels what is under way and waits until it has ended.
func (w *below) end() {
	w.cancel()
	w.running.Wait()
}

// task is a call to be made for a machine.
type task struct {
	machine *machine
	effect  shard.Effect
}

// start has the call made that an effect asks for, and its outcome given to the
// machine.
func (w *below) start(m *machine, e *shard.Effect) { w.give(&task{m, *e}) }

// give has a goroutine make the call.
func (w *below) give(t *task) {
	select {
	case w.tasks <- *t:
	default:
		first := *t
		w.running.Go(func() { w.work(&first) })
	}
}

// keep is a call that is not begun yet. It counts as running until it is made or
// handed on.
func (w *below) keep(m *machine, e *shard.Effect) *task {
	w.running.Add(1)
	return &task{m, *e}
}

// hand has another goroutine make a call that was kept, if there is one.
func (w *below) hand(kept *task) {
	if kept != nil {
		w.give(kept)
		w.running.Done()
	}
}

// carry has the caller that waits for the answer to e make a call that was kept, and
// those that follow from it, until the answer is there or ctx ends.
func (w *below) carry(ctx context.Context, kept *task, e *entry) {
	if kept == nil {
		return
	}
	own, cancel := context.WithCancel(w.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	for kept != nil && len(e.answer) == 0 && ctx.Err() == nil {
		kept = w.makeKept(own, kept)
	}
	w.hand(kept)
}

// makeKept makes a call that was kept, and keeps the next one.
func (w *below) makeKept(ctx context.Context, t *task) *task {
	defer w.running.Done()
	return w.make(ctx, t)
}

// maxIdle bounds the goroutines that have made a call and wait for another.
const maxIdle = 32

// work makes a call and then others, as long as there are not too many who wait for
// them. A goroutine that has made one has the stack that it takes.
func (w *below) work(t *task) {
	for {
		for left := w.make(w.ctx, t); left != nil; {
			left = w.makeKept(w.ctx, left)
		}
		*t = task{}
		if w.idle.Add(1) > maxIdle {
			w.idle.Add(-1)
			return
		}
		select {
		case *t = <-w.tasks:
			w.idle.Add(-1)
		case <-w.ctx.Done():
			return
		}
	}
}

// make makes a call and brings the machine its outcome, and is what is left then.
func (w *below) make(ctx context.Context, t *task) *task {
	e := &t.effect
	done := &entry{in: shard.Input{Effect: e.Effect}}
	if e.Kind == shard.EffectConsensus {
		done.in.Kind = shard.InputConsensusDone
		w.consult(ctx, e, &done.in)
		done.key, done.problem = e.Consensus.Key, versionOf(&done.in.Consensus)
	} else {
		done.in.Kind = shard.InputBatchDone
		done.problem = w.handle(ctx, &e.Batch, &done.in.Batch)
		done.key = done.in.Batch.Key
	}
	left, _ := t.machine.put(done)
	return left
}

// consult makes a call of the consensus store.
func (w *below) consult(ctx context.Context, e *shard.Effect, in *shard.Input) {
	ctx, cancel := context.WithTimeout(ctx, w.store)
	defer cancel()
	w.consensus.Do(ctx, &e.Consensus, &in.Consensus)
	if in.Consensus.Outcome == outcome.None {
		in.Consensus.Outcome = outcome.Unknown
	}
}

// versionOf is what there is to say about a head in a version of the format that this
// program does not know.
func versionOf(r *consensus.Result) error {
	if found, known, ok := shard.FormatOf(r.Head.Data); ok && found > known {
		return &StateVersionError{Found: found, Known: known}
	}
	return nil
}
