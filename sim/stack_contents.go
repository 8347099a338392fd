package sim

import (
	"slices"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/shardstack"
)

// compareContents compares, when a run is over, everything that can still be read of
// each shard with what was appended to it.
func (w *World) compareContents() {
	for i := range w.persist.Len() {
		id := w.persist.Shard(i)
		state, problem := shardstack.Head(&w.stack.consensus, id)
		if problem != shard.ProblemNone {
			w.accuseStack(nobody, "%v: %v", id, problem)
			return
		}
		if state.Finalized || state.Since.Empty {
			continue
		}
		stored := w.storedContents(id, state)
		appended := forwarded(w.persist.AppendUpdates(nil, id), state)
		if !slices.Equal(stored, appended) {
			w.accuseStack(nobody, "%v: %d updates can be read of it from %v on; %d were appended, and are not the same", id, len(stored), state.Since, len(appended))
			return
		}
	}
}

// storedContents is what a state and its blobs hold.
func (w *World) storedContents(id persist.ShardID, state *shard.State) []relation.Update {
	all := slices.Clone(state.Tail)
	for i := range state.Batches {
		b := &state.Batches[i]
		var r shard.BatchResult
		shardstack.ApplyBatch(&w.stack.blobs, &shard.BatchCall{Op: shard.BatchGet, Shard: id, Key: b.Blob.Key(id), Batch: *b}, &r)
		if r.Outcome != outcome.Done {
			w.accuseStack(nobody, "%v: %v: %s", id, r.Problem, r.Key)
			return nil
		}
		all = append(all, r.Updates...)
	}
	return forwarded(all, state)
}

// forwarded is a list as a reader at the shard's since sees it, consolidated.
func forwarded(list []relation.Update, state *shard.State) []relation.Update {
	for i := range list {
		list[i].Time = max(list[i].Time, state.Since.T)
	}
	return relation.Consolidate(list)
}
