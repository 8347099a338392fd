package persist

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// openRules are P-10 and P-13: what opening and fetching report.
func openRules() []rule {
	return []rule{
		{"P-10/first-use-makes-a-shard", func(e *env) {
			e.expect(persist.Call{Op: persist.OpOpenWriter, Writer: writer(1)},
				persist.Result{Outcome: outcome.Done})
			e.holds(minimum(), minimum())
		}},
		{"P-10/opening-reports-a-fresh-upper", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(7))
			e.expect(downgrade(1, at(4)), downgraded(at(4), at(4)))
			e.expect(persist.Call{Op: persist.OpOpenWriter, Writer: writer(1), Epoch: 3},
				persist.Result{Outcome: outcome.Done, Since: at(4), Upper: at(7)})
			e.mustAppend(at(7), at(9))
			e.expect(openCritical(1, opaque(1, 1)), opened(at(4), at(4), at(9), opaque(1, 1)))
			e.mustAppend(at(9), closed())
			e.expect(persist.Call{Op: persist.OpOpenLeasedReader, Reader: reader(2), Lease: longLease},
				persist.Result{Outcome: outcome.Done, Since: at(4), ReaderSince: at(4), Upper: closed()})
		}},
		{"P-10/new-readers-start-at-the-since", func(e *env) {
			e.openLeased(1, longLease)
			e.expect(downgrade(1, at(6)), downgraded(at(6), at(6)))
			if r := e.openLeased(2, longLease); r.ReaderSince != at(6) {
				e.Fatalf("a new leased reader starts at %v", r.ReaderSince)
			}
			e.expect(openCritical(1, opaque(1, 1)), opened(at(6), at(6), minimum(), opaque(1, 1)))
			e.expect(downgrade(1, at(9)), downgraded(at(6), at(9)))
		}},
		{"P-10/reopening-a-leased-reader-keeps-its-since", func(e *env) {
			e.openLeased(1, longLease)
			e.openLeased(2, longLease)
			e.expect(downgrade(1, at(6)), downgraded(minimum(), at(6)))
			if r := e.openLeased(1, longLease); r.ReaderSince != at(6) || r.Since != minimum() {
				e.Fatalf("reopened at %v of %v", r.ReaderSince, r.Since)
			}
		}},
		{"P-10/existing-critical-reader-is-left-as-it-is", func(e *env) {
			e.expect(openCritical(1, opaque(2, 5)), opened(minimum(), minimum(), minimum(), opaque(2, 5)))
			e.openLeased(1, longLease)
			e.expect(swap(1, opaque(2, 5), opaque(2, 5), at(6)), swapped(minimum(), at(6), opaque(2, 5)))
			e.expect(openCritical(1, opaque(9, 9)), opened(minimum(), at(6), minimum(), opaque(2, 5)))
			e.expect(openCritical(1, opaque(1, 1)), opened(minimum(), at(6), minimum(), opaque(2, 5)))
		}},
		{"P-10/leased-and-critical-readers-are-apart", func(e *env) {
			e.expect(openCritical(1, opaque(1, 1)), opened(minimum(), minimum(), minimum(), opaque(1, 1)))
			for _, c := range []persist.Call{
				downgrade(1, at(3)),
				{Op: persist.OpHeartbeat, Reader: reader(1)},
				{Op: persist.OpSnapshot, Reader: reader(1)},
			} {
				e.expect(c, invalid(persist.ReasonUnknownReader))
			}
			e.expect(persist.Call{Op: persist.OpCloseReader, Reader: reader(1)}, persist.Result{Outcome: outcome.Done})
			e.openLeased(1, longLease)
			e.expect(downgrade(1, at(3)), downgraded(minimum(), at(3)))
		}},
		{"P-10/shards-are-apart", func(e *env) {
			other := e.shard
			other.Hi++
			e.mustAppend(minimum(), at(7))
			e.expect(persist.Call{Op: persist.OpFetchUpper, Shard: other}, persist.Result{Outcome: outcome.Done})
			e.openLeased(1, longLease)
			c := downgrade(1, at(3))
			c.Shard = other
			e.expect(c, invalid(persist.ReasonUnknownReader))
		}},
		{"P-10/malformed-calls-are-refused", func(e *env) {
			odd := at(5)
			odd.Empty = true
			for _, c := range []persist.Call{
				{},
				{Op: persist.OpOpenWriter},
				{Op: persist.OpOpenLeasedReader, Lease: longLease},
				{Op: persist.OpOpenLeasedReader, Reader: reader(1)},
				{Op: persist.OpOpenLeasedReader, Reader: reader(1), Lease: -1},
				{Op: persist.OpOpenCritical},
				{Op: persist.OpDowngradeSince},
				{Op: persist.OpCompareAndDowngradeSince},
				{Op: persist.OpHeartbeat},
				{Op: persist.OpCloseReader},
				{Op: persist.OpSnapshot},
				{Op: persist.OpCompareAndAppend, Token: token(1), Upper: at(1)},
				{Op: persist.OpCompareAndAppend, Writer: writer(1), Upper: at(1)},
				{Op: persist.OpDowngradeSince, Reader: reader(1), Since: odd},
				{Op: persist.OpFetchUpper, Upper: odd},
				{Op: persist.OpFetchUpper, Expected: odd},
				{Op: persist.OpFinalize + 1},
			} {
				e.expect(c, invalid(persist.ReasonMalformed))
			}
			var r persist.Result
			e.store.Do(&persist.Call{Op: persist.OpFetchUpper}, &r)
			if r.Outcome != outcome.Invalid || r.Reason != persist.ReasonMalformed {
				e.Fatalf("a call to no shard: %v, %v", r.Outcome, r.Reason)
			}
		}},
		{"P-13/fetch-upper-is-current", func(e *env) {
			for t := frontier.Timestamp(0); t < 5; t++ {
				e.holds(minimum(), at(t))
				e.mustAppend(at(t), at(t+1))
			}
			e.mustAppend(at(5), closed())
			e.holds(minimum(), closed())
		}},
	}
}

func openCritical(n uint64, o persist.Opaque) persist.Call {
	return persist.Call{Op: persist.OpOpenCritical, Reader: reader(n), Opaque: o}
}

func opened(since, readerSince, upper frontier.Frontier, o persist.Opaque) persist.Result {
	return persist.Result{
		Outcome: outcome.Done, Since: since, ReaderSince: readerSince, Upper: upper, Opaque: o,
	}
}
