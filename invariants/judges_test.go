package invariants

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// A copy judges as its original does, and neither disturbs the other.
func TestCopyJudgesAlike(t *testing.T) {
	for _, st := range slices.Concat(stories(), hostStories()) {
		s := world(t)
		original, copied := s.j, New()
		copied.CopyFrom(original)
		st.play(s)
		original.Failed()
		want := append([]Violation(nil), original.Violations()...)
		if copied.Failed() {
			t.Fatalf("%s: the original's story reached the copy: %+v", st.name, copied.Violations())
		}
		again := world(t)
		again.j = copied
		st.play(again)
		copied.Failed()
		if diff := cmp.Diff(want, copied.Violations()); diff != "" {
			t.Errorf("%s: %s", st.name, diff)
		}
		if diff := cmp.Diff(original.Stats(), copied.Stats()); diff != "" {
			t.Errorf("%s: %s", st.name, diff)
		}
	}
}

// A judge that was used and reset is as good as new.
func TestResetForgets(t *testing.T) {
	fresh := world(t)
	for _, st := range slices.Concat(stories(), hostStories()) {
		used := world(t)
		st.play(used)
		used.j.Failed()
		used.j.Reset()
		again := newScript(t)
		again.j = used.j
		again.first()
		if diff := cmp.Diff(fresh.j.Stats(), again.j.Stats()); diff != "" {
			t.Fatalf("after %s: %s", st.name, diff)
		}
	}
}

// In steady state judging an append, from its request to its answer, allocates
// nothing.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	s := newScript(t)
	s.config.HoldLease = 100 * clock.Hour // leadership need not be proved meanwhile
	s.first()
	s.grace()
	s.policy(tableID, lagFive)
	updates := []relation.Update{{Data: rowTrue, Diff: 1}}
	parts := []core.Append{{ID: tableID, Updates: updates}}
	at := frontier.Timestamp(20)
	one := func() {
		at += 10
		updates[0].Time = at - 5
		parts[0].Upper = frontier.Frontier{T: at}
		q := s.ask(core.Request{Op: core.RequestAppend, Appends: parts})
		s.write(tableID, uint64(at), at, updates)
		v := s.view(tableID)
		v.Implied = policyBound(v.Policy, v.Upper, v.Implied)
		v.Since = v.Implied
		s.step++
		s.move(*v)
		s.wait(2 * clock.Second)
		s.downgrade(tableID, v.Since)
		s.answer(q, core.Response{})
	}
	for i := 0; i < 3000; i++ {
		one()
	}
	s.silent()
	before := s.j.history.n
	judged := testing.AllocsPerRun(500, one)
	s.silent()
	s.mute = true
	// What is left is the script's own: each of its observations' parts.
	if script := testing.AllocsPerRun(500, one); judged > script {
		t.Fatalf("%v allocations, %v of them the script's", judged, script)
	}
	if before != s.j.history.n {
		t.Fatal("the history was not full")
	}
}

// The table against a map.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tab table
		model := map[[2]uint64]int32{}
		for i, n := 0, rapid.IntRange(1, 400).Draw(t, "n"); i < n; i++ {
			a, b := rapid.Uint64Range(0, 40).Draw(t, "a"), rapid.Uint64Range(0, 3).Draw(t, "b")
			switch rapid.IntRange(0, 2).Draw(t, "do") {
			case 0:
				tab.put(a, b, int32(i))
				model[[2]uint64{a, b}] = int32(i)
			case 1:
				tab.remove(a, b)
				delete(model, [2]uint64{a, b})
			}
			want, ok := model[[2]uint64{a, b}]
			if !ok {
				want = -1
			}
			if got := tab.find(a, b); got != want || tab.n != len(model) {
				t.Fatalf("find(%d, %d) = %d of %d, want %d of %d", a, b, got, tab.n, want, len(model))
			}
		}
	})
}

// The fold of a shard's contents against all of its updates.
func TestContents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s shard
		var pool pagePool[landing]
		var all []relation.Update
		folded := frontier.Timestamp(0)
		for i, n := 0, rapid.IntRange(1, 60).Draw(t, "n"); i < n; i++ {
			u := relation.Update{
				Data: rapid.SampledFrom([]relation.Row{rowTrue, rowFalse, "\xFFbad", "longer than eight bytes"}).Draw(t, "row"),
				Time: folded + frontier.Timestamp(rapid.IntRange(1, 9).Draw(t, "time")),
				Diff: int64(rapid.IntRange(-2, 2).Draw(t, "diff")),
			}
			s.land(&pool, []relation.Update{u})
			all = append(all, u)
			if rapid.IntRange(0, 3).Draw(t, "fold") == 0 {
				folded += frontier.Timestamp(rapid.IntRange(0, 6).Draw(t, "by"))
				s.fold(&pool, folded)
			}
			asOf := folded + frontier.Timestamp(rapid.IntRange(0, 9).Draw(t, "asOf"))
			rows, errs := s.contents(asOf)
			var wantRows, wantErrs print128
			for _, u := range all {
				switch {
				case u.Time > asOf:
				case isError(u.Data):
					wantErrs.add(u.Data, u.Diff)
				default:
					wantRows.add(u.Data, u.Diff)
				}
			}
			if rows != wantRows || errs != wantErrs {
				t.Fatalf("contents at %d differ", asOf)
			}
		}
	})
}
