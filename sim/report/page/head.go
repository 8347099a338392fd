package page

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// About is what is known about a run beside what the collector heard.
type About struct {
	Plan   *plan.Plan
	Result *sim.Result
	// Title and Cast are what is drawn and who takes part, if the plan does not say.
	Title string
	Cast  []string
	// Commands are what to type next, with labels: replay, shrink.
	Commands []Command
}

// Command is something to type.
type Command struct {
	Label string `json:"label"`
	Line  string `json:"line"`
}

// head is what the page says above the diagram.
type head struct {
	Title      string      `json:"title"`
	Seed       string      `json:"seed"`
	Profile    string      `json:"profile"`
	PlanHash   string      `json:"plan_hash"`
	TraceHash  string      `json:"trace_hash"`
	Events     uint64      `json:"events"`
	EndUs      int64       `json:"end_us"`
	HealedUs   int64       `json:"healed_us"`
	Verdict    string      `json:"verdict"`
	Violations []violation `json:"violations"`
	Story      []link      `json:"story"`
	Focus      int32       `json:"focus"`
	Cast       []string    `json:"cast"`
	Rates      []string    `json:"rates"`
	Faults     []planFault `json:"faults"`
	Happened   []sim.Count `json:"happened"`
	Clients    []sim.Count `json:"clients"`
	Oracles    []oracle    `json:"oracles"`
	Commands   []Command   `json:"commands"`
	Plan       string      `json:"plan"`
}

type violation struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	Statement string `json:"statement"`
	Meaning   string `json:"meaning"`
	Message   string `json:"message"`
	Step      uint64 `json:"step"`
	AtUs      int64  `json:"at_us"`
	Where     string `json:"where"`
}

// planFault is a fault that the plan places in time; Row is none if it never struck.
type planFault struct {
	ID   int    `json:"id"`
	AtUs int64  `json:"at_us"`
	Text string `json:"text"`
	Row  int32  `json:"row"`
}

type oracle struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Checked uint64 `json:"checked"`
	Met     uint64 `json:"met"`
	Case    string `json:"case"`
}

func (c *Collector) head(a *About) *head {
	r, p := a.Result, a.Plan
	h := &head{
		Title: "run of seed " + strconv.FormatUint(p.Seed, 10) + ", profile " + p.Profile,
		Seed:  strconv.FormatUint(p.Seed, 10), Profile: p.Profile,
		PlanHash: p.Hash().String(), TraceHash: r.TraceHash.String(), Events: r.Events,
		EndUs: c.end, HealedUs: c.healedAt, Focus: none, Violations: []violation{}, Story: []link{},
		Cast: cast(p), Rates: rates(&p.Rates), Faults: c.planned(p),
		Happened: some(r.Faults), Clients: some(r.Ops), Oracles: oracles(r.Oracles),
		Commands: a.Commands, Plan: string(p.Encode()),
	}
	if a.Title != "" {
		h.Title, h.Cast, h.Plan = a.Title, a.Cast, ""
	}
	switch {
	case len(r.Violations) > 0:
		h.Verdict = "violated"
	case r.Interrupted:
		h.Verdict = "interrupted"
	default:
		h.Verdict = "clean"
	}
	for i := range r.Violations {
		h.Violations = append(h.Violations, told(&r.Violations[i]))
	}
	if len(r.Violations) > 0 {
		h.Focus = c.focus(&r.Violations[0])
		h.Story = c.tell(&r.Violations[0])
	}
	return h
}

func told(v *invariants.Violation) violation {
	t := violation{Name: v.Invariant, Message: readable(v.Message), Step: v.Step, AtUs: v.AtUs, Where: "no controller's doing"}
	if v.Node >= 0 {
		t.Where = "controller " + strconv.Itoa(v.Node)
	}
	for _, doc := range invariants.Registry() {
		if doc.Name == v.Invariant {
			t.Title, t.Statement, t.Meaning = doc.Title, doc.Statement, doc.Meaning
		}
	}
	return t
}

