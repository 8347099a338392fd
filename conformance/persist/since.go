package persist

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// millisecond in the unit of clock.Duration.
const millisecond = clock.Duration(1000)

// sinceRules are P-1 and P-2: what a shard's frontiers may do.
func sinceRules() []rule {
	return []rule{
		{"P-1/since-is-the-meet-of-all-readers", func(e *env) {
			e.openLeased(1, longLease)
			e.openLeased(2, longLease)
			e.expect(swap(1, opaque(0, 0), opaque(1, 1), at(7)), swapped(minimum(), at(7), opaque(1, 1)))
			e.expect(downgrade(1, at(5)), downgraded(minimum(), at(5)))
			e.expect(downgrade(2, at(9)), downgraded(at(5), at(9)))
			e.expect(downgrade(1, at(8)), downgraded(at(7), at(8)))
			e.expect(swap(1, opaque(1, 1), opaque(1, 1), at(20)), swapped(at(8), at(20), opaque(1, 1)))
		}},
		{"P-1/since-and-upper-never-regress", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(10))
			e.expect(downgrade(1, at(6)), downgraded(at(6), at(6)))
			e.expect(downgrade(1, at(3)), downgraded(at(6), at(6)))
			e.openLeased(2, longLease)
			e.expect(appendCall(1, 1, minimum(), at(5)), mismatch(at(10)))
			e.holds(at(6), at(10))
		}},
		{"P-1/leaving-does-not-move-the-since", func(e *env) {
			e.openLeased(1, longLease)
			e.openLeased(2, longLease)
			e.expect(downgrade(2, at(9)), downgraded(minimum(), at(9)))
			e.expect(persist.Call{Op: persist.OpCloseReader, Reader: reader(1)}, persist.Result{Outcome: outcome.Done})
			e.holds(minimum(), minimum())
			e.mustAppend(minimum(), at(4))
			e.expect(persist.Call{Op: persist.OpHeartbeat, Reader: reader(2)},
				persist.Result{Outcome: outcome.Done, ReaderSince: at(9)})
			e.holds(minimum(), at(4))
		}},
		{"P-1/expiry-does-not-move-the-since", func(e *env) {
			e.at(0)
			e.openLeased(1, 100*millisecond)
			e.openLeased(2, longLease)
			e.expect(downgrade(2, at(9)), downgraded(minimum(), at(9)))
			e.at(1000)
			e.mustAppend(minimum(), at(4))
			e.holds(minimum(), at(4))
			e.expect(persist.Call{Op: persist.OpHeartbeat, Reader: reader(2)},
				persist.Result{Outcome: outcome.Done, ReaderSince: at(9)})
			e.holds(minimum(), at(4))
		}},
		{"P-1/every-downgrade-recomputes", func(e *env) {
			e.openLeased(1, longLease)
			e.openLeased(2, longLease)
			e.expect(downgrade(2, at(9)), downgraded(minimum(), at(9)))
			e.expect(persist.Call{Op: persist.OpCloseReader, Reader: reader(1)}, persist.Result{Outcome: outcome.Done})
			e.expect(downgrade(2, at(9)), downgraded(at(9), at(9)))
		}},
		{"P-1/every-compare-and-downgrade-recomputes", func(e *env) {
			e.openLeased(1, longLease)
			e.expect(swap(1, opaque(0, 0), opaque(1, 1), at(9)), swapped(minimum(), at(9), opaque(1, 1)))
			e.expect(persist.Call{Op: persist.OpCloseReader, Reader: reader(1)}, persist.Result{Outcome: outcome.Done})
			e.holds(minimum(), minimum())
			e.expect(swap(1, opaque(1, 1), opaque(1, 1), minimum()), swapped(at(9), at(9), opaque(1, 1)))
		}},
		{"P-1/downgrades-remove-lapsed-readers-first", func(e *env) {
			e.at(0)
			e.openLeased(1, 100*millisecond)
			e.openLeased(2, longLease)
			e.at(1000)
			e.expect(downgrade(2, at(9)), downgraded(at(9), at(9)))
		}},
		{"P-1/compare-and-downgrade-removes-lapsed-readers-first", func(e *env) {
			e.at(0)
			e.openLeased(1, 100*millisecond)
			e.at(1000)
			e.expect(swap(1, opaque(0, 0), opaque(1, 1), at(9)), swapped(at(9), at(9), opaque(1, 1)))
		}},
		{"P-2/empty-upper-is-closed-for-ever", func(e *env) {
			e.mustAppend(minimum(), closed(), row("a", 3, 1))
			e.expect(appendCall(1, 1, minimum(), at(5)), mismatch(closed()))
			e.expect(appendCall(1, 2, at(5), closed()), mismatch(closed()))
			e.expect(appendCall(1, 3, closed(), closed()), invalid(persist.ReasonAppendToClosed))
			e.holds(minimum(), closed())
		}},
		{"P-2/empty-since-is-unreadable-for-ever", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), closed(), row("a", 3, 1))
			e.expect(downgrade(1, closed()), downgraded(closed(), closed()))
			e.expect(downgrade(1, at(5)), downgraded(closed(), closed()))
			if r := e.openLeased(2, longLease); r.Since != closed() || r.ReaderSince != closed() {
				e.Fatalf("a new reader of an unreadable shard starts at %v of %v", r.ReaderSince, r.Since)
			}
			e.expect(persist.Call{Op: persist.OpSnapshot, Reader: reader(2), AsOf: 1<<64 - 1},
				persist.Result{Outcome: outcome.Mismatch, Since: closed()})
		}},
	}
}
