package shard

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// Merge is the pure part of a BatchMerge: the call's own updates and those of its
// inputs, which the driver has read and checked, forwarded and consolidated. store
// says whether the result must be put as the value of the call's blob. The result
// is described in out; the caller owns inputs, whose memory is not used again.
//
// It changes no permitted read (P-19): those are at times not before Since, and
// advance or leave out whatever is before them. Nothing can be read at the empty
// frontier, and nothing remains.
func Merge(call *BatchCall, inputs [][]relation.Update, out *BatchResult) (store bool) {
	var all []relation.Update
	if !call.Since.Empty {
		all = concat(call.Updates, inputs)
		forward(all, call.Since.T)
		all = relation.Consolidate(all)
	}
	b := call.Batch
	b.describe(all)
	b.Since = call.Since.T
	out.Batch, out.Updates = b, nil
	if b.Bytes > call.Keep {
		out.Updates = all
		return true
	}
	out.Batch.Blob = BlobID{}
	out.Updates = all
	return false
}

func concat(first []relation.Update, rest [][]relation.Update) []relation.Update {
	n := len(first)
	for _, list := range rest {
		n += len(list)
	}
	all := append(make([]relation.Update, 0, n), first...)
	for _, list := range rest {
		all = append(all, list...)
	}
	return all
}

// forward advances the times before since to it.
func forward(updates []relation.Update, since frontier.Timestamp) {
	for i := range updates {
		updates[i].Time = max(updates[i].Time, since)
	}
}
