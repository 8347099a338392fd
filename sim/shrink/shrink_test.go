package shrink_test

import (
	"slices"
	"testing"

	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/shrink"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func generate(t interface {
	Helper()
	Fatalf(string, ...any)
}, profile string, seed uint64) *plan.Plan {
	t.Helper()
	p, err := plan.Generate(profile, seed, plan.NewSeedDraws(seed))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return p
}

// faulty is a seed of the default profile whose plan has faults, rates and clocks.
const faulty = 1

func opIDs(p *plan.Plan) []int {
	var ids []int
	for i := range p.Ops {
		ids = append(ids, p.Ops[i].ID)
	}
	return ids
}

func hasOps(p *plan.Plan, ids ...int) bool {
	n := 0
	for _, id := range ids {
		for i := range p.Ops {
			if p.Ops[i].ID == id {
				n++
			}
		}
	}
	return n == len(ids)
}

func hasFault(p *plan.Plan, id int) bool {
	for i := range p.Faults {
		if p.Faults[i].ID == id {
			return true
		}
	}
	return false
}

func failsIf(cond func(*plan.Plan) bool) func(*plan.Plan) (string, bool) {
	return func(p *plan.Plan) (string, bool) {
		if cond(p) {
			return "S1", true
		}
		return "", false
	}
}

func TestTwoOperationsAndAFault(t *testing.T) {
	p := generate(t, "default", faulty)
	before := p.Hash()
	r := shrink.Shrink(p, shrink.Options{Run: failsIf(func(p *plan.Plan) bool { return hasOps(p, 3, 17) && hasFault(p, 2) })})
	if !r.Fails || r.Invariant != "S1" || !r.Minimal {
		t.Errorf("fails %v %s, minimal %v", r.Fails, r.Invariant, r.Minimal)
	}
	if diff := cmp.Diff([]int{3, 17}, opIDs(r.Plan)); diff != "" {
		t.Error(diff)
	}
	if len(r.Plan.Faults) != 1 || r.Plan.Faults[0].ID != 2 {
		t.Errorf("faults: %+v", r.Plan.Faults)
	}
	if len(r.Plan.Owners)+len(r.Plan.Writers)+len(r.Plan.Clocks)+len(r.Plan.Draws) > 0 {
		t.Errorf("something else is left:\n%s", r.Plan.Encode())
	}
	for i := range r.Plan.Ops {
		if op := &r.Plan.Ops[i]; len(op.Parts) != 1 || op.AtMs > 20 {
			t.Errorf("not simple: %+v", op)
		}
	}
	if p.Hash() != before {
		t.Error("the original was changed")
	}
	if r.Runs > 600 {
		t.Errorf("%d runs are many", r.Runs)
	}
}

func TestSilentPlanIsLeftAlone(t *testing.T) {
	p := generate(t, "default", faulty)
	r := shrink.Shrink(p, shrink.Options{Run: failsIf(func(*plan.Plan) bool { return false })})
	if r.Fails || r.Runs != 1 || r.Plan.Hash() != p.Hash() {
		t.Errorf("%+v", r)
	}
}

// TestSameInvariantMustFail has a plan whose parts violate another invariant as
// soon as the fault is gone: that must not be followed.
func TestSameInvariantMustFail(t *testing.T) {
	p := generate(t, "default", faulty)
	r := shrink.Shrink(p, shrink.Options{Run: func(p *plan.Plan) (string, bool) {
		switch {
		case hasOps(p, 5) && hasFault(p, 1):
			return "S5", true
		case hasOps(p, 5):
			return "L5", true
		}
		return "", false
	}})
	if r.Invariant != "S5" || !hasFault(r.Plan, 1) || !hasOps(r.Plan, 5) || len(r.Plan.Ops) != 1 {
		t.Errorf("%s\n%s", r.Invariant, r.Plan.Encode())
	}
}

