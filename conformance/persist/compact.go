package persist

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// compact lets the store compact the test's shard now.
func (e *env) compact() {
	if e.store.Compact == nil {
		e.Skip("this store compacts when it likes")
	}
	e.store.Compact(e.shard)
}

// compactRules are P-19.
func compactRules() []rule {
	return []rule{
		{"P-19/changes-no-snapshot", func(e *env) {
			e.history()
			for _, since := range []frontier.Timestamp{0, 2, 5, 7} {
				e.expect(downgrade(1, at(since)), downgraded(at(since), at(since)))
				before := e.everything(since)
				e.compact()
				e.same(since, before)
				e.compact()
				e.same(since, before)
			}
		}},
		{"P-19/moves-no-frontier", func(e *env) {
			e.history()
			e.expect(downgrade(1, at(4)), downgraded(at(4), at(4)))
			e.compact()
			e.holds(at(4), at(9))
			e.expect(persist.Call{Op: persist.OpSnapshot, Reader: reader(1), AsOf: 3}, persist.Result{Outcome: outcome.Mismatch, Since: at(4)})
			e.expect(persist.Call{Op: persist.OpSnapshot, Reader: reader(1), AsOf: 9}, persist.Result{Outcome: outcome.NotYet, Upper: at(9)})
		}},
		{"P-19/writers-go-on", func(e *env) {
			e.history()
			c := appendCall(1, 77, at(9), at(12), row("c", 10, 1))
			e.expect(c, done(at(12)))
			e.expect(downgrade(1, at(10)), downgraded(at(10), at(10)))
			e.compact()
			e.expect(c, done(at(12)))
			e.mustAppend(at(12), at(14), row("c", 12, -1))
			e.contents(1, 11, row("a", 0, 2), row("b", 0, 1), row("c", 0, 1))
			e.contents(1, 13, row("a", 0, 2), row("b", 0, 1))
		}},
		{"P-19/readers-stay", func(e *env) {
			e.history()
			e.openLeased(2, longLease)
			e.expect(downgrade(1, at(6)), downgraded(minimum(), at(6)))
			e.compact()
			e.contents(2, 1, row("a", 0, 1), row("b", 0, 1))
			e.expect(persist.Call{Op: persist.OpHeartbeat, Reader: reader(2)}, persist.Result{Outcome: outcome.Done})
		}},
	}
}

// history is a shard of nine complete times, with rows that come, go and come back.
func (e *env) history() {
	e.Helper()
	e.openLeased(1, longLease)
	e.mustAppend(minimum(), at(3), row("a", 0, 1), row("b", 1, 1), row("b", 2, -1))
	e.mustAppend(at(3), at(6), row("a", 3, -1), row("b", 4, 2), row("a", 5, 3))
	e.mustAppend(at(6), at(9), row("b", 6, -1), row("a", 8, -1))
}

// reads are a shard's contents at each time from some time on, and what is heard
// after it.
type reads struct{ snapshots, listened [][]relation.Update }

func (e *env) everything(since frontier.Timestamp) (r reads) {
	e.Helper()
	for t := since; t < 9; t++ {
		got := e.do(persist.Call{Op: persist.OpSnapshot, Reader: reader(1), AsOf: t})
		if got.Outcome != outcome.Done {
			e.Fatalf("snapshot at %d: %v", t, got.Outcome)
		}
		r.snapshots = append(r.snapshots, got.Updates)
		r.listened = append(r.listened, e.do(persist.Call{Op: persist.OpListen, Reader: reader(1), AsOf: t}).Updates)
	}
	return r
}

// same demands the same of every permitted read.
func (e *env) same(since frontier.Timestamp, before reads) {
	e.Helper()
	after := e.everything(since)
	for i := range before.snapshots {
		snapshot := persist.Call{Op: persist.OpSnapshot, AsOf: since + frontier.Timestamp(i)}
		if diff := difference(&snapshot, persist.Result{Updates: before.snapshots[i]}, persist.Result{Updates: after.snapshots[i]}); diff != "" {
			e.Fatalf("compaction changes the snapshot at %d (-before +after):\n%s", snapshot.AsOf, diff)
		}
		listen := persist.Call{Op: persist.OpListen}
		if diff := difference(&listen, persist.Result{Updates: before.listened[i]}, persist.Result{Updates: after.listened[i]}); diff != "" {
			e.Fatalf("compaction changes what is heard after %d (-before +after):\n%s", snapshot.AsOf, diff)
		}
	}
}
