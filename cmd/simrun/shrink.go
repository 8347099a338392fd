package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/report"
	"example.com/tidemark/sim/shrink"
)

func runShrink(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	worlds, asJSON, out := f.worlds(), f.json(), f.out()
	to := f.String("o", "", "write the smallest plan to `FILE` (default beside the plan, or under --out, as .min.json)")
	positional, err := f.Read(arguments)
	if err != nil {
		return 0, err
	}
	argument, err := f.One(positional)
	if err != nil {
		return 0, err
	}
	p, path, err := t.planOf(argument, worlds, *out)
	if err != nil {
		return 0, err
	}
	if *to != "" {
		path = *to
	}
	first := t.play(p, false, nil)
	if first.violation() != nil && campaign.Hung(first.violation()) {
		return 0, fmt.Errorf("%s cannot be shrunk: its run does not end, and a search would wait for every plan that it tries; simrun run tells where it is", argument)
	}
	p = first.failing()
	s := newShrinking(t)
	result := shrink.Shrink(p, shrink.Options{
		Run: s.run, Record: s.record, Progress: s.progress, Stop: t.interrupted.Load,
	})
	s.bar.end()
	if !result.Fails {
		if t.interrupted.Load() {
			return 0, fmt.Errorf("interrupted before the plan was known to fail")
		}
		fmt.Fprintf(t.stdout, "%s violates nothing: there is nothing to shrink\n", argument)
		return exitClean, nil
	}
	return t.tellShrunk(p, &result, path, *asJSON)
}

// planOf is the plan that an argument means, a seed or a file, and where the shrunk
// one goes if nobody says otherwise.
func (t *tool) planOf(argument string, worlds worlds, out string) (*plan.Plan, string, error) {
	seed, err := parseSeed(argument)
	if err != nil {
		p, _, err := campaign.LoadPlan(argument)
		if err == nil {
			worlds.shards.apply(p)
		}
		return p, minimalPath(argument), err
	}
	p, err := worlds.plan(seed)
	return p, filepath.Join(out, fmt.Sprintf("%s-%d.min.json", fileWord(worlds.name), seed)), err
}

// shrinking runs plans in one world for the search.
type shrinking struct {
	tool  *tool
	world *sim.World
	bar   *progress
	// invariant is what the first plan violated, events how many the last one had that
	// violated the same; "" and 0: none has failed yet.
	invariant string
	events    uint64
}

func newShrinking(t *tool) *shrinking {
	return &shrinking{tool: t, world: sim.NewWorld(), bar: t.newProgress(time.Now(), 0)}
}

// A plan that has not failed after this many times the events of the last one that did,
// and some more, is given up: smaller plans fail sooner, and most of the time of a
// search would go into what does not fail.
const (
	patienceFactor = 4
	patienceMore   = 2000
)

// run names the invariant that a plan violates.
func (s *shrinking) run(p *plan.Plan) (string, bool) {
	o := sim.Options{Judged: true, Stop: s.tool.interrupted.Load}
	if s.events > 0 {
		o.MaxEvents = patienceFactor*s.events + patienceMore
	}
	r := s.play(p, o)
	if len(r.Violations) == 0 {
		return "", false
	}
	invariant := r.Violations[0].Invariant
	if s.invariant == "" {
		s.invariant = invariant
	}
	if s.invariant == invariant {
		s.events = r.Events
	}
	return invariant, true
}

// record lists the draws of a run that were not the usual ones.
func (s *shrinking) record(p *plan.Plan) []plan.Pin {
	return s.play(p, sim.Options{Judged: true, RecordDraws: true, Stop: s.tool.interrupted.Load}).Pins
}

func (s *shrinking) play(p *plan.Plan, o sim.Options) *sim.Result {
	r := campaign.Play(s.world, p, o)
	if campaign.Panicked(r) {
		s.world = sim.NewWorld()
	}
	return r
}

func (s *shrinking) progress(now shrink.Progress) {
	s.bar.say(fmt.Sprintf("%s runs, trying %s; so far %s", report.Number(uint64(now.Runs)), now.Stage, size(now.Best)))
}

// size says how big a plan is.
func size(p *plan.Plan) string {
	if p.Trial != nil {
		return plural(len(p.Trial.Acts), "act") + " of a trial"
	}
	parts := []string{plural(len(p.Ops), "operation"), plural(len(p.Faults), "fault")}
	for _, list := range []struct {
		n    int
		what string
	}{{len(p.Loops), "loop"}, {len(p.Writers), "writer"}, {len(p.Draws), "pinned draw"}} {
		if list.n > 0 {
			parts = append(parts, plural(list.n, list.what))
		}
	}
	return strings.Join(parts, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// tellShrunk stores and reports the smallest plan.
func (t *tool) tellShrunk(p *plan.Plan, result *shrink.Result, path string, asJSON bool) (int, error) {
	one := t.play(result.Plan, false, nil)
	one.path = path
	v := one.violation()
	if v == nil && !t.interrupted.Load() {
		return 0, fmt.Errorf("the smallest plan does not fail again: the simulator is not deterministic here")
	}
	if v == nil {
		v = &invariants.Violation{Invariant: result.Invariant}
	}
	if err := t.savePlan(path, result.Plan, v); err != nil {
		return 0, err
	}
	if asJSON {
		return exitFound, t.printJSON(runJSON(one))
	}
	fmt.Fprintf(t.stdout, "shrunk    from %s\n          to %s, in %s runs\n", size(p), size(result.Plan), report.Number(uint64(result.Runs)))
	if !result.Minimal {
		fmt.Fprintf(t.stdout, "          interrupted: it may get smaller still\n")
	}
	block := t.failureBlock(result.Plan, v, t.retell(result.Plan, v), path)
	if result.Minimal {
		block.Shrink = ""
	}
	t.page().Failure(block)
	return exitFound, nil
}
