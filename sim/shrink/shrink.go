// Package shrink makes a failing plan small while it keeps failing for the same
// reason: delta debugging (Zeller and Hildebrandt, "Simplifying and isolating
// failure-inducing input", 2002) over its lists, then simpler values.
//
// It knows nothing of worlds: whoever uses it says how to run a plan. Runs must be
// deterministic; then so is the result. What draws depend on is keyed by stable
// ids, so deleting one element leaves the rest of a run as it was as far as
// causality allows.
package shrink

import (
	"example.com/tidemark/core/digest"
	"example.com/tidemark/sim/plan"
)

// Options say how to shrink.
type Options struct {
	// Run runs a plan and names the invariant that it violates, if any.
	Run func(*plan.Plan) (invariant string, failed bool)
	// Record runs a plan and lists the draws that took an effect other than the
	// usual one, so that its rates can be replaced by that list; nil: rates are only
	// switched off.
	Record func(*plan.Plan) []plan.Pin
	// MaxRuns bounds the number of runs; 0: no bound.
	MaxRuns int
	// Progress is called after each run; nil: nobody is told.
	Progress func(Progress)
	// Stop is asked before each run and ends the search with what was found; nil:
	// never.
	Stop func() bool
}

// Progress is how far a search has come.
type Progress struct {
	// Runs so far, and how many of them made the plan smaller.
	Runs, Accepted int
	// Stage is what is being tried: "operations", "values".
	Stage string
	// Best is the smallest failing plan so far; it must not be changed.
	Best *plan.Plan
}

// Result is the outcome of a search.
type Result struct {
	// Plan is the smallest plan found that fails like the original; the original
	// itself if that does not fail.
	Plan *plan.Plan
	// Fails says whether the original fails at all, Invariant how.
	Fails     bool
	Invariant string
	// Runs is how often a plan was run.
	Runs int
	// Minimal: no single element of any list can be left out. False if the search
	// was cut short.
	Minimal bool
}

// Shrink searches for the smallest plan that violates the invariant that p
// violates. p is not changed.
func Shrink(p *plan.Plan, o Options) Result {
	s := &search{o: o, best: p.Clone(), known: map[digest.Sum]bool{}, stage: "the plan as it is"}
	if s.stopped() {
		return Result{Plan: s.best}
	}
	invariant, failed := s.run(s.best)
	if !failed {
		return Result{Plan: s.best, Runs: s.runs}
	}
	s.invariant = invariant
	s.hash = s.best.Hash()
	s.known[s.hash] = true
	if s.best.Trial != nil {
		s.trial()
		return Result{Plan: s.best, Fails: true, Invariant: invariant, Runs: s.runs, Minimal: !s.ended}
	}
	s.original = s.best.Rates
	s.edit(noRates)
	s.coarsely()
	for changed := true; changed && !s.ended; {
		before := s.accepted
		s.lists()
		s.rates()
		s.values()
		s.reroll()
		changed = s.accepted > before
	}
	return Result{Plan: s.best, Fails: true, Invariant: invariant, Runs: s.runs, Minimal: !s.ended}
}

// search is a search in progress.
type search struct {
	o         Options
	best      *plan.Plan
	hash      digest.Sum // of best
	original  plan.Rates // of the plan as it came
	invariant string
	// known remembers what was tried, by the plan's hash.
	known          map[digest.Sum]bool
	stage          string
	runs, accepted int
	// until is the number of runs from which on nothing is tried for now; 0: none.
	until int
	// ended is set when the budget is used up or somebody wants to stop; from then
	// on nothing is tried any more.
	ended bool
}

// stopped reports whether the search is to end.
func (s *search) stopped() bool {
	if s.o.MaxRuns > 0 && s.runs >= s.o.MaxRuns || s.o.Stop != nil && s.o.Stop() {
		s.ended = true
	}
	return s.ended
}

func (s *search) run(p *plan.Plan) (string, bool) {
	s.runs++
	invariant, failed := s.o.Run(p)
	if s.o.Progress != nil {
		s.o.Progress(Progress{Runs: s.runs, Accepted: s.accepted, Stage: s.stage, Best: s.best})
	}
	return invariant, failed
}

// try makes candidate the best plan if it fails like the original.
func (s *search) try(candidate *plan.Plan) bool {
	if s.ended || candidate.Validate() != nil {
		return false
	}
	h := candidate.Hash()
	if h == s.hash {
		return false
	}
	// What failed in the same way when it was tried was the best plan then; to go back
	// to it is to go round in a circle.
	if s.known[h] || s.until > 0 && s.runs >= s.until || s.stopped() {
		return false
	}
	s.known[h] = true
	invariant, failed := s.run(candidate)
	same := failed && invariant == s.invariant
	if same {
		s.best, s.hash = candidate, h
		s.accepted++
	}
	return same
}

// edit tries the best plan with a change made to a copy of it.
func (s *search) edit(change func(*plan.Plan)) bool {
	if s.ended {
		return false
	}
	candidate := s.best.Clone()
	change(candidate)
	return s.try(candidate)
}