// TestRatesBecomePins has a failure that needs one draw of a rate: the rate is
// replaced by the draws that came of it, and all but one of those go.
func TestRatesBecomePins(t *testing.T) {
	p := generate(t, "default", faulty)
	p.Rates.ReplyLost, p.Rates.StashSlow, p.Rates.SlowFactor = 100, 100, 10
	needed := plan.Pin{Purpose: "reply-lost", Cause: 4, Value: 1}
	drawn := []plan.Pin{{Purpose: "reply-lost", Cause: 2, Value: 1}, needed, {Purpose: "stash-slow", Cause: 9, Value: 1}, {Purpose: "stash-slow", Cause: 10, Value: 1}}
	lost := func(p *plan.Plan) bool {
		if !p.OnlyPinned {
			return p.Rates.ReplyLost > 0
		}
		for _, pin := range p.Draws {
			if pin == needed {
				return true
			}
		}
		return false
	}
	r := shrink.Shrink(p, shrink.Options{
		Run:    failsIf(func(p *plan.Plan) bool { return hasOps(p, 4) && lost(p) }),
		Record: func(p *plan.Plan) []plan.Pin { return drawn },
	})
	if diff := cmp.Diff([]plan.Pin{needed}, r.Plan.Draws); diff != "" || !r.Plan.OnlyPinned || r.Plan.Rates.ReplyLost != 0 {
		t.Errorf("%s\n%s", diff, r.Plan.Encode())
	}
	without := shrink.Shrink(p, shrink.Options{Run: failsIf(func(p *plan.Plan) bool { return lost(p) })})
	if without.Plan.Rates.ReplyLost != 100 || without.Plan.Rates.StashSlow != 0 || without.Plan.OnlyPinned {
		t.Errorf("without a recorder: %+v", without.Plan.Rates)
	}
}

func TestValues(t *testing.T) {
	p := generate(t, "default", faulty)
	p.Ops[10].Kind, p.Ops[10].As, p.Ops[10].Raw = plan.OpAppend, plan.TableWriter, plan.RawNone
	p.Ops[10].Parts = []plan.Part{{Slot: 1, Rows: 2}, {Slot: 2, Rows: 40, Retract: true, Time: plan.Time{Base: plan.Upper, Offset: 5000}}, {Slot: 3}}
	id := p.Ops[10].ID
	r := shrink.Shrink(p, shrink.Options{Run: failsIf(func(p *plan.Plan) bool {
		for i := range p.Ops {
			for _, v := range p.Ops[i].Parts {
				if p.Ops[i].ID == id && v.Slot == 2 && v.Rows >= 7 && v.Time.Offset > 12 && p.ChaosMs >= 1234 {
					return true
				}
			}
		}
		return false
	})})
	want := []plan.Part{{Slot: 2, Rows: 7, Time: plan.Time{Base: plan.Upper, Offset: 13}}}
	if len(r.Plan.Ops) != 1 {
		t.Fatalf("%s", r.Plan.Encode())
	}
	if diff := cmp.Diff(want, r.Plan.Ops[0].Parts); diff != "" {
		t.Error(diff)
	}
	if r.Plan.ChaosMs != 1234 {
		t.Errorf("chaos of %d ms", r.Plan.ChaosMs)
	}
}

// TestTime wants time in which nothing happens to go, and the order of an
// operation and a fault around it to stay.
func TestTime(t *testing.T) {
	p := generate(t, "default", faulty)
	last := p.Ops[len(p.Ops)-1]
	r := shrink.Shrink(p, shrink.Options{Run: failsIf(func(p *plan.Plan) bool {
		return len(p.Ops) > 0 && len(p.Faults) > 0 && p.Ops[len(p.Ops)-1].ID == last.ID &&
			p.Ops[len(p.Ops)-1].AtMs > p.Faults[0].AtMs
	})})
	if len(r.Plan.Ops) != 1 || len(r.Plan.Faults) != 1 || r.Plan.Ops[0].AtMs > 20 || r.Plan.Faults[0].AtMs > 10 {
		t.Errorf("%+v\n%+v", r.Plan.Ops, r.Plan.Faults)
	}
}

