package persist

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

func downgraded(since, readerSince frontier.Frontier) persist.Result {
	return persist.Result{Outcome: outcome.Done, Since: since, ReaderSince: readerSince}
}

func swapped(since, readerSince frontier.Frontier, o persist.Opaque) persist.Result {
	return persist.Result{Outcome: outcome.Done, Since: since, ReaderSince: readerSince, Opaque: o}
}

// downgradeRules are P-14.
func downgradeRules() []rule {
	return []rule{
		{"P-14/reader-since-joins", func(e *env) {
			e.openLeased(1, longLease)
			e.openLeased(2, longLease)
			e.expect(downgrade(1, at(5)), downgraded(minimum(), at(5)))
			e.expect(downgrade(1, at(3)), downgraded(minimum(), at(5)))
			e.expect(downgrade(1, at(8)), downgraded(minimum(), at(8)))
			e.expect(downgrade(2, at(4)), downgraded(at(4), at(4)))
		}},
		{"P-14/beyond-the-upper-is-allowed", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(3), row("a", 2, 1))
			e.expect(downgrade(1, at(5)), downgraded(at(5), at(5)))
			e.mustAppend(at(3), at(7), row("b", 4, 1), row("a", 6, -1))
			e.contents(1, 5, row("a", 0, 1), row("b", 0, 1))
			e.contents(1, 6, row("b", 0, 1))
		}},
		{"P-14/empty-reader-holds-nothing-back", func(e *env) {
			e.openLeased(1, longLease)
			e.openLeased(2, longLease)
			e.expect(downgrade(1, closed()), downgraded(minimum(), closed()))
			e.expect(downgrade(1, at(9)), downgraded(minimum(), closed()))
			e.expect(downgrade(2, at(6)), downgraded(at(6), at(6)))
			e.expect(downgrade(2, closed()), downgraded(closed(), closed()))
		}},
		{"P-14/unknown-reader", func(e *env) {
			e.expect(downgrade(1, at(5)), invalid(persist.ReasonUnknownReader))
			e.holds(minimum(), minimum())
		}},
	}
}

// criticalRules are P-15: the critical reader's comparison and its fence.
func criticalRules() []rule {
	none, one, two := opaque(0, 0), opaque(1, 11), opaque(2, 22)
	refused := func(stored persist.Opaque) persist.Result {
		return persist.Result{Outcome: outcome.Fenced, Epoch: stored.Epoch, Opaque: stored}
	}
	differs := func(stored persist.Opaque) persist.Result {
		return persist.Result{Outcome: outcome.Mismatch, Opaque: stored}
	}
	return []rule{
		{"P-15/created-by-the-comparison", func(e *env) {
			e.openLeased(1, longLease)
			e.expect(downgrade(1, at(4)), downgraded(at(4), at(4)))
			e.expect(swap(1, two, one, at(6)), differs(none))
			e.expect(swap(1, none, one, at(6)), swapped(at(4), at(6), one))
			e.expect(swap(2, none, two, at(2)), swapped(at(4), at(4), two))
			e.expect(downgrade(1, at(9)), downgraded(at(4), at(9)))
		}},
		{"P-15/stored-is-mine-succeeds", func(e *env) {
			c := swap(1, none, one, at(6))
			e.expect(c, swapped(at(6), at(6), one))
			e.expect(c, swapped(at(6), at(6), one))
			e.expect(swap(1, one, one, at(8)), swapped(at(8), at(8), one))
			e.expect(swap(1, two, one, at(9)), swapped(at(9), at(9), one))
			e.expect(swap(1, none, one, at(3)), swapped(at(9), at(9), one))
		}},
		{"P-15/higher-epoch-fences", func(e *env) {
			e.expect(swap(1, none, two, at(6)), swapped(at(6), at(6), two))
			e.expect(swap(1, none, one, at(9)), refused(two))
			e.expect(swap(1, one, one, at(9)), refused(two))
			e.holds(at(6), minimum())
			e.expect(openCritical(1, one), opened(at(6), at(6), minimum(), two))
		}},
		{"P-15/higher-epoch-fences-even-when-expected", func(e *env) {
			e.expect(swap(1, none, two, at(6)), swapped(at(6), at(6), two))
			e.expect(swap(1, two, one, at(9)), refused(two))
			e.holds(at(6), minimum())
		}},
		{"P-15/lower-epoch-is-taken-over-from-what-is-stored", func(e *env) {
			e.expect(openCritical(1, one), opened(minimum(), minimum(), minimum(), one))
			e.expect(swap(1, none, two, at(6)), differs(one))
			e.holds(minimum(), minimum())
			e.expect(swap(1, one, two, at(6)), swapped(at(6), at(6), two))
			e.expect(swap(1, one, one, at(7)), refused(two))
		}},
		{"P-15/take-over-succeeds-when-to-is-behind", func(e *env) {
			e.expect(swap(1, none, one, at(6)), swapped(at(6), at(6), one))
			e.expect(swap(1, one, two, at(2)), swapped(at(6), at(6), two))
			e.expect(swap(1, one, one, at(7)), refused(two))
		}},
		{"P-15/nonce-tells-owners-of-one-epoch-apart", func(e *env) {
			twin := opaque(1, 12)
			e.expect(swap(1, none, one, at(6)), swapped(at(6), at(6), one))
			e.expect(swap(1, twin, twin, at(7)), differs(one))
			e.expect(swap(1, none, twin, at(7)), differs(one))
			e.holds(at(6), minimum())
			e.expect(swap(1, one, twin, at(7)), swapped(at(7), at(7), twin))
			e.expect(swap(1, one, one, at(8)), differs(twin))
		}},
		{"P-15/reports-the-shard's-since-and-the-reader's", func(e *env) {
			e.openLeased(1, longLease)
			e.expect(swap(1, none, one, at(6)), swapped(minimum(), at(6), one))
			e.expect(swap(1, one, one, closed()), swapped(minimum(), closed(), one))
			e.expect(downgrade(1, at(3)), downgraded(at(3), at(3)))
			e.expect(swap(1, one, one, closed()), swapped(at(3), closed(), one))
			e.expect(downgrade(1, closed()), downgraded(closed(), closed()))
			e.expect(swap(1, one, two, minimum()), swapped(closed(), closed(), two))
		}},
		{"P-15/critical-readers-never-lapse", func(e *env) {
			e.at(0)
			e.expect(swap(1, none, one, at(6)), swapped(at(6), at(6), one))
			e.openLeased(1, longLease)
			e.at(1_000_000)
			e.expect(downgrade(1, at(9)), downgraded(at(6), at(9)))
		}},
	}
}
