package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"example.com/tidemark/internal/cli"
	"example.com/tidemark/sim/mutate"
)

// mutantLine is one entry of the list that --json prints.
type mutantLine struct {
	Name          string `json:"name"`
	Found         bool   `json:"found"`
	Oracle        string `json:"oracle"`
	Right         bool   `json:"right"`
	SeedsToKill   uint64 `json:"seeds_to_kill"`
	EventsToKill  uint64 `json:"events_to_kill"`
	ControlSilent bool   `json:"control_silent"`
	Origin        string `json:"origin"`
	Profile       string `json:"profile"`
	Class         string `json:"class"`
	// Ranges is how many seeds the first kill took in each range, 0 where there was none.
	Ranges []uint64 `json:"ranges"`
	// WallMillis is how long the build and the runs took.
	WallMillis int64 `json:"wall_ms"`
}

func runMutants(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	jobs, limit := &count{n: runtime.GOMAXPROCS(0), min: 1}, &budget{Duration: time.Minute}
	seeds := &count{n: 2000, min: 1}
	filter := f.String("filter", "", "only mutants whose name or origin matches the regular expression `PATTERN`")
	f.Var(seeds, "seeds-max", "try `N` seeds (default 2000), from 1 on")
	ranges := &count{n: 1, min: 1}
	f.Var(ranges, "ranges", "try `N` ranges of that many seeds, one after the other; the median counts (default 1)")
	f.Var(limit, "duration", "start no further seed of a range after `D` (default 1m)")
	f.Var(jobs, "jobs", "work on `N` mutants at a time (default one per processor)")
	root := f.String("root", "", "the checkout to build from, a `DIR` (default the one around the current directory)")
	keep := f.String("keep", "", "build and run in `DIR` and leave everything there")
	markdown := f.Bool("markdown", false, "print the result as the page that docs/mutants.md is")
	only, asJSON := &profile{}, f.json()
	f.Var(only, "profile", "worlds of the profile `NAME` for all (default what each mutant names)")
	positional, err := f.Read(arguments)
	if err == nil {
		err = f.None(positional)
	}
	if err != nil {
		return 0, err
	}
	list, err := chosenMutants(*filter)
	if err != nil {
		return 0, err
	}
	lab, clean, err := t.lab(*root, *keep)
	if err != nil {
		return 0, err
	}
	defer clean()
	lab.Profile, lab.Seeds, lab.Ranges, lab.Budget = only.name, uint64(seeds.n), ranges.n, limit.Duration
	if err := mutate.Fit(lab.Root, list); err != nil {
		return 0, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), interruptSignals()...)
	defer stop()
	outcomes, err := lab.RunAll(ctx, list, jobs.n, t.announce)
	if err != nil {
		return 0, err
	}
	switch {
	case *asJSON:
		err = t.printJSON(mutantLines(outcomes))
	case *markdown:
		t.printMutantsPage(outcomes)
	default:
		t.printMutants(outcomes)
	}
	return foundIf(killed(outcomes) < len(outcomes)), err
}

func chosenMutants(filter string) ([]*mutate.Mutant, error) {
	pattern, err := regexp.Compile(filter)
	if err != nil {
		return nil, fmt.Errorf("--filter: %w", err)
	}
	all, err := mutate.All()
	if err != nil {
		return nil, err
	}
	var list []*mutate.Mutant
	for _, m := range all {
		if pattern.MatchString(m.Name) || pattern.MatchString(m.Origin) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no mutant's name or origin matches %q", filter)
	}
	return list, nil
}

// lab prepares the place where mutants are built and run. The environment of the
// processes is ours without the variables that stand for our flags.
func (t *tool) lab(root, keep string) (*mutate.Lab, func(), error) {
	from := root
	if from == "" {
		from = "."
	}
	root, err := mutate.Root(from, "cmd/simrun")
	if err != nil {
		return nil, nil, err
	}
	dir, clean := keep, func() {}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "simrun-mutants-"); err != nil {
			return nil, nil, err
		}
		clean = func() { os.RemoveAll(dir) }
	} else if dir, err = absolute(dir); err != nil {
		return nil, nil, err
	}
	lab := &mutate.Lab{Root: root, Dir: dir, Command: "./cmd/simrun", Grace: time.Minute, Memory: 2 << 30}
	for _, entry := range t.environ {
		if !strings.HasPrefix(entry, "SIMRUN_") {
			lab.Environ = append(lab.Environ, entry)
		}
	}
	return lab, clean, nil
}

// announce tells about one mutant as soon as its run has ended.
func (t *tool) announce(o *mutate.Outcome) {
	fmt.Fprintf(t.stderr, "simrun: %-40s %s\n", o.Mutant.Name, strings.TrimSpace(fate(o)+" "+cli.OneLine(o.Detail)))
}

func fate(o *mutate.Outcome) string {
	if o.Class == mutate.Found {
		return fmt.Sprintf("found by %s with seed %d:", o.Oracle, o.Seed)
	}
	if o.Class == mutate.Survived {
		return fmt.Sprintf("survived %d seeds", o.Seeds)
	}
	return string(o.Class)
}

func killed(outcomes []*mutate.Outcome) int {
	n := 0
	for _, o := range outcomes {
		if o.Killed() {
			n++
		}
	}
	return n
}

func mutantLines(outcomes []*mutate.Outcome) []mutantLine {
	lines := []mutantLine{}
	for _, o := range outcomes {
		line := mutantLine{Name: o.Mutant.Name, Found: o.Killed(), Oracle: o.Oracle,
			Right: o.Right, ControlSilent: o.ControlSilent, Origin: o.Mutant.Origin, Profile: o.Profile,
			Class: string(o.Class), Ranges: kills(o), WallMillis: o.Wall.Milliseconds()}
		if o.Oracle != "" {
			line.SeedsToKill, line.EventsToKill = o.Seeds, o.Events
		}
		lines = append(lines, line)
	}
	return lines
}

// kills lists how many seeds the first kill took in each range, 0 where there was none.
func kills(o *mutate.Outcome) []uint64 {
	list := []uint64{}
	for i := range o.Attempts {
		seeds := uint64(0)
		if o.Attempts[i].Class == mutate.Found {
			seeds = o.Attempts[i].Seeds
		}
		list = append(list, seeds)
	}
	return list
}

func (t *tool) printMutants(outcomes []*mutate.Outcome) {
	w := tabwriter.NewWriter(t.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "mutant\torigin\tprofile\tresult\toracle\tright\tseeds\tevents\tranges\twall\tcontrol")
	for _, o := range outcomes {
		oracle, right, control := "-", "-", "-"
		if o.Oracle != "" {
			oracle, right, control = o.Oracle, "no, wants "+strings.Join(o.Mutant.Oracles, " "), "silent"
			if o.Right {
				right = "yes"
			}
			switch {
			case o.Class == mutate.Noisy:
				control = "noisy"
			case !o.ControlSilent:
				control = "unknown"
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", o.Mutant.Name, o.Mutant.Origin, o.Profile,
			o.Class, oracle, right, o.Seeds, o.Events, strings.Trim(fmt.Sprint(kills(o)), "[]"), o.Wall.Round(100*time.Millisecond), control)
	}
	w.Flush()
	fmt.Fprintf(t.stdout, "%d of %d found\n", killed(outcomes), len(outcomes))
	if t.interrupted.Load() {
		fmt.Fprintln(t.stdout, "interrupted: nothing is known of the control, so nothing counts")
	}
}
