package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.com/tidemark/sim"
	"example.com/tidemark/sim/report"
)

// benchLine is what --json prints. Rates are medians of interleaved runs in this one
// process; absolute figures move with the machine and the hour, their ratios do not.
type benchLine struct {
	Kernel       float64 `json:"kernel_events_per_s"`
	Unjudged     float64 `json:"unjudged_events_per_s"`
	Judged       float64 `json:"judged_events_per_s"`
	Allocs       float64 `json:"allocs_per_event"`
	SimWallChaos float64 `json:"sim_wall_chaos"`
	SimWallQuiet float64 `json:"sim_wall_quiet"`
	CloneUs      float64 `json:"clone_us"`
	Jobs2        float64 `json:"jobs2_speedup"`
	ShortSeeds   float64 `json:"short_seed_ratio"`
	EventMix     counts  `json:"event_mix"`
}

func runBench(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	hours := &simHours{3}
	f.Var(hours, "sim-hours", "simulate `H` hours instead of the 3 of the reference; for a quick look")
	rounds := &count{n: 3, min: 1}
	f.Var(rounds, "rounds", "take the medians of `N` rounds (default 3)")
	asJSON, shards := f.json(), f.shards()
	positional, err := f.Read(arguments)
	if err == nil {
		err = f.None(positional)
	}
	if err != nil {
		return 0, err
	}
	b, err := newBench(hours.ms(), rounds.n, shards)
	if err != nil {
		return 0, err
	}
	b.interrupted = t.interrupted.Load
	b.log = func(format string, arguments ...any) { fmt.Fprintf(t.stderr, "simrun: "+format+"\n", arguments...) }
	line, err := b.run()
	var empty *emptyWorld
	if errors.As(err, &empty) {
		fmt.Fprintf(t.stderr, "simrun: %v\n", err)
	} else if err != nil {
		return 0, err
	}
	if *asJSON {
		err = t.printJSON(line)
	} else {
		err = nil
		t.printBench(line, b)
	}
	return foundIf(empty != nil), err
}

// simHours is a flag value: a positive number of hours.
type simHours struct{ hours float64 }

func (h *simHours) String() string { return "" }

func (h *simHours) Set(s string) error {
	hours, err := strconv.ParseFloat(s, 64)
	if err != nil || !(hours >= 0.01 && hours <= 1000) {
		return fmt.Errorf("%q is not a number of hours from 0.01 to 1000", s)
	}
	h.hours = hours
	return nil
}

func (h *simHours) ms() int64 { return int64(h.hours * float64(time.Hour.Milliseconds())) }

// emptyWorld is why a benchmark is void: a fast run of a world in which nothing
// happens says nothing.
type emptyWorld struct{ what string }

func (e *emptyWorld) Error() string {
	return "the benchmark is void: " + e.what
}

// checkWorld refuses results of a world in which nothing happened, or in which the run
// ended early.
func checkWorld(r *sim.Result) error {
	switch n := &r.Counters; {
	case len(r.Violations) > 0:
		v := &r.Violations[0]
		return &emptyWorld{fmt.Sprintf("the reference violates %s: %s", v.Invariant, v.Message)}
	case n.Acked == 0:
		return &emptyWorld{"no append was acknowledged"}
	case n.SinceMoves == 0:
		return &emptyWorld{"no since moved"}
	case n.Snapshots == 0:
		return &emptyWorld{"no snapshot was read"}
	}
	return nil
}

func median(list []float64) float64 {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	if len(sorted) == 0 {
		return 0
	}
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// printBench prints the figures with the targets that they are held against.
func (t *tool) printBench(l *benchLine, b *bench) {
	w := t.stdout
	row := func(what, value, target string, ok bool) {
		mark := "ok"
		if !ok {
			mark = "short"
		}
		if target == "" {
			mark = ""
		}
		fmt.Fprintf(w, "%-36s %14s   %-14s %s\n", what, value, target, mark)
	}
	rate := func(v float64) string { return report.Number(uint64(v)) }
	ratio := func(a, b float64) float64 {
		if b == 0 {
			return 0
		}
		return a / b
	}
	fmt.Fprintf(w, "%-36s %14s   %s\n", "seed 1 of profile reference", report.Span(b.chaosMs), "target")
	row("bare kernel, events/s", rate(l.Kernel), "", true)
	row("unjudged, events/s", rate(l.Unjudged), "", true)
	row("judged, events/s", rate(l.Judged), ">= 1,500,000", l.Judged >= 1.5e6)
	row("judged / bare kernel", fmt.Sprintf("%.3f", ratio(l.Judged, l.Kernel)), ">= 0.1", ratio(l.Judged, l.Kernel) >= 0.1)
	row("judged / unjudged", fmt.Sprintf("%.3f", ratio(l.Judged, l.Unjudged)), ">= 0.5", ratio(l.Judged, l.Unjudged) >= 0.5)
	row("allocations per event", fmt.Sprintf("%.4f", l.Allocs), "<= 1", l.Allocs <= 1)
	row("simulated : wall, chaos", rate(l.SimWallChaos)+" : 1", ">= 5,000 : 1", l.SimWallChaos >= 5000)
	row("simulated : wall, quiet", rate(l.SimWallQuiet)+" : 1", ">= 50,000 : 1", l.SimWallQuiet >= 50000)
	row("clone of the world, us", fmt.Sprintf("%.1f", l.CloneUs), "<= 10", l.CloneUs <= 10)
	row("two workers / one", fmt.Sprintf("%.2f", l.Jobs2), ">= 1.7", l.Jobs2 >= 1.7)
	row("seeds of 10,000 events / long run", fmt.Sprintf("%.2f", l.ShortSeeds), ">= 0.7", l.ShortSeeds >= 0.7)
	fmt.Fprintln(w, "event mix:")
	var total uint64
	for _, c := range l.EventMix {
		total += c.N
	}
	for _, c := range l.EventMix {
		if c.N > 0 {
			fmt.Fprintf(w, "  %-34s %14s   %.1f %%\n", c.Name, report.Number(c.N), 100*float64(c.N)/float64(total))
		}
	}
}