// TestLoops finds the one run of a loop that matters.
func TestLoops(t *testing.T) {
	p := generate(t, "reference", 1)
	var needed plan.Operation
	p.Loops[4].Expand(40, &needed)
	r := shrink.Shrink(p, shrink.Options{Run: failsIf(func(p *plan.Plan) bool {
		if hasOps(p, needed.ID) {
			return true
		}
		for i := range p.Loops {
			if l := &p.Loops[i]; l.ID == 5 && l.Runs(p.ChaosMs) > 40 {
				return true
			}
		}
		return false
	})})
	if diff := cmp.Diff([]int{needed.ID}, opIDs(r.Plan)); diff != "" || len(r.Plan.Loops) > 0 || len(r.Plan.Writers) > 0 {
		t.Errorf("%s\n%d loops", diff, len(r.Plan.Loops))
	}
}

func TestBudgetStopAndProgress(t *testing.T) {
	p := generate(t, "default", faulty)
	fails := failsIf(func(p *plan.Plan) bool { return hasOps(p, 3, 17) && hasFault(p, 2) })
	runs, last := 0, shrink.Progress{}
	counted := func(p *plan.Plan) (string, bool) { runs++; return fails(p) }
	r := shrink.Shrink(p, shrink.Options{Run: counted, MaxRuns: 25, Progress: func(g shrink.Progress) { last = g }})
	if runs != 25 || r.Runs != 25 || r.Minimal || !r.Fails || last.Runs != 25 || last.Stage == "" {
		t.Errorf("%d runs, %+v, minimal %v", runs, last, r.Minimal)
	}
	if _, failed := fails(r.Plan); !failed {
		t.Error("what was found does not fail")
	}
	r = shrink.Shrink(p, shrink.Options{Run: fails, Stop: func() bool { return last.Runs == 0 }})
	if !r.Fails || !r.Minimal {
		t.Error("stopped although nobody wanted to")
	}
	runs = 0
	r = shrink.Shrink(p, shrink.Options{Run: counted, Stop: func() bool { return runs >= 10 }})
	if runs != 10 || r.Minimal || !r.Fails {
		t.Errorf("%d runs after the wish to stop", runs)
	}
}

// TestMinimal checks on random predicates, monotone or not, that what is left
// fails in the same way, that no single element can be left out, and that the
// search is deterministic and never runs a plan twice.
func TestMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := generate(t, "default", rapid.Uint64Range(1, 40).Draw(t, "seed"))
		p.Ops = p.Ops[:min(len(p.Ops), 30)]
		n := len(p.Ops)
		needed := rapid.SliceOfNDistinct(rapid.SampledFrom(opIDs(p)), 0, min(n, 5), rapid.ID).Draw(t, "needed")
		parity := rapid.Bool().Draw(t, "not monotone")
		odd := rapid.IntRange(2, 5).Draw(t, "modulus")
		fails := func(p *plan.Plan) bool {
			if !hasOps(p, needed...) {
				return false
			}
			return !parity || len(p.Ops)%odd == n%odd
		}
		seen := map[string]bool{}
		run := func(p *plan.Plan) (string, bool) {
			h := p.Hash().String()
			if seen[h] {
				t.Fatalf("ran the same plan twice")
			}
			seen[h] = true
			return failsIf(fails)(p)
		}
		r := shrink.Shrink(p, shrink.Options{Run: run})
		if !fails(r.Plan) || !r.Minimal {
			t.Fatalf("minimal %v, fails %v", r.Minimal, fails(r.Plan))
		}
		for i := range r.Plan.Ops {
			q := r.Plan.Clone()
			q.Ops = append(q.Ops[:i], q.Ops[i+1:]...)
			if fails(q) {
				t.Fatalf("operation %d can be left out", i)
			}
		}
		if !parity && len(r.Plan.Ops) != len(needed) {
			t.Fatalf("%d operations are left of %d needed", len(r.Plan.Ops), len(needed))
		}
		if err := r.Plan.Validate(); err != nil {
			t.Fatal(err)
		}
		again := shrink.Shrink(p, shrink.Options{Run: failsIf(fails)})
		if again.Plan.Hash() != r.Plan.Hash() || again.Runs != r.Runs {
			t.Fatal("not deterministic")
		}
	})
}

