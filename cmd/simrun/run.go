package main

import (
	"bufio"
	"fmt"
	"time"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/replay"
	"example.com/tidemark/sim/report"
	"example.com/tidemark/sim/report/page"
)

func runRun(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	worlds, trace, asJSON, out, drawn := f.worlds(), f.trace(), f.json(), f.out(), f.drawn()
	save := f.String("save-plan", "", "write the plan of the run to `FILE`")
	positional, err := f.Read(arguments)
	if err != nil {
		return 0, err
	}
	argument, err := f.One(positional)
	if err != nil {
		return 0, err
	}
	seed, err := parseSeed(argument)
	if err != nil {
		return 0, err
	}
	p, err := worlds.plan(seed)
	if err != nil {
		return 0, err
	}
	one := t.play(p, *trace, drawing(p, *drawn))
	if err := t.keep(one, *save, *out); err != nil {
		return 0, err
	}
	return t.tell(one, *asJSON, *drawn)
}

func runReplay(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	trace, asJSON, drawn, shards := f.trace(), f.json(), f.drawn(), f.shards()
	positional, err := f.Read(arguments)
	if err != nil {
		return 0, err
	}
	path, err := f.One(positional)
	if err != nil {
		return 0, err
	}
	if replay.IsJournal(path) {
		return t.replayJournal(path, *trace, *asJSON, *drawn)
	}
	p, expected, err := campaign.LoadPlan(path)
	if err != nil {
		return 0, err
	}
	shards.apply(p)
	one := t.play(p, *trace, drawing(p, *drawn))
	one.path = path
	if shards.kind == "" { // else it is another run
		t.compare(one, expected)
	}
	return t.tell(one, *asJSON, *drawn)
}

// played is one run and what is known about it.
type played struct {
	plan   *plan.Plan
	result *sim.Result
	wall   time.Duration
	// path is where the plan is stored, "" if it is not.
	path string
	// drawing has collected what a page of the run needs; nil if nobody wants one.
	drawing *page.Collector
}

// drawing is a collector if there is a page to be written, or nil.
func drawing(p *plan.Plan, path string) *page.Collector {
	if path == "" {
		return nil
	}
	return page.NewCollector(p)
}

// violation is the first one of the run, or nil.
func (o *played) violation() *invariants.Violation {
	if len(o.result.Violations) == 0 {
		return nil
	}
	return &o.result.Violations[0]
}

// failing is the plan of what failed in the run: the run's own, or that of a trial at its
// end, as far as it came.
func (o *played) failing() *plan.Plan {
	if o.result.Trial == nil {
		return o.plan
	}
	return o.plan.OfTrial(*o.result.Trial)
}

// play runs a plan, judged, prints its trace if asked to, and collects what a page
// of it needs if c is not nil.
func (t *tool) play(p *plan.Plan, trace bool, c *page.Collector) *played {
	options := sim.Options{Judged: true}
	if trace {
		w := bufio.NewWriterSize(t.stdout, 1<<16)
		defer w.Flush()
		options.Trace = func(line string) {
			w.WriteString(line)
			w.WriteByte('\n')
		}
	}
	if c != nil {
		c.Listen(&options)
	}
	start := time.Now()
	run := watched(func(_ uint64, giveUp func() bool) *sim.Result {
		options.Stop = giveUp
		return campaign.Play(sim.NewWorld(), p, options)
	})
	result := run(p.Seed, t.interrupted.Load)
	return &played{plan: p, result: result, wall: time.Since(start), drawing: c}
}

// keep stores the plan where the user wants it, and a failing one in any case.
func (t *tool) keep(one *played, save, out string) error {
	v := one.violation()
	var err error
	switch {
	case save != "":
		one.path, err = save, t.savePlan(save, one.plan, v)
	case v != nil:
		one.path, err = t.saveFailing(out, one.failing(), v)
	}
	return err
}

// compare says at once if the plan does not do what it did when it was stored.
func (t *tool) compare(one *played, expected string) {
	v := one.violation()
	switch {
	case expected == "" || one.result.Interrupted && v == nil:
	case expected == campaign.ExpectNothing && v != nil:
		fmt.Fprintf(t.stderr, "simrun: %s fails now: it was stored as a run without a violation, and violates %s\n", one.path, v.Invariant)
	case expected == campaign.ExpectNothing:
	case v == nil:
		fmt.Fprintf(t.stderr, "simrun: %s no longer fails: it was stored as a violation of %s, and nothing was found\n", one.path, expected)
	case v.Invariant != expected:
		fmt.Fprintf(t.stderr, "simrun: %s fails otherwise: it was stored as a violation of %s, and violates %s\n", one.path, expected, v.Invariant)
	}
}

// tell prints the run, and writes the page of it if it is to be drawn.
func (t *tool) tell(one *played, asJSON bool, drawn string) (int, error) {
	v := one.violation()
	if drawn != "" {
		if err := t.draw(one, drawn); err != nil {
			return 0, err
		}
	}
	if asJSON {
		return foundIf(v != nil), t.printJSON(runJSON(one))
	}
	page := t.page()
	page.Run(&report.Run{Plan: one.plan, Result: one.result, Wall: one.wall})
	if v != nil {
		p := one.failing()
		story := t.retell(p, v)
		page.Failure(t.failureBlock(p, v, story[max(0, len(story)-shownStory):], one.path))
	}
	return foundIf(v != nil), nil
}

// shownStory bounds what is told below the screenful of a run that fails.
const shownStory = 12

func runProfiles(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	positional, err := f.Read(arguments)
	if err == nil {
		err = f.None(positional)
	}
	if err != nil {
		return 0, err
	}
	for _, doc := range plan.Profiles() {
		fmt.Fprintf(t.stdout, "%-10s %s\n", doc.Name, doc.Doc)
	}
	return exitClean, nil
}
