package report

import (
	"fmt"
	"strings"
	"time"

	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// Run is what is said about one run.
type Run struct {
	Plan   *plan.Plan
	Result *sim.Result
	Wall   time.Duration
}

// Run prints what happened in a run.
func (p *Page) Run(r *Run) {
	pl, result := r.Plan, r.Result
	p.labelled("seed", fmt.Sprintf("%d of profile %s", pl.Seed, pl.Profile))
	p.labelled("hashes", fmt.Sprintf("plan %s, trace %s", pl.Hash(), result.TraceHash))
	p.cast(pl)
	p.labelled("chaos", fmt.Sprintf("%s of it, then calm until everything asked for is done", Span(pl.ChaosMs)))
	p.items("planned", orNothing(plannedFaults(pl)), ", ")
	p.items("rates", orNothing(rates(&pl.Rates)), ", ")
	p.counts("happened", result.Faults)
	p.counts("clients", result.Ops)
	p.oracles(result.Oracles)
	p.labelled("run", fmt.Sprintf("%s events in %s of simulated time, %s of real time (%s : 1)",
		Number(result.Events), Span(result.SimMs), Wall(r.Wall), Number(per(uint64(result.SimMs), r.Wall)/1000)))
	p.labelled("verdict", p.verdict(result))
}

func (p *Page) verdict(r *sim.Result) string {
	switch {
	case len(r.Violations) > 0:
		names := make([]string, len(r.Violations))
		for i, v := range r.Violations {
			names[i] = v.Invariant
		}
		return p.paint(red, "violates "+strings.Join(names, ", "))
	case r.Interrupted:
		return p.paint(yellow, "interrupted") + ", nothing found so far"
	case r.Stuck:
		return p.paint(yellow, "stuck") + ", as nobody could help: " + r.Beyond + "; it waits for " + r.Waiting
	}
	return p.paint(green, "nothing found")
}

// cast says who takes part.
func (p *Page) cast(pl *plan.Plan) {
	parts := []string{
		plural(pl.Slots(), "controller", "controllers"),
		plural(len(pl.Writers), "writer", "writers"),
		plural(len(pl.Owners), "owner of holds", "owners of holds"),
		plural(len(pl.Ops), "operation", "operations"),
	}
	if len(pl.Loops) > 0 {
		parts = append(parts, plural(len(pl.Loops), "repeated operation", "repeated operations"))
	}
	p.items("cast", parts, ", ")
	p.items("", orNothing(characters(pl)), ", ")
	p.hosts(pl)
	for _, c := range pl.Clocks {
		p.labelled("", fmt.Sprintf("controller %d's clock: %+d ms, %+d ppm, %s",
			c.Node, c.OffsetMs, c.DriftPpm, plural(len(c.Jumps), "jump", "jumps")))
	}
}

// characters counts the operations of each kind of client.
func characters(pl *plan.Plan) []string {
	order := []plan.Character{plan.Admin, plan.TableWriter, plan.Reader, plan.Reporter, plan.Hostile}
	var list []string
	for _, c := range order {
		n := 0
		for i := range pl.Ops {
			if pl.Ops[i].As == c {
				n++
			}
		}
		if n > 0 {
			list = append(list, fmt.Sprintf("%s %d", c, n))
		}
	}
	return list
}

// plannedFaults counts the faults that the plan places in time, in order of kind's
// first appearance.
func plannedFaults(pl *plan.Plan) []string {
	var kinds []plan.FaultKind
	n := map[plan.FaultKind]int{}
	for i := range pl.Faults {
		kind := pl.Faults[i].Kind
		if n[kind] == 0 {
			kinds = append(kinds, kind)
		}
		n[kind]++
	}
	var list []string
	for _, kind := range kinds {
		list = append(list, fmt.Sprintf("%s %d", kind, n[kind]))
	}
	return list
}

// rates lists the faults that may befall any call in this run, per mille.
func rates(r *plan.Rates) []string {
	var list []string
	for _, rate := range r.Each() {
		if *rate.Permille > 0 {
			list = append(list, fmt.Sprintf("%s %d‰", strings.ReplaceAll(rate.Name, "_", "-"), *rate.Permille))
		}
	}
	if len(list) > 0 {
		list = append(list, fmt.Sprintf("slow ×%d", r.SlowFactor), fmt.Sprintf("late by up to %s", Span(r.LateMs)))
	}
	return list
}

func orNothing(list []string) []string {
	if len(list) == 0 {
		return []string{"nothing"}
	}
	return list
}
