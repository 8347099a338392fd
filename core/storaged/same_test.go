package storaged_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
)

// TestWhatMakesADefinition: a definition that a new session repeats with another value in
// one place replaces what runs, except where that place takes no part (H-2): as_of, the
// upper to resume at, the times of imports.
func TestWhatMakesADefinition(t *testing.T) {
	other := relation.Schema{Columns: []relation.Column{{Name: "b", Type: relation.Uint64}}}
	twoColumns := relation.Schema{Columns: append(append([]relation.Column(nil), oneColumn.Columns...), other.Columns...)}
	source := func() core.Command {
		c := ingest()
		c.Source.Imports = []core.SourceImport{{ID: user(30), Data: dataShard(user(30)), Since: frontier.At(4)}}
		return c
	}
	for name, c := range map[string]struct {
		sink  bool
		same  bool
		spoil func(*core.Command)
	}{
		"nothing":            {false, true, func(*core.Command) {}},
		"resume":             {false, true, func(c *core.Command) { c.Source.Resume = frontier.At(9) }},
		"import's since":     {false, true, func(c *core.Command) { c.Source.Imports[0].Since = frontier.At(9) }},
		"connection":         {false, false, func(c *core.Command) { c.Source.Connection += "x" }},
		"remap":              {false, false, func(c *core.Command) { c.Source.Remap.Lo++ }},
		"status":             {false, false, func(c *core.Command) { c.Source.Status.Lo++ }},
		"export's id":        {false, false, func(c *core.Command) { c.Source.Exports[1].ID = user(9) }},
		"export's output":    {false, false, func(c *core.Command) { c.Source.Exports[1].Output = 9 }},
		"export's shard":     {false, false, func(c *core.Command) { c.Source.Exports[1].Data.Hi++ }},
		"export's schema":    {false, false, func(c *core.Command) { c.Source.Exports[1].Schema = twoColumns }},
		"export's column":    {false, false, func(c *core.Command) { c.Source.Exports[1].Schema = other }},
		"last export":        {false, false, func(c *core.Command) { c.Source.Exports = c.Source.Exports[:2] }},
		"order of exports":   {false, false, func(c *core.Command) { x := c.Source.Exports; x[1], x[2] = x[2], x[1] }},
		"import's id":        {false, false, func(c *core.Command) { c.Source.Imports[0].ID = user(31) }},
		"import's shard":     {false, false, func(c *core.Command) { c.Source.Imports[0].Data.Hi++ }},
		"import":             {false, false, func(c *core.Command) { c.Source.Imports = nil }},
		"nothing of a sink":  {true, true, func(*core.Command) {}},
		"as_of":              {true, true, func(c *core.Command) { c.Sink.AsOf = frontier.At(7) }},
		"sink's connection":  {true, false, func(c *core.Command) { c.Sink.Connection += "x" }},
		"sink's input":       {true, false, func(c *core.Command) { c.Sink.From = user(2) }},
		"sink's shard":       {true, false, func(c *core.Command) { c.Sink.Data = dataShard(user(2)) }},
		"sink's schema":      {true, false, func(c *core.Command) { c.Sink.Schema = other }},
		"sink's snapshot":    {true, false, func(c *core.Command) { c.Sink.Snapshot = !c.Sink.Snapshot }},
		"sink's status":      {true, false, func(c *core.Command) { c.Sink.Status = persist.ShardID{} }},
		"an ingestion of it": {true, false, func(c *core.Command) { *c = source(); c.Source.ID, c.Source.Exports[0].ID = user(7), user(7) }},
	} {
		w := newWorld(t)
		w.free = true
		p := w.start()
		make := source
		if c.sink {
			make = func() core.Command { return export(7, 5, true) }
		}
		w.connect(p, make())
		again := make()
		c.spoil(&again)
		w.connect(p, again)
		var v storaged.View
		var o storaged.ObjectView
		p.h.View(&v)
		id := user(1)
		if c.sink {
			id = user(7)
		}
		found := p.h.Find(id, &o)
		if v.Ignored != 0 || !found || (o.Condition != storaged.Ending) != c.same {
			t.Errorf("another %s: %d ignored, found %v, %v, want the same: %v", name, v.Ignored, found, o.Condition, c.same)
		}
	}
}
