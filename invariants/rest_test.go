package invariants

import (
	"strings"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

const bound = int64(100 * clock.Second)

// stuck ends a run that did not come to rest.
func (s *script) stuck() {
	s.j.Finish(&End{AtUs: s.us, Stuck: true, BoundUs: bound})
}

func (s *script) heal() {
	s.next()
	s.observe(Observation{Kind: Healed})
	s.wait(clock.Duration(bound))
	s.next()
}

// A world in which everything was done owes nothing.
func TestRest(t *testing.T) {
	s := world(t)
	s.grace()
	s.policy(tableID, lagFive)
	s.downgrade(tableID, at(15))
	s.heal()
	if why := s.j.Unsettled(); why != "" {
		t.Fatal(why)
	}
	s.j.Finish(&End{AtUs: s.us, BoundUs: bound, Collections: 1, Entries: 3})
	s.silent()
}

// A since that somebody with a newer epoch moved beyond its target has reached it.
func TestBeyondTheTarget(t *testing.T) {
	s := world(t)
	s.grace()
	s.policy(tableID, lagFive)
	life := s.life
	s.as(Foreign, 0)
	s.apply(persist.Call{Op: persist.OpCompareAndDowngradeSince, Shard: shardOne}, outcome.Done, func(st *ShardState) {
		st.CriticalSince, st.Since = at(18), at(18)
	})
	s.as(0, life)
	s.heal()
	if why := s.j.Unsettled(); why != "" {
		t.Fatal(why)
	}
	s.silent()
}

// What is missing at rest is said in words, and is a violation in the end.
func TestWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name, invariant, words string
		play                   func(s *script)
	}{
		{"a since that stays behind", "L1", "its target", func(s *script) {
			s.grace()
			s.policy(tableID, lagFive)
		}},
		{"a policy that is never evaluated", "L1", "its policy lets it go", func(s *script) {
			s.grace()
			v := s.view(tableID)
			q := s.ask(core.Request{Op: core.RequestSetPolicy, Policies: []core.PolicyChange{{ID: tableID, Policy: lagFive}}})
			v.Policy = lagFive
			s.move(*v)
			s.commit(stash.Write{Kind: stash.WriteUpsert, Collection: stash.CollectionPolicies, Key: tableID.String(), Value: policyValue(lagFive)})
			s.answer(q, core.Response{})
		}},
		{"a dropped collection that is never released", "L1", "", func(s *script) {
			s.grace()
			q := s.ask(core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{tableID}})
			s.commit(dropWrites()...)
			v := s.view(tableID)
			v.Dropped = true
			s.move(*v)
			s.answer(q, core.Response{})
		}},
		{"an append without an answer", "L3", "has no answer", func(s *script) {
			s.grace()
			s.append(tableID, 3, 30, relation.Update{Data: rowTrue, Time: 25, Diff: 1})
		}},
		{"a request without an answer", "L5", "has no answer", func(s *script) {
			s.grace()
			s.ask(core.Request{Op: core.RequestDump})
		}},
		{"an upper that is not learned", "L6", "the durable one", func(s *script) {
			s.grace()
			life := s.life
			s.as(Foreign, 0)
			s.apply(persist.Call{Op: persist.OpCompareAndAppend, Shard: shardOne}, outcome.Done, func(st *ShardState) { st.Upper = at(99) })
			s.as(0, life)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := world(t)
			c.play(s)
			s.silent()
			s.heal()
			if why := s.j.Unsettled(); why == "" || !strings.Contains(why, c.words) {
				t.Fatalf("unsettled: %q", why)
			}
			s.stuck()
			s.fires(c.invariant)
		})
	}
}

// A run that was interrupted owes nothing.
func TestInterruptedOwesNothing(t *testing.T) {
	s := world(t)
	s.ask(core.Request{Op: core.RequestDump})
	s.heal()
	s.j.Finish(&End{AtUs: s.us, Stuck: true, Interrupted: true, BoundUs: bound})
	s.silent()
}

// A hold protects until its lease is over in the controller's own time, and not
// a microsecond longer: then its end is no violation.
func TestLeaseIsExact(t *testing.T) {
	for _, late := range []bool{false, true} {
		s := world(t)
		s.grace()
		s.acquire(tableID, 1, 1, 4)
		s.silent()
		s.wait(s.config.HoldLease)
		if !late {
			s.us--
		}
		s.step++
		s.issueStash(stash.Call{Op: stash.OpCommit, Txn: stash.TxnID{Hi: 77, Lo: 1}})
		s.held = empty()
		v := s.view(tableID)
		v.NamedHolds = 0
		s.move(*v)
		if s.j.Failed() == late {
			t.Fatalf("late %v: %+v", late, s.j.Violations())
		}
	}
}

// Histories as a client sees them, and whether one order explains them.
func TestLinearizable(t *testing.T) {
	row := []relation.Update{{Data: rowTrue, Time: 5, Diff: 1}}
	content := func(updates []relation.Update) (p print128) {
		for _, u := range updates {
			p.add(u.Data, u.Diff)
		}
		return p
	}
	append5 := linearOp{kind: linearAppend, call: 1, end: 4, upper: at(10), least: 5, updates: row}
	for _, c := range []struct {
		name string
		want bool
		ops  []linearOp
	}{
		{"read after append", true, []linearOp{append5, {kind: linearSnapshot, call: 5, end: 6, asOf: 6, content: content(row)}}},
		{"row missing", false, []linearOp{append5, {kind: linearSnapshot, call: 5, end: 6, asOf: 6}}},
		{"read before the end", true, []linearOp{append5, {kind: linearRead, call: 2, end: 3, upper: at(10)}, {kind: linearRead, call: 2, end: 3}}},
		{"upper goes back", false, []linearOp{append5, {kind: linearRead, call: 2, end: 3, upper: at(10)}, {kind: linearRead, call: 4, end: 5}}},
		{"stale upper after the end", false, []linearOp{append5, {kind: linearRead, call: 5, end: 6}}},
		{"two appends at one time", false, []linearOp{append5, {kind: linearAppend, call: 2, end: 6, upper: at(9), least: 6, updates: row}}},
		{"refused for nothing", false, []linearOp{{kind: linearRefused, call: 1, end: 2, upper: at(9), least: 6, updates: row}}},
		{"refused behind another", true, []linearOp{append5, {kind: linearRefused, call: 2, end: 3, upper: at(9), least: 6, updates: row}}},
		{"unknown and seen", true, []linearOp{{kind: linearUnknown, call: 1, end: never, upper: at(10), least: 5, updates: row}, {kind: linearSnapshot, call: 5, end: 6, asOf: 6, content: content(row)}}},
		{"unknown and not seen", true, []linearOp{{kind: linearUnknown, call: 1, end: never, upper: at(10), least: 5, updates: row}, {kind: linearRead, call: 5, end: 6}}},
		{"seen and gone", false, []linearOp{
			{kind: linearUnknown, call: 1, end: never, upper: at(10), least: 5, updates: row},
			{kind: linearRead, call: 5, end: 6, upper: at(10)}, {kind: linearSnapshot, call: 7, end: 8, asOf: 6},
		}},
	} {
		var l linear
		for _, op := range c.ops {
			l.add(op)
		}
		if got := l.historyOf(0).linearizable(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestFrontierOrder(t *testing.T) {
	list := []frontier.Frontier{{}, at(1), at(1<<64 - 1), empty()}
	for i, a := range list {
		for k, b := range list {
			if before(a, b) != (i < k) || atMost(a, b) != (i <= k) {
				t.Errorf("%v and %v", a, b)
			}
		}
	}
}
