package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
)

// flags is a command's flag set. The environment mirrors every flag, and flags may
// follow positional arguments.
type flags struct {
	*flag.FlagSet
	tool    *tool
	command *command
}

func (t *tool) flags(c *command) *flags {
	f := &flags{flag.NewFlagSet(c.name, flag.ContinueOnError), t, c}
	f.SetOutput(io.Discard)
	return f
}

// parse sets the flags, first from the environment, then from the command line, and
// returns the positional arguments. A request for help is answered and returned as
// flag.ErrHelp.
func (f *flags) parse(arguments []string) ([]string, error) {
	if err := f.parseEnvironment(); err != nil {
		return nil, err
	}
	var positional []string
	for len(arguments) > 0 {
		if err := f.Parse(arguments); err != nil {
			if err == flag.ErrHelp {
				f.help()
				return nil, err
			}
			return nil, fmt.Errorf("%w; %s help %s describes the flags", err, f.tool.self, f.command.name)
		}
		rest := f.Args()
		if used := len(arguments) - len(rest); used > 0 && arguments[used-1] == "--" {
			return append(positional, rest...), nil
		}
		if len(rest) > 0 {
			positional, rest = append(positional, rest[0]), rest[1:]
		}
		arguments = rest
	}
	return positional, nil
}

// parseEnvironment sets --a-flag from SIMRUN_A_FLAG. An empty value is no value.
func (f *flags) parseEnvironment() error {
	var err error
	f.VisitAll(func(one *flag.Flag) {
		name := "SIMRUN_" + strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_"))
		value := f.tool.variable(name)
		if value == "" || err != nil {
			return
		}
		if bad := f.Set(one.Name, value); bad != nil {
			err = fmt.Errorf("invalid value %q in environment variable %s: %v", value, name, bad)
		}
	})
	return err
}

// variable is an environment variable's value.
func (t *tool) variable(name string) string {
	value := ""
	for _, entry := range t.environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}

func (f *flags) help() {
	w := f.tool.stdout
	fmt.Fprintf(w, "%s: %s\n\nUsage: %s\n\n", f.command.name, f.command.summary,
		strings.TrimSpace(f.tool.self+" "+f.command.name+" "+f.command.arguments)+" [flags]")
	f.VisitAll(func(one *flag.Flag) {
		value, usage := flag.UnquoteUsage(one)
		fmt.Fprintf(w, "  --%-24s %s\n", strings.TrimSpace(one.Name+" "+value), usage)
	})
}

// none refuses positional arguments.
func (f *flags) none(positional []string) error {
	if len(positional) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no argument, but got %q; %s help lists the commands, which come first",
		f.command.name, positional[0], f.tool.self)
}

// one demands exactly one positional argument.
func (f *flags) one(positional []string) (string, error) {
	if len(positional) != 1 {
		return "", fmt.Errorf("%s takes exactly one argument, %s, but got %d", f.command.name, f.command.arguments, len(positional))
	}
	return positional[0], nil
}

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
	switch s.kind {
	case "":
	case plan.ShardsStack:
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
