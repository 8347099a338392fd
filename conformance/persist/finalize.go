package persist

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

func finalize() persist.Call { return persist.Call{Op: persist.OpFinalize} }

func finalized() persist.Result { return persist.Result{Outcome: outcome.Done} }

// inUse is the refusal of a finalization; both frontiers empty: a reader is left.
func inUse(since, upper frontier.Frontier) persist.Result {
	return persist.Result{Outcome: outcome.NotYet, Since: since, Upper: upper}
}

func closeReader(n uint64) persist.Call {
	return persist.Call{Op: persist.OpCloseReader, Reader: reader(n)}
}

// giveUp empties the since by critical reader 9 and closes the upper.
func (e *env) giveUp() {
	e.Helper()
	e.expect(swap(9, opaque(0, 0), opaque(1, 1), closed()), swapped(closed(), closed(), opaque(1, 1)))
	e.mustAppend(minimum(), closed(), row("a", 1, 1))
}

// finalizeRules are the end of P-2: when a shard may be given up, and what remains.
func finalizeRules() []rule {
	return []rule{
		{"P-2/finalized-when-both-frontiers-are-empty", func(e *env) {
			e.giveUp()
			e.expect(finalize(), finalized())
		}},
		{"P-2/finalizing-again-is-done", func(e *env) {
			e.giveUp()
			e.expect(finalize(), finalized())
			e.expect(finalize(), finalized())
			e.expect(persist.Call{Op: persist.OpFetchUpper}, invalid(persist.ReasonFinalized))
		}},
		{"P-2/not-finalized-before-it-is-used", func(e *env) {
			e.expect(finalize(), inUse(minimum(), minimum()))
			e.holds(minimum(), minimum())
		}},
		{"P-2/not-finalized-while-readable", func(e *env) {
			e.expect(swap(9, opaque(0, 0), opaque(1, 1), at(3)), swapped(at(3), at(3), opaque(1, 1)))
			e.mustAppend(minimum(), closed(), row("a", 1, 1))
			e.expect(finalize(), inUse(at(3), closed()))
			e.openLeased(1, longLease)
			e.contents(1, 5, row("a", 5, 1))
		}},
		{"P-2/not-finalized-while-writable", func(e *env) {
			e.expect(swap(9, opaque(0, 0), opaque(1, 1), closed()), swapped(closed(), closed(), opaque(1, 1)))
			e.mustAppend(minimum(), at(4))
			e.expect(finalize(), inUse(closed(), at(4)))
			e.mustAppend(at(4), at(6))
		}},
		{"P-2/not-finalized-while-a-leased-reader-is-left", func(e *env) {
			e.openLeased(1, longLease)
			e.giveUpUnder(1)
			e.openLeased(2, longLease)
			e.expect(finalize(), inUse(closed(), closed()))
			e.expect(closeReader(1), persist.Result{Outcome: outcome.Done})
			e.expect(finalize(), inUse(closed(), closed()))
			e.expect(closeReader(2), persist.Result{Outcome: outcome.Done})
			e.expect(finalize(), finalized())
		}},
		{"P-2/a-reader-whose-lease-has-ended-is-not-left", func(e *env) {
			e.at(0)
			e.giveUp()
			e.openLeased(1, 1000*millisecond)
			e.at(900)
			e.expect(finalize(), inUse(closed(), closed()))
			e.at(1500)
			e.expect(finalize(), finalized())
		}},
		{"P-2/a-refused-finalization-commits-nothing", func(e *env) {
			e.at(0)
			e.openLeased(1, 1000*millisecond)
			e.at(1500)
			e.expect(finalize(), inUse(minimum(), minimum()))
			e.expect(persist.Call{Op: persist.OpHeartbeat, Reader: reader(1)}, persist.Result{Outcome: outcome.Done})
		}},
		{"P-2/critical-readers-at-the-end-are-not-left", func(e *env) {
			e.giveUp()
			e.expect(swap(8, opaque(0, 0), opaque(1, 2), minimum()), swapped(closed(), closed(), opaque(1, 2)))
			e.expect(finalize(), finalized())
		}},
		{"P-2/a-critical-reader-that-reads-keeps-the-shard", func(e *env) {
			e.expect(swap(8, opaque(0, 0), opaque(1, 2), at(2)), swapped(at(2), at(2), opaque(1, 2)))
			e.expect(swap(9, opaque(0, 0), opaque(1, 1), closed()), swapped(at(2), closed(), opaque(1, 1)))
			e.mustAppend(minimum(), closed())
			e.expect(finalize(), inUse(at(2), closed()))
			e.expect(swap(8, opaque(1, 2), opaque(1, 2), closed()), swapped(closed(), closed(), opaque(1, 2)))
			e.expect(finalize(), finalized())
		}},
		{"P-2/writers-are-not-asked", func(e *env) {
			e.expect(persist.Call{Op: persist.OpOpenWriter, Writer: writer(1), Epoch: 7},
				persist.Result{Outcome: outcome.Done, Since: minimum(), Upper: minimum()})
			e.giveUp()
			e.expect(finalize(), finalized())
		}},
		{"P-2/finalized-shard-answers-every-call", finalizedShardAnswers},
	}
}

// giveUpUnder is giveUp while leased reader n is there: it holds the since back until
// it is at the empty frontier itself.
func (e *env) giveUpUnder(n uint64) {
	e.Helper()
	e.expect(swap(9, opaque(0, 0), opaque(1, 1), closed()), swapped(minimum(), closed(), opaque(1, 1)))
	e.mustAppend(minimum(), closed())
	e.expect(finalize(), inUse(minimum(), closed()))
	e.expect(downgrade(n, closed()), downgraded(closed(), closed()))
}

func finalizedShardAnswers(e *env) {
	e.openLeased(1, longLease)
	e.giveUpUnder(1)
	e.expect(closeReader(1), persist.Result{Outcome: outcome.Done})
	e.expect(finalize(), finalized())
	for _, c := range []persist.Call{
		{Op: persist.OpOpenWriter, Writer: writer(1), Epoch: 1},
		{Op: persist.OpOpenLeasedReader, Reader: reader(1), Lease: longLease},
		{Op: persist.OpOpenCritical, Reader: reader(1), Opaque: opaque(1, 1)},
		appendCall(1, 1, at(3), at(4)),
		appendCall(900, 1_000_000, minimum(), closed()),
		{Op: persist.OpFetchUpper},
		downgrade(1, at(2)),
		swap(9, opaque(1, 1), opaque(1, 1), closed()),
		{Op: persist.OpHeartbeat, Reader: reader(1)},
		closeReader(1),
		{Op: persist.OpSnapshot, Reader: reader(1), AsOf: 1},
	} {
		e.expect(c, invalid(persist.ReasonFinalized))
	}
}
