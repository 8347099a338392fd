package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/report"
	"example.com/tidemark/sim/report/page"
)

func runReport(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	worlds, out := f.worlds(), f.out()
	to := f.String("o", "", "write the page to `FILE` (default beside the plan, or under --out, as .html)")
	positional, err := f.Read(arguments)
	if err != nil {
		return 0, err
	}
	argument, err := f.One(positional)
	if err != nil {
		return 0, err
	}
	p, path, err := t.planToDraw(argument, worlds)
	if err != nil {
		return 0, err
	}
	one := t.play(p, false, page.NewCollector(p))
	one.path = path
	if path == "" {
		if err := t.keep(one, "", *out); err != nil {
			return 0, err
		}
	}
	if *to == "" {
		*to = pagePath(one, *out)
	}
	if err := t.draw(one, *to); err != nil {
		return 0, err
	}
	v := one.violation()
	if v == nil {
		fmt.Fprintf(t.stdout, "verdict   nothing found\n")
		return exitClean, nil
	}
	fmt.Fprintf(t.stdout, "verdict   violates %s: %s\n", v.Invariant, v.Message)
	return exitFound, nil
}

// planToDraw is the plan that an argument means, a seed or a file; path is the file.
func (t *tool) planToDraw(argument string, worlds worlds) (p *plan.Plan, path string, err error) {
	seed, err := parseSeed(argument)
	if err != nil {
		if p, _, err = campaign.LoadPlan(argument); err == nil {
			worlds.shards.apply(p)
		}
		return p, argument, err
	}
	p, err = worlds.plan(seed)
	return p, "", err
}

// pagePath is where the page of a run goes if nobody says otherwise.
func pagePath(one *played, out string) string {
	if one.path != "" {
		return strings.TrimSuffix(one.path, ".json") + ".html"
	}
	return filepath.Join(out, fmt.Sprintf("%s-%d.html", fileWord(one.plan.Profile), one.plan.Seed))
}

// draw writes the page of a run that was played with a collector, and says so. Of a run
// that failed in a trial at its end, it is the trial's: nothing of the world led to it.
func (t *tool) draw(one *played, path string) error {
	if p := one.failing(); p != one.plan && one.plan.Trial == nil {
		world := one
		one = t.play(p, false, page.NewCollector(p))
		one.path = world.path
	}
	return t.write(one.drawing, &page.About{Plan: one.plan, Result: one.result, Commands: t.commandsFor(one, path)}, path)
}

// write writes what a collector has heard as a page, and says so.
func (t *tool) write(c *page.Collector, about *page.About, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	err = c.Write(w, about)
	if flushed := w.Flush(); err == nil {
		err = flushed
	}
	size, _ := file.Seek(0, 1)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(t.stdout, "page      %s, %s kB\n", path, report.Number(uint64(size+999)/1000))
	return nil
}

// commandsFor is what to type about a run.
func (t *tool) commandsFor(one *played, drawn string) []page.Command {
	if one.path == "" {
		world := "--profile " + one.plan.Profile
		if one.plan.Shards != "" {
			world += " --shards " + one.plan.Shards
		}
		run := fmt.Sprintf("%s run %d %s", t.self, one.plan.Seed, world)
		return []page.Command{{Label: "run it again, with every event", Line: run + " --trace"},
			{Label: "draw this page again", Line: fmt.Sprintf("%s report %d %s -o %s", t.self, one.plan.Seed, world, shellQuote(drawn))}}
	}
	list := []page.Command{{Label: "reproduce it", Line: t.replayCommand(one.path)}}
	if one.violation() != nil {
		list = append(list, page.Command{Label: "find the smallest plan that fails in the same way",
			Line: t.shrinkCommand(one.path)})
	}
	return append(list, page.Command{Label: "draw this page again",
		Line: t.self + " report " + shellQuote(one.path) + " -o " + shellQuote(drawn)})
}
