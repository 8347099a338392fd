package campaign

import (
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// fake runs seeds of which the multiples of bad fail, and lets the scheduler mix
// the order in which they end.
func fake(bad uint64) func() Runner {
	return func() Runner {
		return func(seed uint64, giveUp func() bool) *sim.Result {
			for range seed * 7 % 5 {
				runtime.Gosched()
			}
			if giveUp() {
				return &sim.Result{Interrupted: true}
			}
			return fakeResult(seed, bad)
		}
	}
}

func fakeResult(seed, bad uint64) *sim.Result {
	r := &sim.Result{
		Events: seed * 10, SimMs: int64(seed),
		Faults:  []sim.Count{{Name: "crash", N: seed % 3}, {Name: "pause"}},
		Ops:     []sim.Count{{Name: "append", N: 1}},
		Oracles: []invariants.Stat{{Name: "S1", Checked: 2, Met: seed % 2}},
	}
	if bad > 0 && seed%bad == 0 {
		r.Violations = []invariants.Violation{{Invariant: "S5", Step: seed}}
	}
	return r
}

// sequential is the campaign as a loop, which says what any number of workers must
// come to.
func sequential(o Options, bad uint64) *Summary {
	s := &Summary{}
	for seed := o.First; seed <= o.Last; seed++ {
		r := fakeResult(seed, bad)
		s.Seeds, s.Last = s.Seeds+1, seed
		s.Events, s.SimMs = s.Events+r.Events, s.SimMs+r.SimMs
		if s.Faults == nil {
			s.Faults, s.Ops, s.Oracles = r.Faults, r.Ops, r.Oracles
		} else {
			s.Faults[0].N += r.Faults[0].N
			s.Ops[0].N += r.Ops[0].N
			s.Oracles[0].Checked += r.Oracles[0].Checked
			s.Oracles[0].Met += r.Oracles[0].Met
		}
		if len(r.Violations) > 0 {
			s.Failures = append(s.Failures, Failure{Seed: seed, Violation: r.Violations[0]})
			if o.StopOnFailure {
				break
			}
		}
	}
	return s
}

func TestResultsDoNotDependOnTheNumberOfWorkers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Uint64Range(1, 50).Draw(t, "first")
		o := Options{
			First: first, Last: first + rapid.Uint64Range(0, 60).Draw(t, "more"),
			Jobs:          rapid.IntRange(1, 8).Draw(t, "jobs"),
			StopOnFailure: rapid.Bool().Draw(t, "stop"),
		}
		bad := rapid.Uint64Range(0, 40).Draw(t, "bad")
		o.NewRunner = fake(bad)
		if diff := cmp.Diff(sequential(o, bad), Run(o)); diff != "" {
			t.Fatalf("differs from the loop (-loop +workers):\n%s", diff)
		}
	})
}

func TestAFullBudgetFinishesWhatRuns(t *testing.T) {
	var started atomic.Int64
	s := Run(Options{First: 1, Last: Endless, Jobs: 3, NewRunner: fake(0),
		Full: func() bool { return started.Add(1) > 20 }})
	if s.Seeds != 20 || s.Last != 20 || s.Interrupted {
		t.Fatalf("got %d seeds up to %d, interrupted %v; want 20 whole ones", s.Seeds, s.Last, s.Interrupted)
	}
}

func TestAnInterruptCountsOnlyWholeSeeds(t *testing.T) {
	var ended atomic.Bool
	s := Run(Options{First: 1, Last: Endless, Jobs: 2, NewRunner: fake(4),
		Interrupted: ended.Load,
		Progress:    func(p *Progress) { ended.Store(p.Seeds >= 30) }})
	if !s.Interrupted || s.Seeds < 30 || s.Seeds > 32 {
		t.Fatalf("got %d seeds, interrupted %v; want 30 or little more, and interrupted", s.Seeds, s.Interrupted)
	}
	if s.Failures[0].Seed != 4 {
		t.Fatalf("lowest failure is %d, want 4", s.Failures[0].Seed)
	}
}

func TestTheLastSeedOfAll(t *testing.T) {
	s := Run(Options{First: Endless - 1, Last: Endless, Jobs: 2, NewRunner: fake(0)})
	if s.Seeds != 2 {
		t.Fatalf("ran %d seeds, want 2", s.Seeds)
	}
}

func TestAPanicIsAViolation(t *testing.T) {
	r := Guard(func() *sim.Result { panic("boom") })
	if !Panicked(r) || r.Violations[0].Invariant != "S12" {
		t.Fatalf("got %+v", r)
	}
}

func TestASavedPlanKnowsWhatItIsExpectedToDo(t *testing.T) {
	p, err := plan.Generate("tiny", 5, plan.NewSeedDraws(5))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "new", "plan.json")
	for want, v := range map[string]*invariants.Violation{
		"nothing": nil,
		"S5":      {Invariant: "S5", Step: 3, Message: "two\nlines */ // and odd ones"},
	} {
		if err := SavePlan(path, p, v, "simrun replay x"); err != nil {
			t.Fatal(err)
		}
		back, expected, err := LoadPlan(path)
		if err != nil || expected != want {
			t.Fatalf("expected %q, got %q, %v", want, expected, err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestASeedThatHangsEndsTheCampaign(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never, ticker := make(chan struct{}), time.NewTicker(time.Minute)
		defer close(never)
		defer ticker.Stop()
		s := Run(Options{First: 1, Last: Endless, Jobs: 1, NewRunner: func() Runner {
			run := fake(0)()
			return func(seed uint64, giveUp func() bool) *sim.Result {
				return Watched(ticker.C, func(giveUp func() bool) *sim.Result {
					if seed == 7 {
						<-never
					}
					return run(seed, giveUp)
				}, giveUp)
			}
		}})
		if len(s.Failures) != 1 || s.Failures[0].Seed != 7 || !Hung(&s.Failures[0].Violation) || s.Seeds != 7 || s.Interrupted {
			t.Fatalf("got %+v", s)
		}
	})
}

func TestASlowSeedDoesNotHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ticker := time.NewTicker(time.Minute)
		defer ticker.Stop()
		r := Watched(ticker.C, func(giveUp func() bool) *sim.Result {
			for range 10 {
				time.Sleep(59 * time.Second)
				giveUp()
			}
			return &sim.Result{Events: 5}
		}, func() bool { return false })
		if r.Events != 5 {
			t.Fatalf("got %+v", r)
		}
	})
}

func TestARunThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never, ticker := make(chan struct{}), time.NewTicker(time.Minute)
		defer close(never)
		defer ticker.Stop()
		r := Watched(ticker.C, func(func() bool) *sim.Result { <-never; return nil }, func() bool { return false })
		if len(r.Violations) != 1 || !Hung(&r.Violations[0]) {
			t.Fatalf("got %+v", r)
		}
	})
}
