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
func (w *below) start(m *machine, e *shard.Effect) {
	t := task{m, *e}
	select {
	case w.tasks <- t:
	default:
		first := t
		w.running.Go(func() { w.work(&first) })
	}
}

// maxIdle bounds the goroutines that have made a call and wait for another.
const maxIdle = 32

// work makes a call and then others, as long as there are not too many who wait for
// them. A goroutine that has made one has the stack that it takes.
func (w *below) work(t *task) {
	for {
		w.make(t)
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

func (w *below) make(t *task) {
	e := &t.effect
	done := &entry{in: shard.Input{Effect: e.Effect}}
	if e.Kind == shard.EffectConsensus {
		done.in.Kind = shard.InputConsensusDone
		w.consult(e, &done.in)
		done.key, done.problem = e.Consensus.Key, versionOf(&done.in.Consensus)
	} else {
		done.in.Kind = shard.InputBatchDone
		done.problem = w.handle(&e.Batch, &done.in.Batch)
		done.key = done.in.Batch.Key
	}
	t.machine.put(done)
}

// consult makes a call of the consensus store.
func (w *below) consult(e *shard.Effect, in *shard.Input) {
	ctx, cancel := context.WithTimeout(w.ctx, w.store)
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
