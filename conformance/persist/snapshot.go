package persist

import (
	"strconv"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// snapshotRules are P-16.
func snapshotRules() []rule {
	read := func(n uint64, asOf frontier.Timestamp) persist.Call {
		return persist.Call{Op: persist.OpSnapshot, Reader: reader(n), AsOf: asOf}
	}
	notYet := func(upper frontier.Frontier) persist.Result {
		return persist.Result{Outcome: outcome.NotYet, Upper: upper}
	}
	tooEarly := func(since frontier.Frontier) persist.Result {
		return persist.Result{Outcome: outcome.Mismatch, Since: since}
	}
	return []rule{
		{"P-16/contents-at-every-time", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(3), row("b", 2, 1), row("a", 0, 2), row("a", 1, -1))
			e.mustAppend(at(3), at(6), row("a", 5, -1), row("c", 3, 4), row("c", 3, -4), row("b", 4, 1))
			e.contents(1, 0, row("a", 0, 2))
			e.contents(1, 1, row("a", 0, 1))
			e.contents(1, 2, row("a", 0, 1), row("b", 0, 1))
			e.contents(1, 3, row("a", 0, 1), row("b", 0, 1))
			e.contents(1, 4, row("a", 0, 1), row("b", 0, 2))
			e.contents(1, 5, row("b", 0, 2))
		}},
		{"P-16/result-has-since-and-upper", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(6), row("a", 1, 1))
			e.expect(downgrade(1, at(2)), downgraded(at(2), at(2)))
			e.expect(read(1, 4), persist.Result{
				Outcome: outcome.Done, Since: at(2), Upper: at(6), Updates: []relation.Update{row("a", 4, 1)},
			})
		}},
		{"P-16/before-the-since", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(6), row("a", 1, 1))
			e.expect(downgrade(1, at(3)), downgraded(at(3), at(3)))
			e.expect(read(1, 2), tooEarly(at(3)))
			e.contents(1, 3, row("a", 0, 1))
		}},
		{"P-16/since-is-the-shard's", func(e *env) {
			e.openLeased(1, longLease)
			e.openLeased(2, longLease)
			e.mustAppend(minimum(), at(6), row("a", 1, 1))
			e.expect(downgrade(1, at(3)), downgraded(minimum(), at(3)))
			e.contents(2, 1, row("a", 0, 1))
		}},
		{"P-16/not-available-yet", func(e *env) {
			e.openLeased(1, longLease)
			e.expect(read(1, 0), notYet(minimum()))
			e.mustAppend(minimum(), at(6), row("a", 1, 1))
			e.expect(read(1, 6), notYet(at(6)))
			e.expect(read(1, 1<<64-1), notYet(at(6)))
			e.contents(1, 5, row("a", 0, 1))
		}},
		{"P-16/before-the-since-comes-first", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(2))
			e.expect(downgrade(1, at(9)), downgraded(at(9), at(9)))
			e.expect(read(1, 5), tooEarly(at(9)))
			e.expect(read(1, 9), notYet(at(2)))
		}},
		{"P-16/closed-shard-at-any-time", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), closed(), row("a", 5, 1))
			e.contents(1, 4)
			e.contents(1, 5, row("a", 0, 1))
			e.contents(1, 1<<64-1, row("a", 0, 1))
		}},
		{"P-16/unknown-reader", func(e *env) {
			e.mustAppend(minimum(), at(6))
			e.expect(read(1, 3), invalid(persist.ReasonUnknownReader))
		}},
		{"P-16/compaction-changes-no-permitted-read", compactionChangesNothing},
	}
}

// compactionChangesNothing reads a history that is long enough to be compacted,
// while the since follows, at times before and at the newest one.
func compactionChangesNothing(e *env) {
	const rounds = 120
	e.openLeased(1, longLease)
	name := func(i int) relation.Row { return relation.Row(strconv.Itoa(i % 7)) }
	for i := range rounds {
		t := frontier.Timestamp(i)
		updates := []relation.Update{row(name(i), t, 1), row(name(3*i), t, 2)}
		if i >= 5 {
			updates = append(updates, row(name(i-5), t, -1))
		}
		e.mustAppend(at(t), at(t+1), updates...)
		if i%10 < 8 {
			continue
		}
		since := t - 6
		e.expect(downgrade(1, at(since)), downgraded(at(since), at(since)))
		for _, asOf := range []frontier.Timestamp{t, since, t - 3} {
			e.contents(1, asOf, contentsAfter(int(asOf), name)...)
		}
	}
}

// contentsAfter sums what the rounds up to and including last have written.
func contentsAfter(last int, name func(int) relation.Row) []relation.Update {
	var all []relation.Update
	for i := 0; i <= last; i++ {
		all = append(all, row(name(i), 0, 1), row(name(3*i), 0, 2))
		if i >= 5 {
			all = append(all, row(name(i-5), 0, -1))
		}
	}
	return sum(all)
}
