package report

import (
	"fmt"
	"slices"
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

// Run tells the story of a run in a screenful: who took part, what went wrong, what
// clients did, what the judges saw of it, and the verdict.
func (p *Page) Run(r *Run) {
	pl, result := r.Plan, r.Result
	p.labelled("seed", fmt.Sprintf("%d of profile %s%s", pl.Seed, pl.Profile, profileDoc(pl.Profile)))
	p.labelled("hashes", fmt.Sprintf("plan %s, trace %s", pl.Hash(), result.TraceHash))
	if pl.Trial != nil {
		p.trial(pl.Trial)
		p.ended(r)
		return
	}
	p.line("")
	p.cast(pl, result)
	p.line("")
	p.chaos(pl, result)
	p.line("")
	p.deeds(result)
	p.met(result.Oracles, len(result.Violations) > 0)
	p.line("")
	p.ended(r)
}

// trial says what is run instead of a world.
func (p *Page) trial(t *plan.Trial) {
	acts := "all acts that its seed draws"
	if len(t.Acts) > 0 {
		acts = plural(len(t.Acts), "act of those that its seed draws", "acts of those that its seed draws")
	}
	p.labelled("trial", fmt.Sprintf("%d, of %s; %s", t.Seed, t.Cast(), acts))
}

// ended says how far the run came, and what is to be said of it.
func (p *Page) ended(r *Run) {
	result := r.Result
	p.labelled("run", fmt.Sprintf("%s events in %s of simulated time, %s of real time (%s : 1)",
		Number(result.Events), Span(result.SimMs), Wall(r.Wall), Number(per(uint64(result.SimMs), r.Wall)/1000)))
	p.labelled("verdict", p.verdict(result))
}

// profileDoc is the beginning of what is said about a profile.
func profileDoc(name string) string {
	for _, doc := range plan.Profiles() {
		if end := strings.IndexAny(doc.Doc+",", ",:"); doc.Name == name {
			return ", " + doc.Doc[:end]
		}
	}
	return ""
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

// deeds says what clients did, and what came of it.
func (p *Page) deeds(r *sim.Result) {
	malformed := string(plan.OpRaw) + ":"
	odd := func(c sim.Count) bool { return strings.HasPrefix(c.Name, malformed) }
	var did []string
	for _, c := range frequent(slices.DeleteFunc(slices.Clone(r.Ops), odd), shownDeeds) {
		did = append(did, fmt.Sprintf("%s %s", c.Name, Number(c.N)))
	}
	p.items("done", orNothing(did), ", ")
	p.items("so that", []string{
		counted(r.Counters.Acked, "append was acknowledged", "appends were acknowledged"),
		counted(r.Counters.Snapshots, "read was answered", "reads were answered"),
		counted(r.Counters.SinceMoves, "time a since moved on durably", "times a since moved on durably"),
	}, ", ")
}

// shownDeeds bounds how many kinds of operation are named.
const shownDeeds = 12

// counted is plural for counters.
func counted(n uint64, one, many string) string { return plural(int(n), one, many) }

func orNothing(list []string) []string {
	if len(list) == 0 {
		return []string{"nothing"}
	}
	return list
}
