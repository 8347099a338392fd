// Package shardstack puts the real shard machine (core/persist/shard) between whoever
// makes calls of shards and the fakes of the two stores below. It is what a world
// runs on with shards "stack", and what the machine's own tests run on.
package shardstack

import (
	"example.com/tidemark/core/canonical"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/blobfake"
)

// ApplyBatch makes a call about batches take effect now, on blobs in a simple form
// of bytes.
func ApplyBatch(store *blobfake.Store, c *shard.BatchCall, r *shard.BatchResult) {
	*r = shard.BatchResult{Outcome: outcome.Done}
	switch c.Op {
	case shard.BatchGet:
		r.Updates = get(store, c.Key, &c.Batch, r)
	case shard.BatchPut:
		set(store, c.Key, c.Updates)
	case shard.BatchMerge:
		merge(store, c, r)
	case shard.BatchDelete:
		store.Apply(&blob.Call{Op: blob.OpDelete, Key: c.Key}, &blob.Result{})
	case shard.BatchList:
		var listed blob.Result
		store.Apply(&blob.Call{Op: blob.OpList, Key: shard.BlobPrefix(c.Shard), After: c.After, Limit: c.Limit}, &listed)
		r.Keys = listed.Keys
	case shard.BatchNone, shard.BatchOpCount:
		r.Outcome = outcome.Invalid
	}
}

func merge(store *blobfake.Store, c *shard.BatchCall, r *shard.BatchResult) {
	inputs := make([][]relation.Update, len(c.Inputs))
	for i := range c.Inputs {
		inputs[i] = get(store, c.Inputs[i].Blob.Key(c.Shard), &c.Inputs[i], r)
	}
	if r.Outcome == outcome.Done && shard.Merge(c, inputs, r) {
		set(store, c.Key, r.Updates)
		r.Updates = nil
	}
}

// get reads a batch, or says in r what is wrong with it.
func get(store *blobfake.Store, key string, b *shard.Batch, r *shard.BatchResult) []relation.Update {
	data, found := store.Get(key)
	updates, ok := decode(data)
	problem := b.Check(updates)
	switch {
	case !found:
		problem = shard.ProblemMissing
	case !ok:
		problem = shard.ProblemBlob
	}
	if problem != shard.ProblemNone {
		*r = shard.BatchResult{Outcome: outcome.NotDone, Problem: problem, Key: key}
		return nil
	}
	return updates
}

func set(store *blobfake.Store, key string, updates []relation.Update) {
	store.Apply(&blob.Call{Op: blob.OpSet, Key: key, Data: encode(updates)}, &blob.Result{})
}

func encode(updates []relation.Update) string {
	b := canonical.AppendLen(nil, len(updates))
	for i := range updates {
		u := &updates[i]
		b = canonical.AppendString(b, string(u.Data))
		b = canonical.AppendU64(b, uint64(u.Time))
		b = canonical.AppendI64(b, u.Diff)
	}
	return string(b)
}

func decode(data string) (updates []relation.Update, ok bool) {
	r := canonical.NewReader([]byte(data))
	n := r.Len(24)
	for range n {
		updates = append(updates, relation.Update{
			Data: relation.Row(r.String()), Time: frontier.Timestamp(r.U64()), Diff: r.I64(),
		})
	}
	return updates, r.Close() == nil
}
