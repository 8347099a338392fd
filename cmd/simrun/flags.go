package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/tidemark/internal/cli"
	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
)

// flags is a command's flag set.
type flags struct{ *cli.Flags }

func (t *tool) flags(c *command) *flags { return &flags{c.Flags(t.program())} }

// seedRange is a flag value "A..B" (both included), "A.." (no end) or "A".
type seedRange struct {
	first, last uint64
	set         bool
}

func (r *seedRange) String() string { return "" }

func (r *seedRange) Set(s string) error {
	low, high, isRange := strings.Cut(s, "..")
	first, err := parseSeed(low)
	if err != nil {
		return err
	}
	last := first
	switch {
	case isRange && high == "":
		last = campaign.Endless
	case isRange:
		if last, err = parseSeed(high); err != nil {
			return err
		}
	}
	if first > last {
		return fmt.Errorf("the first seed %d is greater than the last %d", first, last)
	}
	*r = seedRange{first, last, true}
	return nil
}

// parseSeed reads a seed: decimal, or hexadecimal with 0x.
func parseSeed(s string) (uint64, error) {
	seed, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a seed (a whole number from 0 to 2^64-1)", s)
	}
	return seed, nil
}

// budget is a flag value: a duration that is not negative.
type budget struct {
	time.Duration
	set bool
}

func (b *budget) String() string { return "" }

func (b *budget) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 30s or 2m", s)
	}
	if d < 0 {
		return fmt.Errorf("a duration of %s is negative", d)
	}
	*b = budget{d, true}
	return nil
}

// count is a flag value: a whole number from min on.
type count struct {
	n   int
	min int
}

func (c *count) String() string { return "" }

func (c *count) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", s)
	}
	if n < c.min {
		return fmt.Errorf("%d is less than %d", n, c.min)
	}
	c.n = n
	return nil
}

// profile is a flag value: the name of a profile that exists.
type profile struct{ name string }

func (p *profile) String() string { return p.name }

func (p *profile) Set(s string) error {
	known := profileNames()
	if !slices.Contains(known, s) {
		return fmt.Errorf("unknown profile %q; there are %s", s, strings.Join(known, ", "))
	}
	p.name = s
	return nil
}

func profileNames() []string {
	var names []string
	for _, doc := range plan.Profiles() {
		names = append(names, doc.Name)
	}
	return names
}

// Flags that several commands share.

func (f *flags) profile() *profile {
	p := &profile{"default"}
	f.Var(p, "profile", "the kind of world, a `NAME` from simrun profiles")
	return p
}

// worlds says which worlds are made of seeds.
type worlds struct {
	*profile
	shards *shardKind
}

func (f *flags) worlds() worlds { return worlds{f.profile(), f.shards()} }

// plan is the plan of a seed.
func (w worlds) plan(seed uint64) (*plan.Plan, error) {
	p, err := plan.Generate(w.name, seed, plan.NewSeedDraws(seed))
	if err == nil {
		w.shards.apply(p)
	}
	return p, err
}

// failing is the plan of what failed with a seed: its world, or a trial after it.
func (w worlds) failing(seed uint64, trial *plan.Trial) (*plan.Plan, error) {
	p, err := w.plan(seed)
	if err == nil && trial != nil {
		p = p.OfTrial(*trial)
	}
	return p, err
}

// String is how a command says which worlds it means.
func (w worlds) String() string {
	if w.shards.kind == "" {
		return "--profile " + w.name
	}
	return "--profile " + w.name + " --shards " + w.shards.kind
}

// shardKind is a flag value: what the shards of a world are.
type shardKind struct{ kind string }

func (f *flags) shards() *shardKind {
	s := &shardKind{}
	f.Var(s, "shards", "what shards are, `model` or stack: the model of their contract, or the real machine over simulated stores (default what the plan says, model for seeds)")
	return s
}

func (s *shardKind) String() string { return s.kind }

func (s *shardKind) Set(kind string) error {
	if kind != "model" && kind != plan.ShardsStack {
		return fmt.Errorf("unknown shards %q; there are model and %s", kind, plan.ShardsStack)
	}
	s.kind = kind
	return nil
}

// apply puts into a plan what was asked for, if anything was.
func (s *shardKind) apply(p *plan.Plan) {
	switch {
	case s.kind == "" || p.Trial != nil:
	case s.kind == plan.ShardsStack:
		p.Shards = plan.ShardsStack
	default:
		p.Shards = ""
	}
}

func (f *flags) json() *bool {
	return f.Bool("json", false, "end standard output with one line of JSON")
}

func (f *flags) out() *string {
	return f.String("out", "simrun-out", "save the plans of failing runs in `DIR`")
}

func (f *flags) drawn() *string {
	return f.String("report", "", "draw the run as a page in `FILE`, to be opened in a browser")
}

func (f *flags) trace() *bool {
	return f.Bool("trace", false, "print every event of the run")
}
