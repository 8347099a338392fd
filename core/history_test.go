package core_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
)

// TestHistoryIsToldInParts: a session is told at most 256 commands of its history in one
// step, and the rest at the wakes that follow at once; what ends meanwhile is told too,
// and the end of the history once (C-12).
func TestHistoryIsToldInParts(t *testing.T) {
	for _, n := range []int{255, 256, 257, 511, 512, 513} {
		cl := &client{t: t}
		cfg := core.DefaultConfig()
		cfg.ServicesEvery = 0
		cl.step(&core.Input{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{5}, Config: cfg}})
		cl.settle()
		schema := relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Int64}}}
		r := core.Request{Op: core.RequestCreate}
		for i := range n {
			id := user(uint64(i + 1))
			r.Collections = append(r.Collections, core.CollectionSpec{ID: id, Description: core.Description{
				Kind: core.KindIngestion, Schema: schema,
				Ingestion: &core.Ingestion{Connection: "sim://1", Outputs: []core.Output{{ID: id}}, Host: core.HostConfig{Address: "far:1"}},
			}})
		}
		cl.accepted(r)
		var sends [][]core.Command
		for len(cl.open) > 0 {
			e := cl.open[0]
			cl.open = cl.open[1:]
			if e.Kind == core.EffectHost && e.Host.Op == core.HostSend {
				sends = append(sends, e.Host.Commands)
				continue
			}
			cl.step(answered(&e, outcome.Done, frontier.Minimum(), nil))
		}
		for wakes := 0; cl.c.NextWake() <= cl.now.Mono; wakes++ {
			if wakes > 10 {
				t.Fatal("there is no end to it")
			}
			cl.step(&core.Input{Kind: core.InputWake})
			for _, e := range cl.open {
				if e.Kind == core.EffectHost && e.Host.Op == core.HostSend {
					sends = append(sends, e.Host.Commands)
				}
			}
			cl.open = nil
		}
		var creates, ends int
		told := map[core.GlobalID]bool{}
		for i, list := range sends {
			if i == 0 {
				if len(list) != 1 || list[0].Kind != core.CommandUpdateConfiguration {
					t.Fatalf("%d: the session begins with %+v", n, list)
				}
				continue
			}
			for k := range list {
				switch list[k].Kind {
				case core.CommandCreateSource:
					if creates++; ends > 0 || told[list[k].Source.ID] {
						t.Fatalf("%d: create %d is of %v, after %d ends", n, creates, list[k].Source.ID, ends)
					}
					told[list[k].Source.ID] = true
				case core.CommandInitializationComplete:
					ends++
				default:
					t.Fatalf("%d: %v", n, list[k].Kind)
				}
			}
			// The end of the history may follow a full part.
			if full := 256; len(list) > full+1 || i < len(sends)-1 && len(list) != full {
				t.Fatalf("%d: part %d of %d has %d commands", n, i, len(sends)-1, len(list))
			}
		}
		if creates != n || ends != 1 {
			t.Fatalf("%d: %d creates, %d ends of the history", n, creates, ends)
		}
		if cl.c.NextWake() <= cl.now.Mono {
			t.Fatalf("%d: it wants to be woken for nothing", n)
		}
	}
}
