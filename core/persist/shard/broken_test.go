package shard_test

import (
	"slices"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/persist"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
)

// broken are surroundings that break one promise each on which a machine stands, and
// a test of the suite that must see it: the suite has to fail if any link does.
func broken() []struct {
	name, caught string
	spoil        func(r *rig)
} {
	return []struct {
		name, caught string
		spoil        func(r *rig)
	}{
		{"a lost race is reported as won", "P-10/opening-reports-a-fresh-upper", func(r *rig) {
			// Another machine's state is in the way of each first try.
			r.lie = func(e *shard.Effect, in *shard.Input) {
				if e.Consensus.Op == consensus.OpCompareAndSet && in.Consensus.Outcome == outcome.Mismatch {
					in.Consensus = consensus.Result{Outcome: outcome.Done}
				}
			}
		}},
		{"heads are read from the day before", "P-12/repeat-after-others-went-on", func(r *rig) {
			first := map[string]consensus.Entry{}
			r.lie = func(e *shard.Effect, in *shard.Input) {
				if e.Consensus.Op == consensus.OpHead && in.Consensus.Outcome == outcome.Done {
					if old, ok := first[e.Consensus.Key]; ok {
						in.Consensus.Head = old
					} else if in.Consensus.Head.Seqno > 0 {
						first[e.Consensus.Key] = in.Consensus.Head
					}
				}
			}
		}},
		{"a put is lost", "P-19/changes-no-snapshot", func(r *rig) {
			r.tamper = func(e *shard.Effect) {
				if e.Batch.Op == shard.BatchPut {
					e.Batch.Op, e.Batch.Key = shard.BatchDelete, e.Batch.Key+"0"
				}
			}
		}},
		{"a batch is deleted that is needed", "P-19/changes-no-snapshot", func(r *rig) {
			r.tamper = func(e *shard.Effect) {
				if e.Batch.Op == shard.BatchGet {
					e.Batch.Op = shard.BatchDelete
				}
			}
			r.lie = func(e *shard.Effect, in *shard.Input) {
				if e.Batch.Op == shard.BatchDelete && e.Batch.Batch.Count > 0 {
					in.Batch = shard.BatchResult{Outcome: outcome.NotDone, Problem: shard.ProblemMissing, Key: e.Batch.Key}
				}
			}
		}},
		{"compaction forwards beyond the since", "P-19/changes-no-snapshot", func(r *rig) {
			r.tamper = func(e *shard.Effect) {
				if e.Batch.Op == shard.BatchMerge && !e.Batch.Since.Empty {
					e.Batch.Since = frontier.At(e.Batch.Since.T + 3)
				}
			}
		}},
		{"compaction loses what it kept", "P-19/changes-no-snapshot", func(r *rig) {
			r.tamper = func(e *shard.Effect) {
				if e.Batch.Op == shard.BatchMerge {
					e.Batch.Inputs = e.Batch.Inputs[:0]
					e.Batch.Updates = e.Batch.Updates[:0]
				}
			}
		}},
	}
}

func TestBrokenSurroundingsAreCaught(t *testing.T) {
	for _, b := range broken() {
		t.Run(b.name, func(t *testing.T) {
			recorded := conformance.Record("broken", func(ct conformance.T) {
				suite.Rules(ct, factory(2, 0, small(), b.spoil))
			})
			if failed := recorded.Failures(); !slices.Contains(failed, b.caught) {
				t.Fatalf("%s did not fail, but %q", b.caught, failed)
			}
		})
	}
}
