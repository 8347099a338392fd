package shardtrial

import (
	"flag"
	"strings"
	"testing"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
)

var (
	trials = flag.Int("trials", 300, "how many trials TestCorrectMachinesPass makes")
	first  = flag.Uint64("first", 1, "the seed of the first of them")
)

// TestCorrectMachinesPass: nothing is said of the machine as it is, and a trial is the
// same whatever was tried before it.
func TestCorrectMachinesPass(t *testing.T) {
	var trial Trial
	for n := range uint64(*trials) {
		seed := *first + n
		if why := trial.Run(seed, nil); why != "" {
			t.Errorf("trial %d: %s", seed, why)
		}
		if n%100 == 7 {
			var again Trial
			if again.Run(seed, nil); again.steps != trial.steps || again.mono != trial.mono || again.dice != trial.dice {
				t.Errorf("trial %d: %d steps until %d µs, and %d until %d in another's memory", seed, again.steps, again.mono, trial.steps, trial.mono)
			}
		}
	}
}

// TestWrongMachinesAreAccused: each way of going wrong is found, and called by its name.
func TestWrongMachinesAreAccused(t *testing.T) {
	for _, c := range []struct {
		what, why string
		tamper    func(e *shard.Effect)
	}{
		{"an upper that is not there yet is told", "of no moment", answering(persist.OpFetchUpper, func(r *persist.Result) { r.Upper.T++ })},
		{"a read lacks an update", "of no moment", answering(persist.OpSnapshot, func(r *persist.Result) {
			if len(r.Updates) > 0 {
				r.Updates = r.Updates[1:]
			}
		})},
		{"an answer is one from before the call", "of no moment", stale()},
		{"what was committed is said not to be", "that was committed is answered", answering(persist.OpCompareAndAppend, func(r *persist.Result) { r.Outcome = outcome.NotDone })},
		{"a lease is shortened", "leased readers", stored(func(s *shard.State) {
			for i := range s.Leased {
				s.Leased[i].End--
			}
		})},
		{"a reader is forgotten", "leased readers", stored(func(s *shard.State) { s.Leased = nil })},
		{"a critical reader changes hands by itself", "critical reader", stored(func(s *shard.State) {
			for i := range s.Critical {
				s.Critical[i].Opaque.Nonce++
			}
		})},
		{"the since runs ahead", "are stored", stored(func(s *shard.State) { s.Since.T++ })},
		{"the epoch is forgotten", "are stored", stored(func(s *shard.State) { s.Epoch = 0 })},
		{"writers are forgotten", "is forgotten", stored(func(s *shard.State) { s.Writers = nil })},
		{"an append is attributed to another state", "its latest append was", stored(func(s *shard.State) {
			for i := range s.Writers {
				s.Writers[i].Seqno++
			}
		})},
		{"an update is lost", "updates can be read", stored(func(s *shard.State) { s.Tail = nil })},
		{"a batch begins too late", "has an update at", stored(func(s *shard.State) {
			// Not so late that the state makes no sense.
			for i := range s.Batches {
				if b := &s.Batches[i]; b.Lower.T+1 < b.Upper.T {
					b.Lower.T = b.Upper.T - 1
				}
			}
		})},
		{"garbage stays", "is kept, which state", batches(shard.BatchDelete, func(c *shard.BatchCall) { c.Key += "0" })},
		{"garbage of what is at its end stays", "blobs are left", batches(shard.BatchDelete, func(c *shard.BatchCall) { c.Key += "0" })},
		{"what is in use is deleted", "missing", inUse()},
		{"nothing is merged", "they are to be merged", batches(shard.BatchMerge, func(c *shard.BatchCall) { c.Op = shard.BatchNone })},
		{"what nobody can read is kept", "of it are kept", func() func(e *shard.Effect) {
			kept := []relation.Update(nil)
			return stored(func(s *shard.State) {
				if len(s.Tail) > 0 && len(s.Batches) == 0 {
					kept = s.Tail
				}
				if s.Since.Empty && s.Upper.Empty {
					s.Tail = kept
				}
			})
		}()},
		{"old states stay", "states are kept", func(e *shard.Effect) {
			if e.Kind == shard.EffectConsensus && e.Consensus.Op == consensus.OpTruncate {
				e.Consensus.Before = 1
			}
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			trial := Trial{Tamper: c.tamper}
			whys := ""
			for seed := range uint64(400) {
				why := trial.Run(seed+1, nil)
				if strings.Contains(why, c.why) {
					return
				}
				whys += why
			}
			t.Errorf("400 trials do not say %q: %.500s", c.why, whys)
		})
	}
}

// answering changes the successful answers to one kind of call.
func answering(op persist.Op, change func(r *persist.Result)) func(e *shard.Effect) {
	return func(e *shard.Effect) {
		if e.Kind == shard.EffectRespond && e.Result.Outcome == outcome.Done && answers(op, &e.Result) {
			change(&e.Result)
		}
	}
}

// answers reports whether a result may be that of a call of a kind: they are told apart by
// what they have.
func answers(op persist.Op, r *persist.Result) bool {
	switch op {
	case persist.OpSnapshot:
		return len(r.Updates) > 0
	case persist.OpCompareAndAppend:
		return r.Upper.T > 0 && r.Since.T == 0 && len(r.Updates) == 0
	default:
		return r.Upper.T > 0 && len(r.Updates) == 0
	}
}

// stale answers what a shard's upper was one answer before.
func stale() func(e *shard.Effect) {
	var last persist.Result
	return answering(persist.OpFetchUpper, func(r *persist.Result) { last, r.Upper = *r, last.Upper })
}

// stored changes whole states before they are stored.
func stored(change func(s *shard.State)) func(e *shard.Effect) {
	return func(e *shard.Effect) {
		if e.Kind != shard.EffectConsensus || e.Consensus.Op != consensus.OpCompareAndSet {
			return
		}
		s, problem := shard.Decode(e.Shard, consensus.Entry{Seqno: e.Consensus.New, Data: e.Consensus.Data})
		if problem == shard.ProblemNone && s.Base == 0 && s.Seqno > 2 && !s.Finalized {
			s.Tail = append([]relation.Update(nil), s.Tail...)
			change(s)
			e.Consensus.Data = s.Encode()
		}
	}
}

// batches changes calls about batches.
func batches(op shard.BatchOp, change func(c *shard.BatchCall)) func(e *shard.Effect) {
	return func(e *shard.Effect) {
		if e.Kind == shard.EffectBatch && e.Batch.Op == op {
			change(&e.Batch)
		}
	}
}

// inUse deletes, instead of garbage, the blob that was put last.
func inUse() func(e *shard.Effect) {
	put := ""
	return func(e *shard.Effect) {
		switch {
		case e.Kind != shard.EffectBatch:
		case e.Batch.Op == shard.BatchPut || e.Batch.Op == shard.BatchMerge:
			put = e.Batch.Key
		case e.Batch.Op == shard.BatchDelete && put != "":
			e.Batch.Key = put
		}
	}
}
