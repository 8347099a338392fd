package core_test

import (
	"testing"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

// complete calls: nothing in them may be left out, and nothing need be added.
func shardCalls() map[persist.Op]persist.Call {
	shard, reader, writer := persist.ShardID{Lo: 1}, persist.ReaderID{Lo: 2}, persist.WriterID{Lo: 3}
	return map[persist.Op]persist.Call{
		persist.OpOpenWriter:               {Shard: shard, Writer: writer},
		persist.OpOpenLeasedReader:         {Shard: shard, Reader: reader, Lease: 1},
		persist.OpOpenCritical:             {Shard: shard, Reader: reader},
		persist.OpCompareAndAppend:         {Shard: shard, Writer: writer, Token: persist.Token{Lo: 4}, Upper: frontier.At(1)},
		persist.OpFetchUpper:               {Shard: shard},
		persist.OpDowngradeSince:           {Shard: shard, Reader: reader},
		persist.OpCompareAndDowngradeSince: {Shard: shard, Reader: reader},
		persist.OpHeartbeat:                {Shard: shard, Reader: reader},
		persist.OpCloseReader:              {Shard: shard, Reader: reader},
		persist.OpSnapshot:                 {Shard: shard, Reader: reader},
		persist.OpFinalize:                 {Shard: shard},
		persist.OpListen:                   {Shard: shard, Reader: reader},
	}
}

func TestShardCallNeedsItsArguments(t *testing.T) {
	calls := shardCalls()
	for op := persist.OpNone; op <= persist.OpListen+2; op++ {
		call, known := calls[op]
		call.Op = op
		check := func(what string, want persist.Reason, spoil func(*persist.Call)) {
			c := call
			spoil(&c)
			if got := persist.CheckArguments(&c); got != want {
				t.Errorf("%v %s: %v, want %v", op, what, got, want)
			}
		}
		if !known {
			call = calls[persist.OpCompareAndAppend]
			call.Op = op
			check("is no operation", persist.ReasonMalformed, func(*persist.Call) {})
			continue
		}
		needs := func(needed bool) persist.Reason {
			if needed {
				return persist.ReasonMalformed
			}
			return persist.ReasonNone
		}
		appends := op == persist.OpCompareAndAppend
		check("complete", persist.ReasonNone, func(*persist.Call) {})
		check("without a shard", persist.ReasonMalformed, func(c *persist.Call) { c.Shard = persist.ShardID{} })
		check("without a reader", needs(call.Reader != persist.ReaderID{}), func(c *persist.Call) { c.Reader = persist.ReaderID{} })
		check("without a writer", needs(call.Writer != persist.WriterID{}), func(c *persist.Call) { c.Writer = persist.WriterID{} })
		check("without a token", needs(appends), func(c *persist.Call) { c.Token = persist.Token{} })
		check("without a lease", needs(op == persist.OpOpenLeasedReader), func(c *persist.Call) { c.Lease = 0 })
		check("with a negative lease", needs(op == persist.OpOpenLeasedReader), func(c *persist.Call) { c.Lease = -1 })
		for name, odd := range map[string]func(*persist.Call) *frontier.Frontier{
			"expected": func(c *persist.Call) *frontier.Frontier { return &c.Expected },
			"upper":    func(c *persist.Call) *frontier.Frontier { return &c.Upper },
			"since":    func(c *persist.Call) *frontier.Frontier { return &c.Since },
		} {
			check("with an odd "+name, persist.ReasonMalformed, func(c *persist.Call) { *odd(c) = frontier.Frontier{T: 1, Empty: true} })
		}
	}
}

// TestAppendArguments: P-11's first step, against the rule in words: every update
// is in [expected, new), the upper does not go back, no data in an empty interval,
// a closed shard stays closed.
func TestAppendArguments(t *testing.T) {
	seen := map[persist.Reason]int{}
	// Closed is beyond every time that is tried.
	const closed = 1000
	frontierOf := func(at int) frontier.Frontier {
		if at == closed {
			return frontier.Empty()
		}
		return frontier.At(frontier.Timestamp(at))
	}
	check := func(from, to int, times ...int) {
		call := shardCalls()[persist.OpCompareAndAppend]
		call.Op = persist.OpCompareAndAppend
		call.Expected, call.Upper = frontierOf(from), frontierOf(to)
		inside := true
		for _, at := range times {
			call.Updates = append(call.Updates, relation.Update{Data: "r", Time: frontier.Timestamp(at), Diff: 1})
			inside = inside && from <= at && at < to
		}
		want := persist.ReasonNone
		switch {
		case to < from:
			want = persist.ReasonUpperRegresses
		case from == closed:
			want = persist.ReasonAppendToClosed
		case from == to && len(call.Updates) > 0:
			want = persist.ReasonDataInEmptyInterval
		case !inside:
			want = persist.ReasonUpdateOutOfBounds
		}
		seen[want]++
		if got := persist.CheckArguments(&call); got != want {
			t.Errorf("%v to %v with %v: %v, want %v", call.Expected, call.Upper, call.Updates, got, want)
		}
	}
	// All there is up to two updates: little enough to leave nothing to luck.
	frontiers := []int{0, 1, 2, 3, closed}
	for _, from := range frontiers {
		for _, to := range frontiers {
			check(from, to)
			for first := range 5 {
				check(from, to, first)
				for second := range 5 {
					check(from, to, first, second)
				}
			}
		}
	}
	for _, r := range []persist.Reason{
		persist.ReasonNone, persist.ReasonUpperRegresses, persist.ReasonAppendToClosed,
		persist.ReasonDataInEmptyInterval, persist.ReasonUpdateOutOfBounds,
	} {
		if seen[r] == 0 {
			t.Errorf("%v was never met", r)
		}
	}
}

func TestStashArguments(t *testing.T) {
	insert := func(key string) stash.Write {
		return stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionMetadata, Key: key}
	}
	commit := func(writes ...stash.Write) stash.Call {
		return stash.Call{Op: stash.OpCommit, Epoch: 1, Nonce: 1, Txn: stash.TxnID{Lo: 1}, Writes: writes}
	}
	resolve := commit(insert("u1"), insert("u1"))
	resolve.Op = stash.OpResolve
	later := stash.Write{Kind: stash.WriteDelete, Collection: stash.CollectionDropped, Key: "s1"}
	for _, c := range []struct {
		name string
		call stash.Call
		want stash.Reason
	}{
		{"nothing", stash.Call{}, stash.ReasonMalformed},
		{"no such operation", stash.Call{Op: stash.OpResolve + 1, Epoch: 1, Txn: stash.TxnID{Lo: 1}}, stash.ReasonMalformed},
		{"take-over", stash.Call{Op: stash.OpTakeOver, Txn: stash.TxnID{Hi: 1}, Nonce: 1}, stash.ReasonNone},
		{"take-over without an id", stash.Call{Op: stash.OpTakeOver, Nonce: 1}, stash.ReasonMalformed},
		{"take-over without a nonce", stash.Call{Op: stash.OpTakeOver, Txn: stash.TxnID{Lo: 1}}, stash.ReasonMalformed},
		{"peek", stash.Call{Op: stash.OpPeek, Epoch: 1, Collections: []stash.Collection{stash.CollectionMetadata}}, stash.ReasonNone},
		{"peek before any take-over", stash.Call{Op: stash.OpPeek, Collections: []stash.Collection{stash.CollectionMetadata}}, stash.ReasonMalformed},
		{"peek at nothing", stash.Call{Op: stash.OpPeek, Epoch: 1}, stash.ReasonMalformed},
		{"peek at no collection", stash.Call{Op: stash.OpPeek, Epoch: 1, Collections: []stash.Collection{stash.CollectionNone}}, stash.ReasonMalformed},
		{"peek at one too many", stash.Call{Op: stash.OpPeek, Epoch: 1, Collections: []stash.Collection{stash.CollectionCount}}, stash.ReasonMalformed},
		{"commit of nothing", commit(), stash.ReasonNone},
		{"commit", commit(insert("u1"), insert("u2"), later), stash.ReasonNone},
		{"commit in byte order, not in the order of ids", commit(insert("u10"), insert("u9")), stash.ReasonNone},
		{"commit out of order", commit(insert("u9"), insert("u10")), stash.ReasonMalformed},
		{"commit with collections out of order", commit(later, insert("u9")), stash.ReasonMalformed},
		{"commit of one key twice", commit(insert("u1"), insert("u1")), stash.ReasonDuplicateKey},
		{"commit of one key in two collections", commit(insert("s1"), later), stash.ReasonNone},
		{"commit of an empty key", commit(insert("")), stash.ReasonMalformed},
		{"commit of no kind", commit(stash.Write{Collection: stash.CollectionMetadata, Key: "a"}), stash.ReasonMalformed},
		{"commit of another kind", commit(stash.Write{Kind: stash.WriteDelete + 1, Collection: stash.CollectionMetadata, Key: "a"}), stash.ReasonMalformed},
		{"commit into no collection", commit(stash.Write{Kind: stash.WriteInsert, Key: "a"}), stash.ReasonMalformed},
		{"commit into one too many", commit(stash.Write{Kind: stash.WriteInsert, Collection: stash.CollectionCount, Key: "a"}), stash.ReasonMalformed},
		{"commit before any take-over", stash.Call{Op: stash.OpCommit, Txn: stash.TxnID{Lo: 1}}, stash.ReasonMalformed},
		{"commit without an id", stash.Call{Op: stash.OpCommit, Epoch: 1}, stash.ReasonMalformed},
		{"resolve of what could not be sent", resolve, stash.ReasonDuplicateKey},
	} {
		if got := stash.CheckArguments(&c.call); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
