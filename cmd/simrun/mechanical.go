package main

import (
	"context"
	"fmt"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"

	"example.com/tidemark/internal/cli"
	"example.com/tidemark/sim/mutate/mechanical"
)

// stages are how far the seeds of a mutant go before those that survive go further.
var stages = []uint64{30, 200}

// proofSeeds are compared with the original before anything is measured.
const proofSeeds = 50

func runMechanical(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	jobs, seeds, part := &count{n: 1, min: 1}, &count{n: 1000, min: 1}, &sample{1, 1}
	filter := f.String("filter", "", "only sites whose line in --list matches the regular expression `PATTERN`")
	f.Var(seeds, "seeds", "give up on a mutant that survives the seeds 1..`N` (default 1000)")
	f.Var(part, "sample", "only every M-th site, from the K-th on: `K/M`")
	f.Var(jobs, "jobs", "work on `N` mutants at a time (default 1)")
	list := f.Bool("list", false, "list the sites and run nothing")
	tests := f.Bool("tests", true, "show what survives to the core's own tests, which are counted apart")
	root := f.String("root", "", "the checkout to build from, a `DIR` (default the one around the current directory)")
	keep := f.String("keep", "", "build and run in `DIR` and leave everything there")
	profiles := &profileList{names: []string{"default"}}
	f.Var(profiles, "profile", "the kinds of world, one or more `NAMES` from simrun profiles with commas between them")
	asJSON := f.json()
	positional, err := f.Read(arguments)
	if err == nil {
		err = f.None(positional)
	}
	if err != nil {
		return 0, err
	}
	pattern, err := regexp.Compile(*filter)
	if err != nil {
		return 0, fmt.Errorf("--filter: %w", err)
	}
	place, clean, err := t.lab(*root, *keep)
	if err != nil {
		return 0, err
	}
	defer clean()
	lab := &mechanical.Lab{Root: place.Root, Dir: place.Dir, Command: place.Command, Environ: place.Environ,
		Profiles: profiles.names, Stages: upTo(stages, uint64(seeds.n)), Memory: 4 << 30}
	ctx, stop := signal.NotifyContext(context.Background(), interruptSignals()...)
	defer stop()
	if *list {
		g, err := mechanical.Generate(lab.Root, mechanical.Core())
		if err != nil {
			return 0, err
		}
		return t.printSites(chosenSites(g.Sites, pattern, part), *asJSON)
	}
	all, err := lab.Build(ctx, mechanical.Core())
	if err != nil {
		return 0, err
	}
	chosen := chosenSites(all, pattern, part)
	if len(chosen) == 0 {
		return 0, fmt.Errorf("no site matches %q", *filter)
	}
	fmt.Fprintf(t.stderr, "simrun: %d sites, %d of them chosen\n", len(all), len(chosen))
	if err := t.calibrate(ctx, lab); err != nil {
		return 0, err
	}
	if *tests {
		if err := lab.BuildTests(ctx); err != nil {
			return 0, err
		}
	}
	outcomes := lab.RunAll(ctx, chosen, jobs.n, t.announceSite)
	if *asJSON {
		return foundIf(survivors(outcomes) > 0), t.printJSON(outcomes)
	}
	t.printOutcomes(outcomes)
	return foundIf(survivors(outcomes) > 0), nil
}

// calibrate proves that nothing changes with all mutants off, and finds out which
// seeds can judge one.
func (t *tool) calibrate(ctx context.Context, lab *mechanical.Lab) error {
	if err := lab.Prove(ctx, proofSeeds); err != nil {
		return err
	}
	noisy, err := lab.Control(ctx)
	if err == nil && len(noisy) > 0 {
		fmt.Fprintf(t.stderr, "simrun: %d seeds are left out, because they fail without a mutant: %v\n", len(noisy), noisy)
	}
	return err
}

// profileList is a flag value "NAME,NAME": profiles that exist.
type profileList struct{ names []string }

func (p *profileList) String() string { return strings.Join(p.names, ",") }

func (p *profileList) Set(text string) error {
	p.names = nil
	for _, name := range strings.Split(text, ",") {
		var one profile
		if err := one.Set(name); err != nil {
			return err
		}
		p.names = append(p.names, one.name)
	}
	return nil
}

// sample is a flag value "K/M": every M-th, from the K-th on.
type sample struct{ first, step int }

