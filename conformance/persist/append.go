package persist

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// appendRules are P-11 and P-12: what an append does, and what repeating it says.
func appendRules() []rule {
	return []rule{
		{"P-11/append-moves-the-upper", func(e *env) {
			e.expect(appendCall(1, 1, minimum(), at(5), row("a", 0, 1), row("b", 4, 2)), done(at(5)))
			e.expect(appendCall(1, 2, at(5), at(6)), done(at(6)))
			e.expect(appendCall(2, 3, at(6), closed(), row("c", 1<<64-1, 1)), done(closed()))
			e.openLeased(1, longLease)
			e.contents(1, 1<<64-1, row("a", 0, 1), row("b", 0, 2), row("c", 0, 1))
		}},
		{"P-11/mismatch-applies-nothing", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(5), row("a", 1, 1))
			e.expect(appendCall(1, 1, at(3), at(9), row("b", 3, 1)), mismatch(at(5)))
			e.expect(appendCall(1, 2, at(6), at(9), row("c", 6, 1)), mismatch(at(5)))
			e.expect(appendCall(1, 3, minimum(), closed(), row("d", 2, 1)), mismatch(at(5)))
			e.holds(minimum(), at(5))
			e.contents(1, 4, row("a", 0, 1))
		}},
		{"P-11/mismatch-leaves-the-token-unused", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(5))
			e.expect(appendCall(1, 1, at(3), at(9), row("b", 3, 1)), mismatch(at(5)))
			e.expect(appendCall(1, 1, at(5), at(9), row("b", 5, 1)), done(at(9)))
			e.contents(1, 8, row("b", 0, 1))
		}},
		{"P-11/argument-errors", func(e *env) {
			e.mustAppend(minimum(), at(5))
			for _, c := range []struct {
				call persist.Call
				want persist.Reason
			}{
				{appendCall(1, 1, at(5), at(8), row("a", 4, 1)), persist.ReasonUpdateOutOfBounds},
				{appendCall(1, 2, at(5), at(8), row("a", 8, 1)), persist.ReasonUpdateOutOfBounds},
				{appendCall(1, 3, at(5), at(8), row("a", 5, 1), row("a", 9, 1)), persist.ReasonUpdateOutOfBounds},
				{appendCall(1, 4, at(5), closed(), row("a", 4, 1)), persist.ReasonUpdateOutOfBounds},
				{appendCall(1, 5, at(5), at(4)), persist.ReasonUpperRegresses},
				{appendCall(1, 6, closed(), at(4)), persist.ReasonUpperRegresses},
				{appendCall(1, 7, at(5), at(5), row("a", 5, 1)), persist.ReasonDataInEmptyInterval},
				{appendCall(1, 8, closed(), closed()), persist.ReasonAppendToClosed},
			} {
				e.expect(c.call, invalid(c.want))
			}
			e.holds(minimum(), at(5))
		}},
		{"P-11/empty-append-of-nothing-is-a-checked-no-op", func(e *env) {
			e.expect(persist.Call{Op: persist.OpOpenWriter, Writer: writer(1), Epoch: 2},
				persist.Result{Outcome: outcome.Done})
			e.mustAppend(minimum(), at(5))
			e.expect(appendCall(1, 1, at(5), at(5)), done(at(5)))
			e.expect(appendCall(1, 2, at(4), at(4)), mismatch(at(5)))
			low := appendCall(1, 3, at(5), at(5))
			low.Epoch = 1
			e.expect(low, fenced(2))
			e.holds(minimum(), at(5))
		}},
		{"P-11/unopened-writer-may-append", func(e *env) {
			e.expect(appendCall(77, 1, minimum(), at(5)), done(at(5)))
			e.expect(appendCall(77, 1, minimum(), at(5)), done(at(5)))
		}},
		{"P-11/token-belongs-to-one-writer", func(e *env) {
			e.expect(appendCall(1, 1, minimum(), at(5)), done(at(5)))
			e.expect(appendCall(2, 1, minimum(), at(5)), mismatch(at(5)))
		}},
		{"P-11/only-the-last-token-counts", func(e *env) {
			e.expect(appendCall(1, 1, minimum(), at(5)), done(at(5)))
			e.expect(appendCall(1, 2, at(5), at(6)), done(at(6)))
			e.expect(appendCall(1, 1, minimum(), at(5)), mismatch(at(6)))
		}},
		{"P-12/repeat-with-the-same-token-succeeds-once", func(e *env) {
			e.openLeased(1, longLease)
			c := appendCall(1, 1, minimum(), at(5), row("a", 2, 1))
			for range 3 {
				e.expect(c, done(at(5)))
			}
			e.contents(1, 4, row("a", 0, 1))
		}},
		{"P-12/repeat-after-others-went-on", func(e *env) {
			e.openLeased(1, longLease)
			c := appendCall(1, 1, minimum(), at(5), row("a", 2, 1))
			e.expect(c, done(at(5)))
			e.expect(appendCall(2, 2, at(5), at(9), row("b", 7, 1)), done(at(9)))
			e.expect(c, done(at(5)))
			e.expect(persist.Call{Op: persist.OpOpenWriter, Writer: writer(1)},
				persist.Result{Outcome: outcome.Done, Upper: at(9)})
			e.expect(c, done(at(5)))
			e.holds(minimum(), at(9))
			e.contents(1, 8, row("a", 0, 1), row("b", 0, 1))
		}},
		{"P-12/repeat-after-the-shard-was-closed", func(e *env) {
			c := appendCall(1, 1, minimum(), at(5), row("a", 2, 1))
			e.expect(c, done(at(5)))
			last := appendCall(2, 2, at(5), closed())
			e.expect(last, done(closed()))
			e.expect(c, done(at(5)))
			e.expect(last, done(closed()))
			e.holds(minimum(), closed())
		}},
		{"P-12/repeat-of-a-no-op-succeeds", func(e *env) {
			c := appendCall(1, 1, minimum(), minimum())
			e.expect(c, done(minimum()))
			e.mustAppend(minimum(), at(4))
			e.expect(c, done(minimum()))
		}},
	}
}

