package plan

import (
	"bytes"
	"encoding/json"
	"strings"

	"example.com/tidemark/core/digest"
)

// Encode is the plan as JSON, one line per operation, fault and so on, so that a
// plan can be read, diffed and edited. Equal plans have equal bytes.
func (p *Plan) Encode() []byte {
	e := encoder{b: []byte("{\n")}
	e.field("version", p.Version)
	e.field("seed", p.Seed)
	e.field("profile", p.Profile)
	if p.Trial != nil {
		e.field("trial", p.Trial)
		return e.end()
	}
	if p.Controllers != 0 {
		e.field("controllers", p.Controllers)
	}
	if p.Shards != "" {
		e.field("shards", p.Shards)
	}
	if p.TightShards {
		e.field("tight_shards", true)
	}
	e.field("chaos_ms", p.ChaosMs)
	if p.CalmMs != 0 {
		e.field("calm_ms", p.CalmMs)
	}
	if p.PatienceMs != 0 {
		e.field("patience_ms", p.PatienceMs)
	}
	e.field("grid_ms", p.GridMs)
	e.object("config", p.Config)
	e.object("latency", p.Latency)
	e.object("rates", p.Rates)
	if p.OnlyPinned {
		e.field("only_pinned", true)
	}
	list(&e, "clocks", p.Clocks)
	list(&e, "machines", p.Machines)
	list(&e, "sources", p.Sources)
	list(&e, "faults", p.Faults)
	list(&e, "owners", p.Owners)
	list(&e, "writers", p.Writers)
	list(&e, "ops", p.Ops)
	list(&e, "loops", p.Loops)
	list(&e, "draws", p.Draws)
	return e.end()
}

// Hash identifies a plan by what it says.
func (p *Plan) Hash() digest.Sum { return digest.Of(p.Encode()) }

// Clone is a copy that shares nothing which its owner may write: the lists and
// the parts of operations are its own.
func (p *Plan) Clone() *Plan {
	if p.Trial != nil {
		return p.OfTrial(*p.Trial)
	}
	c := *p
	c.Clocks = append([]Clock(nil), p.Clocks...)
	c.Machines = append([]Machine(nil), p.Machines...)
	c.Sources = append([]Source(nil), p.Sources...)
	c.Faults = append([]Fault(nil), p.Faults...)
	c.Owners = append([]Owner(nil), p.Owners...)
	c.Writers = append([]Writer(nil), p.Writers...)
	c.Ops = append([]Operation(nil), p.Ops...)
	c.Loops = append([]Loop(nil), p.Loops...)
	c.Draws = append([]Pin(nil), p.Draws...)
	for i := range c.Clocks {
		c.Clocks[i].Jumps = append([]Jump(nil), c.Clocks[i].Jumps...)
	}
	for i := range c.Machines {
		c.Machines[i].Jumps = append([]Jump(nil), c.Machines[i].Jumps...)
	}
	for i := range c.Ops {
		c.Ops[i].Parts = append([]Part(nil), c.Ops[i].Parts...)
	}
	for i := range c.Loops {
		c.Loops[i].Op.Parts = append([]Part(nil), c.Loops[i].Op.Parts...)
	}
	return &c
}

type encoder struct{ b []byte }

func (e *encoder) end() []byte { return append(bytes.TrimSuffix(e.b, []byte(",\n")), "\n}\n"...) }

func (e *encoder) name(name string) {
	e.b = append(append(append(e.b, `  "`...), name...), `": `...)
}

func (e *encoder) field(name string, v any) {
	e.name(name)
	e.b = append(append(e.b, compact(v)...), ",\n"...)
}

// object writes a small object with one field per line.
func (e *encoder) object(name string, v any) {
	e.name(name)
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(compact(v)), "  ", "  "); err != nil {
		return // compact's output is JSON
	}
	e.b = append(append(e.b, out.Bytes()...), ",\n"...)
}

// list writes a list with one element per line, and nothing if it is empty.
func list[T any](e *encoder, name string, elements []T) {
	if len(elements) == 0 {
		return
	}
	e.name(name)
	e.b = append(e.b, "[\n"...)
	for i := range elements {
		e.b = append(append(append(e.b, "    "...), compact(elements[i])...), ",\n"...)
	}
	e.b = append(e.b[:len(e.b)-2], "\n  ],\n"...)
}

// compact is v as JSON without blanks. The plan's types hold nothing that cannot
// be encoded.
func compact(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
