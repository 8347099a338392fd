package report

import (
	"fmt"
	"slices"
	"strings"

	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
)

// cast says who takes part, and what it is all about.
func (p *Page) cast(pl *plan.Plan, r *sim.Result) {
	t := troupeOf(pl)
	p.items("cast", []string{
		plural(pl.Slots(), "controller", "controllers") + " that take over from each other",
		plural(int(r.Counters.Boots), "start of one", "starts of one"),
		plural(int(r.Counters.Halts), "halt", "halts"),
		"on " + plural(max(1, len(pl.Machines)), "machine", "machines"),
	}, ", ")
	p.clocks(pl)
	p.items("hosts", orNone(nonzero(
		amount{t.managed, "object on a managed host of its own", "objects on managed hosts of their own"},
		amount{len(t.remotes), "remote host", "remote hosts"},
	)), ", ")
	p.items("data", orNone(t.collections()), ", ")
	if pl.Shards == plan.ShardsStack {
		p.items("shards", []string{"the machine that production runs on", "over a simulated store of states and one of blobs"}, ", ")
	}
	p.items("exports", orNone(nonzero(
		amount{len(t.exports), "export asked for", "exports asked for"},
		amount{len(t.sinks), "external system to write to", "external systems to write to"},
	)), ", ")
	p.items("clients", orNone(append(operations(pl), nonzero(
		amount{len(pl.Writers), "writer that appends all the time", "writers that append all the time"},
		amount{len(pl.Owners), "owner that renews its holds", "owners that renew their holds"},
	)...)), ", ")
}

// mostClocks is how many of the clocks that are wrong are told one by one.
const mostClocks = 3

// clocks names the clocks that are wrong.
func (p *Page) clocks(pl *plan.Plan) {
	var list []string
	wrong := func(whose string, n int, offsetMs, driftPpm int64, jumps int) {
		if offsetMs != 0 || driftPpm != 0 || jumps > 0 {
			list = append(list, strings.Join(append([]string{fmt.Sprintf("%s %d's by %+d ms %+d ppm", whose, n, offsetMs, driftPpm)},
				nonzero(amount{jumps, "jump", "jumps"})...), ", "))
		}
	}
	for i := range pl.Clocks {
		c := &pl.Clocks[i]
		wrong("controller", c.Node, c.OffsetMs, c.DriftPpm, len(c.Jumps))
	}
	for i := range pl.Machines {
		m := &pl.Machines[i]
		wrong("machine", i, m.OffsetMs, m.DriftPpm, len(m.Jumps))
	}
	if more := len(list) - mostClocks; more > 0 {
		list = append(list[:mostClocks], fmt.Sprintf("%d more", more))
	}
	if len(list) > 0 {
		list[0] = "clocks that are wrong: " + list[0]
		p.items("", list, "; ")
	}
}

// troupe is what a plan asks for, each thing counted once however often it is asked for.
type troupe struct {
	// kinds are the kinds of collection, in order of appearance; slots are the
	// collections of each.
	kinds []string
	slots map[string][]int
	// exports are ids, remotes and sinks numbers; managed counts objects.
	exports, remotes, sinks []int
	managed                 int
	sources                 int
}

func troupeOf(pl *plan.Plan) *troupe {
	t := &troupe{slots: map[string][]int{}, sources: len(pl.Sources)}
	for i := range pl.Ops {
		t.watch(&pl.Ops[i])
	}
	for i := range pl.Loops {
		t.watch(&pl.Loops[i].Op)
	}
	return t
}

func (t *troupe) watch(op *plan.Operation) {
	for i := range op.Parts {
		v := &op.Parts[i]
		first := false
		switch op.Kind {
		case plan.OpCreate:
			first = t.collection(v)
		case plan.OpExports:
			first = note(&t.exports, v.Slot)
			note(&t.sinks, v.Sink)
		default:
		}
		if v.Remote > 0 {
			note(&t.remotes, v.Remote)
		} else if first && v.Size > 0 {
			t.managed++
		}
	}
}

// collection notes a collection; it reports whether it is a new one.
func (t *troupe) collection(v *plan.Part) bool {
	if !slices.Contains(t.kinds, v.Kind) {
		t.kinds = append(t.kinds, v.Kind)
	}
	list := t.slots[v.Kind]
	first := note(&list, v.Slot)
	t.slots[v.Kind] = list
	return first
}

// note adds n to a list that does not have it.
func note(list *[]int, n int) bool {
	if slices.Contains(*list, n) {
		return false
	}
	*list = append(*list, n)
	return true
}

// collections says how many collections of each kind there are.
func (t *troupe) collections() []string {
	var list []string
	for _, kind := range []struct{ name, one, many string }{
		{plan.KindTable, "table", "tables"},
		{plan.KindReported, "collection that clients write and report", "collections that clients write and report"},
		{plan.KindIngestion, "ingestion", "ingestions"},
		{plan.KindSubsource, "subsource", "subsources"},
		{plan.KindShardMapping, "shard mapping", "shard mappings"},
		{plan.KindSourceStatus, "source status history", "source status histories"},
		{plan.KindSinkStatus, "sink status history", "sink status histories"},
	} {
		list = append(list, nonzero(amount{len(t.slots[kind.name]), kind.one, kind.many})...)
	}
	return append(list, nonzero(amount{t.sources, "external source to follow", "external sources to follow"})...)
}

// operations counts the operations of each character of client.
func operations(pl *plan.Plan) []string {
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
	if len(list) > 0 {
		list[0] = "operations of " + list[0]
	}
	return append(list, nonzero(amount{len(pl.Loops), "operation that is repeated", "operations that are repeated"})...)
}

// amount is a number of things.
type amount struct {
	n         int
	one, many string
}

// nonzero says how many there are of what there is.
func nonzero(amounts ...amount) []string {
	var list []string
	for _, a := range amounts {
		if a.n > 0 {
			list = append(list, plural(a.n, a.one, a.many))
		}
	}
	return list
}

func orNone(list []string) []string {
	if len(list) == 0 {
		return []string{"none"}
	}
	return list
}
