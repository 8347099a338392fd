package campaign

import (
	"cmp"
	"slices"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// tally adds results up in the order of their seeds, whatever the order in which
// they come in. Results that came early wait; when the tally is finished, those that
// still wait for a seed that never came (it was given up) are added in order too.
type tally struct {
	next    uint64
	waiting []*entry // sorted by seed, all above next
	stop    bool     // count nothing above the first failure
	stopped bool
	sum     Summary
}

// entry is a copy of the parts of a result that count.
type entry struct {
	seed        uint64
	events      uint64
	simMs       int64
	failed      bool
	violation   invariants.Violation
	trial       *plan.Trial
	faults, ops []sim.Count
	oracles     []invariants.Stat
}

func newTally(first uint64, stopOnFailure bool) *tally {
	return &tally{next: first, stop: stopOnFailure}
}

// add takes the result of seed. The result may be reused afterwards.
func (t *tally) add(seed uint64, r *sim.Result) {
	at, _ := slices.BinarySearchFunc(t.waiting, seed, func(e *entry, seed uint64) int {
		return cmp.Compare(e.seed, seed)
	})
	t.waiting = slices.Insert(t.waiting, at, entryOf(seed, r))
	ready := 0
	for ready < len(t.waiting) && t.waiting[ready].seed == t.next {
		t.count(t.waiting[ready])
		t.next++
		ready++
	}
	t.waiting = slices.Delete(t.waiting, 0, ready)
}

// finish counts what still waits and returns the sum.
func (t *tally) finish() *Summary {
	for _, e := range t.waiting {
		t.count(e)
	}
	return &t.sum
}

func (t *tally) count(e *entry) {
	if t.stopped {
		return
	}
	s := &t.sum
	s.Seeds++
	s.Last = e.seed
	s.Events += e.events
	s.SimMs += e.simMs
	s.Faults = addCounts(s.Faults, e.faults)
	s.Ops = addCounts(s.Ops, e.ops)
	s.Oracles = addStats(s.Oracles, e.oracles)
	if e.failed {
		s.Failures = append(s.Failures, Failure{Seed: e.seed, Violation: e.violation, Trial: e.trial})
		t.stopped = t.stop
	}
}

func entryOf(seed uint64, r *sim.Result) *entry {
	e := &entry{
		seed: seed, events: r.Events, simMs: r.SimMs, failed: len(r.Violations) > 0,
		faults: slices.Clone(r.Faults), ops: slices.Clone(r.Ops), oracles: slices.Clone(r.Oracles),
	}
	if e.failed {
		e.violation, e.trial = r.Violations[0], r.Trial
	}
	return e
}

// addCounts adds by name. Every result has the same names in the same order, but a
// result without any (a run that panicked) takes nothing away.
func addCounts(sum, more []sim.Count) []sim.Count {
	for _, m := range more {
		i := slices.IndexFunc(sum, func(c sim.Count) bool { return c.Name == m.Name })
		if i < 0 {
			sum = append(sum, m)
			continue
		}
		sum[i].N += m.N
	}
	return sum
}

func addStats(sum, more []invariants.Stat) []invariants.Stat {
	for _, m := range more {
		i := slices.IndexFunc(sum, func(s invariants.Stat) bool { return s.Name == m.Name })
		if i < 0 {
			sum = append(sum, m)
			continue
		}
		sum[i].Checked += m.Checked
		sum[i].Met += m.Met
	}
	return sum
}