// orderRules are the order of P-11's checks and its fence.
func orderRules() []rule {
	epoch := func(c persist.Call, epoch uint64) persist.Call {
		c.Epoch = epoch
		return c
	}
	open := func(n, epoch uint64) persist.Call {
		return persist.Call{Op: persist.OpOpenWriter, Writer: writer(n), Epoch: epoch}
	}
	ok := persist.Result{Outcome: outcome.Done}
	return []rule{
		{"P-11/fence/opening-with-a-lower-epoch", func(e *env) {
			e.expect(open(1, 5), ok)
			e.expect(open(2, 4), fenced(5))
			e.expect(open(1, 1), fenced(5))
			e.expect(open(2, 5), ok)
			e.expect(open(2, 6), ok)
			e.expect(open(1, 5), fenced(6))
		}},
		{"P-11/fence/appending-with-a-lower-epoch", func(e *env) {
			e.expect(open(1, 5), ok)
			e.expect(epoch(appendCall(1, 1, minimum(), at(1)), 5), done(at(1)))
			e.expect(open(2, 6), persist.Result{Outcome: outcome.Done, Upper: at(1)})
			e.expect(epoch(appendCall(1, 2, at(1), at(2)), 5), fenced(6))
			e.expect(epoch(appendCall(2, 3, at(1), at(2)), 6), done(at(2)))
			e.holds(minimum(), at(2))
		}},
		{"P-11/fence/without-an-epoch-there-is-none", func(e *env) {
			e.expect(open(1, 5), ok)
			e.expect(open(2, 0), ok)
			e.expect(appendCall(2, 1, minimum(), at(1)), done(at(1)))
			e.expect(open(3, 4), fenced(5))
		}},
		{"P-11/fence/only-opening-raises-the-epoch", func(e *env) {
			e.expect(open(1, 3), ok)
			e.expect(epoch(appendCall(1, 1, minimum(), at(1)), 9), done(at(1)))
			e.expect(epoch(appendCall(1, 2, at(1), at(2)), 3), done(at(2)))
		}},
		{"P-11/order-of-checks/arguments-before-fence", func(e *env) {
			e.expect(open(1, 5), ok)
			e.expect(epoch(appendCall(2, 1, at(3), at(2)), 1), invalid(persist.ReasonUpperRegresses))
			e.expect(epoch(appendCall(2, 1, minimum(), at(2), row("a", 2, 1)), 1), invalid(persist.ReasonUpdateOutOfBounds))
			e.expect(epoch(appendCall(2, 1, minimum(), minimum(), row("a", 0, 1)), 1), invalid(persist.ReasonDataInEmptyInterval))
		}},
		{"P-11/order-of-checks/arguments-before-token", func(e *env) {
			e.expect(appendCall(1, 1, minimum(), at(2)), done(at(2)))
			e.expect(appendCall(1, 1, minimum(), at(2), row("a", 2, 1)), invalid(persist.ReasonUpdateOutOfBounds))
		}},
		{"P-11/order-of-checks/fence-before-token", func(e *env) {
			e.expect(open(1, 5), ok)
			c := epoch(appendCall(1, 1, minimum(), at(1)), 5)
			e.expect(c, done(at(1)))
			e.expect(open(2, 6), persist.Result{Outcome: outcome.Done, Upper: at(1)})
			e.expect(c, fenced(6))
		}},
		{"P-11/order-of-checks/fence-before-upper", func(e *env) {
			e.expect(open(1, 5), ok)
			e.mustAppend(minimum(), at(4))
			e.expect(epoch(appendCall(2, 1, at(3), at(9)), 4), fenced(5))
		}},
		{"P-11/order-of-checks/token-before-upper", func(e *env) {
			e.expect(appendCall(1, 1, minimum(), at(2)), done(at(2)))
			e.mustAppend(at(2), at(4))
			e.expect(appendCall(1, 1, minimum(), at(2)), done(at(2)))
		}},
	}
}
