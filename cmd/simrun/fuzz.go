package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/report"
)

// defaultBudget bounds a campaign that was given neither seeds nor a duration.
const defaultBudget = 30 * time.Second

func runFuzz(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	seeds, limit, jobs := &seedRange{}, &budget{}, &count{n: runtime.GOMAXPROCS(0), min: 1}
	f.Var(seeds, "seeds", "run the seeds `A..B`, both included; A.. has no end (default 1..)")
	f.Var(limit, "duration", "start no further seed after `D`, such as 30s or 10m; 0 is no limit (default 30s without --seeds)")
	f.Var(jobs, "jobs", "use `N` workers (default one per processor); results do not depend on it")
	worlds := f.worlds()
	stop := f.Bool("stop-on-failure", false, "end at the lowest seed that fails")
	asJSON, out := f.json(), f.out()
	junit := f.String("junit", "", "write a JUnit report to `FILE`, for build servers: a test case for each invariant")
	positional, err := f.Read(arguments)
	if err == nil {
		err = f.None(positional)
	}
	if err == nil && *junit != "" {
		err = os.MkdirAll(filepath.Dir(*junit), 0o755) // better now than after the campaign
	}
	if err != nil {
		return 0, err
	}
	if !seeds.set {
		seeds.first, seeds.last = 1, campaign.Endless
	}
	if !limit.set && !seeds.set {
		limit.Duration = defaultBudget
	}
	return t.fuzz(&fuzzing{seeds: *seeds, limit: limit.Duration, jobs: jobs.n,
		worlds: worlds, stop: *stop, json: *asJSON, out: *out, junit: *junit})
}

// fuzzing is what a campaign was asked to be.
type fuzzing struct {
	seeds  seedRange
	limit  time.Duration
	jobs   int
	worlds worlds
	stop   bool
	json   bool
	out    string
	junit  string
}

// String says what is about to run.
func (q *fuzzing) String() string {
	text := fmt.Sprintf("profile %s, seeds from %d", q.worlds.name, q.seeds.first)
	if q.worlds.shards.kind != "" {
		text = fmt.Sprintf("shards %s, %s", q.worlds.shards.kind, text)
	}
	if q.seeds.last != campaign.Endless {
		text += fmt.Sprintf(" to %d", q.seeds.last)
	}
	if q.limit > 0 {
		text += fmt.Sprintf(" for %s", q.limit)
	}
	return text + fmt.Sprintf(", %d at a time", q.jobs)
}

func (t *tool) fuzz(q *fuzzing) (int, error) {
	start := time.Now()
	full := func() bool { return q.limit > 0 && time.Since(start) >= q.limit }
	fmt.Fprintf(t.stderr, "simrun: %s\n", q)
	bar := t.newProgress(start, q.limit)
	sum := campaign.Run(campaign.Options{
		First: q.seeds.first, Last: q.seeds.last, Jobs: q.jobs, StopOnFailure: q.stop,
		NewRunner:   func() campaign.Runner { return watched(campaign.WorldRunner(q.worlds.plan)) },
		Full:        full,
		Interrupted: t.interrupted.Load,
		Progress:    bar.update,
	})
	bar.end()
	wall := time.Since(start)
	saved, err := t.saveFailures(q, sum)
	if err != nil {
		return 0, err
	}
	if err := t.writeJUnit(q, sum, wall, saved); err != nil {
		return 0, err
	}
	if q.json {
		err = t.printJSON(campaignJSON(sum, wall, saved))
	} else {
		t.printCampaign(q, sum, wall, saved)
	}
	if err != nil {
		return 0, err
	}
	return foundIf(len(sum.Failures) > 0), nil
}

func foundIf(found bool) int {
	if found {
		return exitFound
	}
	return exitClean
}

// saveFailures stores the plan of each failing seed and returns their paths.
func (t *tool) saveFailures(q *fuzzing, sum *campaign.Summary) ([]string, error) {
	paths := make([]string, 0, len(sum.Failures))
	for i := range sum.Failures {
		failure := &sum.Failures[i]
		p, err := q.worlds.failing(failure.Seed, failure.Trial)
		if err != nil {
			return nil, err
		}
		path, err := t.saveFailing(q.out, p, &failure.Violation)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func (t *tool) printCampaign(q *fuzzing, sum *campaign.Summary, wall time.Duration, saved []string) {
	page := t.page()
	page.Campaign(&report.Campaign{Summary: sum, Profile: q.worlds.name, First: q.seeds.first, Wall: wall})
	if len(sum.Failures) == 0 {
		return
	}
	page.Failures(sum.Failures, saved)
	lowest := &sum.Failures[0]
	p, err := q.worlds.failing(lowest.Seed, lowest.Trial)
	if err != nil {
		fmt.Fprintf(t.stderr, "simrun: %v\n", err)
		return
	}
	story := t.retell(p, &lowest.Violation)
	page.Failure(t.failureBlock(p, &lowest.Violation, story, saved[0]))
}

// page is a report on standard output.
func (t *tool) page() *report.Page {
	colour := t.program().Variable("NO_COLOR") == "" && isTerminal(t.stdout)
	return report.NewPage(t.stdout, colour)
}
