package persist

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// listenRules are P-17.
func listenRules() []rule {
	listen := func(n uint64, from frontier.Timestamp) persist.Call {
		return persist.Call{Op: persist.OpListen, Reader: reader(n), AsOf: from}
	}
	heard := func(since, upper frontier.Frontier, updates ...relation.Update) persist.Result {
		return persist.Result{Outcome: outcome.Done, Since: since, Upper: upper, Updates: updates}
	}
	notYet := func(upper frontier.Frontier) persist.Result {
		return persist.Result{Outcome: outcome.NotYet, Upper: upper}
	}
	return []rule{
		{"P-17/strictly-after-at-their-own-times", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(3), row("a", 0, 2), row("a", 1, -1), row("b", 2, 1))
			e.mustAppend(at(3), at(6), row("a", 3, -1), row("a", 5, 1))
			e.expect(listen(1, 0), heard(minimum(), at(6), row("a", 1, -1), row("b", 2, 1), row("a", 3, -1), row("a", 5, 1)))
			e.expect(listen(1, 2), heard(minimum(), at(6), row("a", 3, -1), row("a", 5, 1)))
			e.expect(listen(1, 4), heard(minimum(), at(6), row("a", 5, 1)))
		}},
		{"P-17/progress-without-updates", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(3), row("a", 0, 1))
			e.expect(listen(1, 1), heard(minimum(), at(3)))
		}},
		{"P-17/not-available-yet", func(e *env) {
			e.openLeased(1, longLease)
			e.expect(listen(1, 0), notYet(minimum()))
			e.mustAppend(minimum(), at(3), row("a", 2, 1))
			e.expect(listen(1, 2), notYet(at(3)))
			e.expect(listen(1, 1<<64-1), notYet(at(3)))
		}},
		{"P-17/closed-shard", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), closed(), row("a", 2, 1))
			e.expect(listen(1, 1), heard(minimum(), closed(), row("a", 2, 1)))
			e.expect(listen(1, 2), heard(minimum(), closed()))
			e.expect(listen(1, 1<<64-1), heard(minimum(), closed()))
		}},
		{"P-17/before-the-since-comes-first", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(6), row("a", 1, 1), row("b", 4, 1))
			e.expect(downgrade(1, at(3)), downgraded(at(3), at(3)))
			e.expect(listen(1, 2), persist.Result{Outcome: outcome.Mismatch, Since: at(3)})
			e.expect(listen(1, 3), heard(at(3), at(6), row("b", 4, 1)))
			e.expect(downgrade(1, at(9)), downgraded(at(9), at(9)))
			e.expect(listen(1, 8), persist.Result{Outcome: outcome.Mismatch, Since: at(9)})
			e.expect(listen(1, 9), notYet(at(6)))
		}},
		{"P-17/unknown-reader", func(e *env) {
			e.mustAppend(minimum(), at(6))
			e.expect(listen(1, 3), invalid(persist.ReasonUnknownReader))
		}},
	}
}