// TestHostsShrink wants nothing left of a plan with hosts but the ingestion, its
// source and the fault that are needed, each in its simplest form.
func TestHostsShrink(t *testing.T) {
	var p *plan.Plan
	slot := 0
	for seed := uint64(1); slot == 0; seed++ {
		p = generate(t, "hosts", seed)
		for i := range p.Ops {
			for _, v := range p.Ops[i].Parts {
				if len(p.Ops[i].Parts) > 2 && v.Kind == plan.KindIngestion && v.Source > 0 && len(p.Faults) > 5 {
					slot = v.Slot
				}
			}
		}
	}
	follows := func(p *plan.Plan) bool {
		for i := range p.Ops {
			for _, v := range p.Ops[i].Parts {
				if p.Ops[i].Kind != plan.OpCreate || v.Slot != slot || v.Kind != plan.KindIngestion {
					continue
				}
				for k := range p.Sources {
					if p.Sources[k].ID == v.Source && len(p.Faults) > 0 && len(p.Machines) > 0 {
						return true
					}
				}
			}
		}
		return false
	}
	r := shrink.Shrink(p, shrink.Options{Run: failsIf(follows)})
	q := r.Plan
	if len(q.Ops) != 1 || len(q.Ops[0].Parts) != 1 || len(q.Sources) != 1 || len(q.Faults) != 1 || len(q.Machines) != 1 {
		t.Fatalf("too much is left:\n%s", q.Encode())
	}
	v, s, m := &q.Ops[0].Parts[0], &q.Sources[0], &q.Machines[0]
	if v.Imports != nil || v.Size > 1 || v.Remote > 1 || q.Controllers != 0 {
		t.Errorf("not simple: %+v", v)
	}
	if s.Outputs != 1 || s.Rows != 1 || s.Keys+s.Burst+s.BurstEvery+s.IdleEvery+s.ErrorEvery+s.Gap != 0 || s.Together || s.Finish {
		t.Errorf("not simple: %+v", s)
	}
	if m.OffsetMs != 0 || m.DriftPpm != 0 || len(m.Jumps) > 0 {
		t.Errorf("not simple: %+v", m)
	}
}

// Of a trial the acts are left out that do not matter, but never all: that would mean all.
func TestTrialShrinks(t *testing.T) {
	p := generate(t, "default", faulty).OfTrial(plan.Trial{Of: plan.TrialOfHosts, Seed: 5})
	for n := range 60 {
		p.Trial.Acts = append(p.Trial.Acts, n)
	}
	has := func(p *plan.Plan, n int) bool { return slices.Contains(p.Trial.Acts, n) }
	r := shrink.Shrink(p, shrink.Options{Run: failsIf(func(p *plan.Plan) bool { return has(p, 7) && has(p, 41) })})
	if diff := cmp.Diff([]int{7, 41}, r.Plan.Trial.Acts); diff != "" || !r.Minimal || !r.Fails {
		t.Errorf("%s, minimal %v", diff, r.Minimal)
	}
	if len(p.Trial.Acts) != 60 {
		t.Error("the original was changed")
	}
	r = shrink.Shrink(p, shrink.Options{Run: failsIf(func(*plan.Plan) bool { return true })})
	if len(r.Plan.Trial.Acts) != 1 {
		t.Errorf("what always fails keeps %v", r.Plan.Trial.Acts)
	}
}
