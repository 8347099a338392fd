package mechanical

import (
	"context"
	"sync"
)

// Lab is where the mutants are built and run.
type Lab struct {
	// Root is the checkout, Dir a directory of the lab's own.
	Root, Dir string
	// Command is the package to build, relative to Root, such as "./cmd/simrun".
	Command string
	// Profiles of the worlds, one after the other at each stage.
	Profiles []string
	// Stages are how far the seeds go, ascending. A mutant that survives the seeds up
	// to one of them goes on with those up to the next.
	Stages []uint64
	// Memory is how many bytes of address space a process may have.
	Memory uint64
	// Environ is the environment of builds and runs.
	Environ []string

	generated *Generated
	binary    string
	// trials are the seeds to use, stage by stage, by what shards are.
	trials map[string][]trial
	// suites are the tests of the core, if they are to be run.
	suites []suite
}

// Outcome is what became of a mutant.
type Outcome struct {
	Site
	Verdict Verdict `json:"verdict"`
	// Oracle that killed it, and the seed and profile with which it did; Seeds is how
	// many were run in all.
	Oracle  string `json:"oracle,omitempty"`
	Seed    uint64 `json:"seed,omitempty"`
	Profile string `json:"profile,omitempty"`
	Seeds   uint64 `json:"seeds"`
	// Shows: a campaign counted otherwise than without the mutant. A survivor that
	// shows is one that the oracles met and let pass; one that does not was not
	// reached, or is no bug.
	Shows bool `json:"shows"`
	// Test is the first of the core's own tests that a survivor fails, if they are run:
	// a bug that the oracles do not see, but somebody does.
	Test string `json:"test,omitempty"`
	// Detail is a violation's message or a runtime's complaint.
	Detail string `json:"detail,omitempty"`
}

// Run runs one mutant, stage by stage, until something becomes of it.
func (l *Lab) Run(ctx context.Context, s Site) Outcome {
	o := Outcome{Site: s, Verdict: Survived}
	for _, t := range l.trials[s.shards()] {
		r := l.campaign(ctx, s.Number, t, true)
		o.Seeds += r.seeds
		o.Shows = o.Shows || r.counts != t.counts
		if r.verdict != Survived {
			o.Verdict, o.Oracle, o.Seed, o.Detail = r.verdict, r.oracle, r.seed, r.detail
			o.Profile = t.world.Profile
			return o
		}
	}
	o.Test = l.Noticed(ctx, s)
	return o
}

// RunAll runs mutants, so many at a time, and tells done about each as it ends, one
// at a time. The outcomes are in the order of the list.
func (l *Lab) RunAll(ctx context.Context, list []Site, jobs int, done func(*Outcome)) []Outcome {
	outcomes := make([]Outcome, len(list))
	next := make(chan int)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range max(1, min(jobs, len(list))) {
		workers.Go(func() {
			for i := range next {
				o := l.Run(ctx, list[i])
				mu.Lock()
				outcomes[i] = o
				done(&outcomes[i])
				mu.Unlock()
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	workers.Wait()
	return outcomes
}