// cast is who takes part, as the plan has it.
func cast(p *plan.Plan) []string {
	if p.Trial != nil {
		return []string{p.Trial.Cast(), plural(len(p.Trial.Acts), "act") + " of the trial that seed " + strconv.FormatUint(p.Trial.Seed, 10) + " draws"}
	}
	list := []string{fmt.Sprintf("two controller slots; %s of chaos, then calm", during(p.ChaosMs))}
	for i := range p.Writers {
		w := &p.Writers[i]
		list = append(list, fmt.Sprintf("writer %d appends to u%d every %s", w.ID, w.Slot, during(w.PeriodMs)))
	}
	for i := range p.Owners {
		o := &p.Owners[i]
		text := fmt.Sprintf("owner %d renews its holds every %s", o.ID, during(o.RenewMs))
		if o.VanishMs > 0 {
			text += " and vanishes at " + during(o.VanishMs)
		}
		list = append(list, text)
	}
	counts := map[plan.Character]int{}
	for i := range p.Ops {
		counts[p.Ops[i].As]++
	}
	for _, as := range []plan.Character{plan.Admin, plan.TableWriter, plan.Reader, plan.Reporter, plan.Hostile} {
		if n := counts[as]; n > 0 {
			list = append(list, fmt.Sprintf("%s: %s", as, plural(n, "operation")))
		}
	}
	for i := range p.Loops {
		l := &p.Loops[i]
		list = append(list, fmt.Sprintf("%s: %s, again and again", l.Op.As, l.Op.Kind))
	}
	for _, c := range p.Clocks {
		if c.OffsetMs != 0 || c.DriftPpm != 0 || len(c.Jumps) > 0 {
			list = append(list, fmt.Sprintf("controller %d's clock is off by %d ms, drifts by %d ppm, jumps %d times", c.Node, c.OffsetMs, c.DriftPpm, len(c.Jumps)))
		}
	}
	return append(list, fmt.Sprintf("holds live %s without renewal, readers' leases %s",
		during(p.Config.HoldLeaseMs), during(p.Config.ReaderLeaseMs)))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// during is a span of milliseconds as a person writes them.
func during(ms int64) string {
	if ms < 1000 {
		return strconv.FormatInt(ms, 10) + " ms"
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%03d", ms/1000, ms%1000), "0"), ".") + " s"
}

// rates lists the faults that may befall any call, per mille.
func rates(r *plan.Rates) []string {
	list := []string{}
	for _, rate := range r.Each() {
		if *rate.Permille > 0 {
			list = append(list, fmt.Sprintf("%s %d‰", strings.ReplaceAll(rate.Name, "_", " "), *rate.Permille))
		}
	}
	return list
}

// planned is the plan's faults, with the rows in which they struck.
func (c *Collector) planned(p *plan.Plan) []planFault {
	list := []planFault{}
	for i := range p.Faults {
		f := &p.Faults[i]
		row := int32(none)
		if at, ok := c.struck[f.ID]; ok {
			row = at
		}
		list = append(list, planFault{f.ID, f.AtMs * 1000, faultText(f), row})
	}
	return list
}

func some(list []sim.Count) []sim.Count {
	kept := []sim.Count{}
	for _, n := range list {
		if n.N > 0 {
			kept = append(kept, sim.Count{Name: strings.ReplaceAll(n.Name, "_", " "), N: n.N})
		}
	}
	return kept
}

func oracles(stats []invariants.Stat) []oracle {
	list := []oracle{}
	docs := invariants.Registry()
	for _, s := range stats {
		o := oracle{Name: s.Name, Checked: s.Checked, Met: s.Met}
		for i := range docs {
			if docs[i].Name == s.Name {
				o.Title, o.Case = docs[i].Title, docs[i].Met
			}
		}
		list = append(list, o)
	}
	return list
}