func (s *sample) String() string { return "" }

func (s *sample) Set(text string) error {
	k, m, _ := strings.Cut(text, "/")
	first, err1 := strconv.Atoi(k)
	step, err2 := strconv.Atoi(m)
	if err1 != nil || err2 != nil || first < 1 || first > step {
		return fmt.Errorf("%q is not of the form K/M with 1 <= K <= M", text)
	}
	*s = sample{first, step}
	return nil
}

func upTo(stages []uint64, last uint64) []uint64 {
	var list []uint64
	for _, s := range stages {
		if s < last {
			list = append(list, s)
		}
	}
	return append(list, last)
}

func chosenSites(all []mechanical.Site, pattern *regexp.Regexp, part *sample) []mechanical.Site {
	list := []mechanical.Site{}
	matching := 0
	for i := range all {
		if !pattern.MatchString(all[i].String()) {
			continue
		}
		matching++
		if matching%part.step == part.first%part.step {
			list = append(list, all[i])
		}
	}
	return list
}

func (t *tool) printSites(list []mechanical.Site, asJSON bool) (int, error) {
	if asJSON {
		return exitClean, t.printJSON(list)
	}
	for i := range list {
		fmt.Fprintf(t.stdout, "%d %s\n", list[i].Number, &list[i])
	}
	return exitClean, nil
}

// announceSite tells about one mutant as soon as its fate is known.
func (t *tool) announceSite(o *mechanical.Outcome) {
	fmt.Fprintf(t.stderr, "simrun: %s: %s\n", &o.Site, siteFate(o))
}

func siteFate(o *mechanical.Outcome) string {
	switch {
	case o.Verdict == mechanical.Killed:
		return fmt.Sprintf("killed by %s with seed %d of %s", o.Oracle, o.Seed, o.Profile)
	case o.Verdict == mechanical.Survived && o.Test != "":
		return "survived, but " + o.Test + " fails"
	case o.Verdict == mechanical.Survived && o.Shows:
		return "survived, although it shows"
	}
	return string(o.Verdict)
}

func survivors(outcomes []mechanical.Outcome) int {
	n := 0
	for i := range outcomes {
		if outcomes[i].Verdict == mechanical.Survived {
			n++
		}
	}
	return n
}

// printOutcomes prints the survivors, then how many each oracle and operator made of
// what.
func (t *tool) printOutcomes(outcomes []mechanical.Outcome) {
	for i := range outcomes {
		o := &outcomes[i]
		if o.Verdict != mechanical.Killed {
			fmt.Fprintf(t.stdout, "%s: %s\n", siteFate(o), strings.TrimSpace(o.String()+" "+cli.OneLine(o.Detail)))
		}
	}
	w := tabwriter.NewWriter(t.stdout, 0, 8, 2, ' ', 0)
	for _, column := range []struct {
		name string
		of   func(*mechanical.Outcome) string
	}{
		{"verdict", func(o *mechanical.Outcome) string { return string(o.Verdict) }},
		{"oracle", func(o *mechanical.Outcome) string { return o.Oracle }},
		{"test of the core", func(o *mechanical.Outcome) string { return o.Test }},
		{"operator", func(o *mechanical.Outcome) string { return string(o.Operator) }},
		{"file", func(o *mechanical.Outcome) string { return o.File }},
	} {
		fmt.Fprintf(w, "\n%s\tmutants\tsurvived\n", column.name)
		for _, row := range tallied(outcomes, column.of) {
			fmt.Fprintf(w, "%s\t%d\t%d\n", row.name, row.all, row.survived)
		}
	}
	w.Flush()
}

// tallyRow counts mutants that have something in common.
type tallyRow struct {
	name          string
	all, survived int
}

// tallied counts in the order of first appearance; what has no name is left out.
func tallied(outcomes []mechanical.Outcome, of func(*mechanical.Outcome) string) []tallyRow {
	var rows []tallyRow
	at := map[string]int{}
	for i := range outcomes {
		o := &outcomes[i]
		name := of(o)
		if name == "" {
			continue
		}
		k, ok := at[name]
		if !ok {
			k, rows = len(rows), append(rows, tallyRow{name: name})
			at[name] = k
		}
		rows[k].all++
		if o.Verdict == mechanical.Survived {
			rows[k].survived++
		}
	}
	return rows
}
