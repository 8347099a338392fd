package persist

import (
	"context"
	"log/slog"
	"sync"
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
	stats     counters
	log       *slog.Logger

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func newBelow(c Consensus, b Blobs, options *Options) *below {
	w := &below{
		consensus: c, blobs: b, transfers: make(chan struct{}, options.Transfers),
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

// start makes the call that an effect asks for and gives its outcome to the machine.
func (w *below) start(m *machine, e shard.Effect) {
	w.running.Go(func() {
		done := &entry{in: shard.Input{Effect: e.Effect}}
		if e.Kind == shard.EffectConsensus {
			done.in.Kind = shard.InputConsensusDone
			w.consult(&e, &done.in)
			done.key, done.problem = e.Consensus.Key, versionOf(&done.in.Consensus)
		} else {
			done.in.Kind = shard.InputBatchDone
			done.problem = w.handle(&e.Batch, &done.in.Batch)
			done.key = done.in.Batch.Key
		}
		m.put(done)
	})
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
