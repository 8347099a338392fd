package persist

import (
	"context"
	"errors"
	"fmt"

	"example.com/tidemark/core/outcome"
	contract "example.com/tidemark/core/persist/blob"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/persist/batch"
)

// handle makes a call about batches. An error says more about the result's problem.
func (w *below) handle(ctx context.Context, call *shard.BatchCall, result *shard.BatchResult) error {
	limit := w.store
	if call.Op == shard.BatchMerge {
		limit = w.merge
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	switch call.Op {
	case shard.BatchGet:
		list, err := w.get(ctx, call, &call.Batch, result)
		result.Updates = list
		return err
	case shard.BatchPut:
		result.Outcome = w.put(ctx, call, call.Updates)
	case shard.BatchMerge:
		return w.merged(ctx, call, result)
	case shard.BatchDelete:
		result.Outcome = w.blob(ctx, &contract.Call{Op: contract.OpDelete, Key: call.Key}).Outcome
		w.stats.deleted.Add(1)
	case shard.BatchList:
		r := w.blob(ctx, &contract.Call{Op: contract.OpList, Key: shard.BlobPrefix(call.Shard), After: call.After, Limit: call.Limit})
		result.Outcome, result.Keys = r.Outcome, r.Keys
	case shard.BatchNone, shard.BatchOpCount:
		result.Outcome = outcome.Invalid
	}
	return nil
}

// blob makes a call of the blob store.
func (w *below) blob(ctx context.Context, call *contract.Call) (r contract.Result) {
	select {
	case w.transfers <- struct{}{}:
		defer func() { <-w.transfers }()
	case <-ctx.Done():
		return contract.Result{Outcome: outcome.NotDone}
	}
	w.blobs.Do(ctx, call, &r)
	if r.Outcome == outcome.None {
		r.Outcome = outcome.Unknown
	}
	return r
}

// get reads a batch and checks that it is what was put. If it is not, the error says
// how.
func (w *below) get(ctx context.Context, call *shard.BatchCall, b *shard.Batch, result *shard.BatchResult) ([]relation.Update, error) {
	key := b.Blob.Key(call.Shard)
	r := w.blob(ctx, &contract.Call{Op: contract.OpGet, Key: key})
	result.Outcome, result.Key = r.Outcome, key
	switch {
	case r.Outcome != outcome.Done:
		return nil, nil
	case !r.Found:
		return nil, problem(result, shard.ProblemMissing, nil)
	}
	w.stats.read.Add(uint64(len(r.Data)))
	list, err := batch.Decode([]byte(r.Data))
	if err != nil {
		return nil, problem(result, problemOf(err), err)
	}
	if p := b.Check(list); p != shard.ProblemNone {
		return nil, problem(result, p, &ContentsError{Want: *b, Count: uint64(len(list)), Digest: shard.Contents(list)})
	}
	return list, nil
}

// problem makes a result of one.
func problem(result *shard.BatchResult, p shard.Problem, err error) error {
	result.Outcome, result.Problem = outcome.NotDone, p
	return err
}

// problemOf is the kind of a problem with a file.
func problemOf(err error) shard.Problem {
	var (
		version  *batch.VersionError
		checksum *batch.ChecksumError
	)
	switch {
	case errors.As(err, &version):
		return shard.ProblemVersion
	case errors.As(err, &checksum):
		return shard.ProblemChecksum
	}
	return shard.ProblemBlob
}

// put makes updates the value of the call's blob.
func (w *below) put(ctx context.Context, call *shard.BatchCall, updates []relation.Update) outcome.Outcome {
	file, err := batch.Encode(updates, batch.About{Shard: call.Shard.String(), Key: call.Key})
	if err == nil && len(file) > contract.MaxData {
		err = fmt.Errorf("the file has %d bytes, and a blob may have %d", len(file), contract.MaxData)
	}
	if err != nil {
		w.stats.refused.Add(1)
		w.log.Error("persist: a batch cannot be written; append it in smaller parts",
			"shard", call.Shard.String(), "key", call.Key, "updates", len(updates), "error", err)
		return outcome.NotDone
	}
	r := w.blob(ctx, &contract.Call{Op: contract.OpSet, Key: call.Key, Data: string(file)})
	if r.Outcome == outcome.Done {
		w.stats.written.Add(uint64(len(file)))
		w.stats.put.Add(1)
		w.recent.keep(call.Key, updates)
	}
	return r.Outcome
}

// merged reads what is to be merged, and puts what comes of it.
func (w *below) merged(ctx context.Context, call *shard.BatchCall, result *shard.BatchResult) error {
	inputs := make([][]relation.Update, len(call.Inputs))
	for i := range call.Inputs {
		if list, ok := w.recent.take(call.Inputs[i].Blob.Key(call.Shard)); ok {
			inputs[i] = list
			continue
		}
		list, err := w.get(ctx, call, &call.Inputs[i], result)
		if err != nil || result.Outcome != outcome.Done {
			return err
		}
		inputs[i] = list
	}
	*result = shard.BatchResult{Outcome: outcome.Done}
	if shard.Merge(call, inputs, result) {
		result.Outcome = w.put(ctx, call, result.Updates)
		result.Updates = nil
	}
	w.stats.merges.Add(1)
	return nil
}
