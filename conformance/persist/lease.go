package persist

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// leaseRules are P-18. A lease is 1000 ms in all of them; exact ends are left
// alone, because a process cannot know which side of one it is on.
func leaseRules() []rule {
	const lease = 1000 * millisecond
	beat := func(n uint64) persist.Call { return persist.Call{Op: persist.OpHeartbeat, Reader: reader(n)} }
	alive := persist.Result{Outcome: outcome.Done}
	gone := persist.Result{Outcome: outcome.LeaseExpired}
	return []rule{
		{"P-18/lapsed-reader-is-removed-by-the-next-commit", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.at(1500)
			e.mustAppend(minimum(), at(1))
			e.expect(beat(1), gone)
		}},
		{"P-18/not-removed-before-its-lease-ends", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.at(900)
			e.mustAppend(minimum(), at(1))
			e.expect(beat(1), alive)
		}},
		{"P-18/nobody-commits-nobody-is-removed", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.at(5000)
			e.holds(minimum(), minimum())
			e.expect(beat(1), alive)
		}},
		{"P-18/removed-reader's-calls-fail", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.at(1500)
			e.mustAppend(minimum(), at(3))
			e.expect(beat(1), gone)
			e.expect(downgrade(1, at(2)), gone)
			e.expect(persist.Call{Op: persist.OpSnapshot, Reader: reader(1), AsOf: 1}, gone)
			e.expect(persist.Call{Op: persist.OpCloseReader, Reader: reader(1)}, persist.Result{Outcome: outcome.Done})
			e.holds(minimum(), at(3))
		}},
		{"P-18/closed-reader's-calls-fail", func(e *env) {
			e.openLeased(1, longLease)
			e.mustAppend(minimum(), at(3))
			e.expect(persist.Call{Op: persist.OpCloseReader, Reader: reader(1)}, persist.Result{Outcome: outcome.Done})
			e.expect(persist.Call{Op: persist.OpCloseReader, Reader: reader(1)}, persist.Result{Outcome: outcome.Done})
			e.expect(beat(1), gone)
			e.expect(downgrade(1, at(2)), gone)
			e.expect(persist.Call{Op: persist.OpSnapshot, Reader: reader(1), AsOf: 1}, gone)
		}},
		{"P-18/removed-reader-may-open-anew", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.openLeased(2, longLease)
			e.at(1500)
			e.expect(downgrade(2, at(4)), downgraded(at(4), at(4)))
			if r := e.openLeased(1, lease); r.ReaderSince != at(4) {
				e.Fatalf("a reader that was removed opened again at %v, not at the since", r.ReaderSince)
			}
			e.expect(downgrade(2, at(9)), downgraded(at(4), at(9)))
		}},
		{"P-18/heartbeat-renews", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.at(800)
			e.expect(beat(1), alive)
			e.at(1600)
			e.mustAppend(minimum(), at(1))
			e.expect(beat(1), alive)
		}},
		{"P-18/downgrade-renews", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.at(800)
			e.expect(downgrade(1, minimum()), downgraded(minimum(), minimum()))
			e.at(1600)
			e.mustAppend(minimum(), at(1))
			e.expect(beat(1), alive)
		}},
		{"P-18/reopening-renews", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.at(800)
			e.openLeased(1, lease)
			e.at(1600)
			e.mustAppend(minimum(), at(1))
			e.expect(beat(1), alive)
		}},
		{"P-18/late-downgrade-of-a-reader-still-there-renews-it", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.at(1500)
			e.expect(downgrade(1, at(2)), downgraded(at(2), at(2)))
			e.expect(beat(1), persist.Result{Outcome: outcome.Done, ReaderSince: at(2)})
		}},
		{"P-18/judged-by-the-committer's-clock", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.openLeased(2, longLease)
			e.at(-5000) // a process whose clock is behind
			e.mustAppend(minimum(), at(1))
			e.at(500)
			e.expect(beat(1), alive)
			e.at(5000) // a process whose clock is ahead
			e.mustAppend(at(1), at(2))
			e.at(600)
			e.expect(beat(1), gone)
			e.expect(beat(2), alive)
		}},
		{"P-18/clock-behind-shortens-no-lease", func(e *env) {
			e.at(0)
			e.openLeased(1, lease)
			e.at(-5000)
			e.expect(beat(1), alive)
			e.at(500)
			e.mustAppend(minimum(), at(1))
			e.expect(beat(1), alive)
		}},
	}
}
