package sim

import (
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/sim/plan"
)

// longest is how many bytes a connection may have, widest what a host's size and the
// length of its address may be.
const (
	longest = 4096
	widest  = 255
)

// oddPlace makes a connection or a host odd. A source whose name is padded is none that
// there is; a sink is another one.
func oddPlace(connection *string, h *core.HostConfig, odd plan.Odd) {
	switch odd {
	case plan.LongestConnection:
		*connection += strings.Repeat(".", longest-len(*connection))
	case plan.LongerConnection:
		*connection += strings.Repeat(".", longest+1-len(*connection))
	case plan.LargestHost:
		*h = core.HostConfig{Size: widest}
	case plan.LargerHost:
		*h = core.HostConfig{Size: widest + 1}
	case plan.LongerAddress:
		*h = core.HostConfig{Address: plan.RemoteAddress(1) + strings.Repeat(".", widest)}
	default:
	}
}

// oddCollection makes the description of a collection odd, which has a definition of its
// own if it is an ingestion.
func (w *World) oddCollection(d *core.Description, p *plan.Part) {
	nobody := core.GlobalID{Kind: core.IDTransient + 1, N: 1}
	switch p.Odd {
	case plan.OddType:
		if d.Introspection++; d.Introspection == core.IntrospectionTypeCount {
			d.Introspection = core.IntrospectionNone
		}
		return
	case plan.OddIngestion:
		if d.Ingestion == nil {
			d.Ingestion = &core.Ingestion{Connection: plan.SourceConnection(1), Outputs: []core.Output{{ID: slotID(p)}}, Host: core.HostConfig{Size: 1}}
		} else {
			d.Ingestion = nil
		}
		return
	case plan.OddOf:
		d.Of = nobody
		return
	case plan.OfItself:
		d.Of = slotID(p)
		return
	default:
	}
	if d.Ingestion == nil {
		return
	}
	g := *d.Ingestion
	d.Ingestion = &g
	oddPlace(&g.Connection, &g.Host, p.Odd)
	output := func(id core.GlobalID) {
		g.Outputs = append(g.Outputs[:len(g.Outputs):len(g.Outputs)], core.Output{ID: id, Index: 1000})
	}
	imports := func(ids ...core.GlobalID) { g.Imports = append(g.Imports[:len(g.Imports):len(g.Imports)], ids...) }
	switch p.Odd {
	case plan.OutputTwice:
		output(g.Outputs[len(g.Outputs)-1].ID)
	case plan.OutputBad:
		output(nobody)
	case plan.OutputMissing:
		output(userID(p.Slot + 1<<18))
	case plan.OutputOther:
		output(userID(max(p.Slot-1, 1)))
	case plan.OutputNotOwn:
		g.Outputs = g.Outputs[1:]
	case plan.ImportTwice:
		imports(userID(max(p.Slot-1, 1)), userID(max(p.Slot-1, 1)))
	case plan.ImportBad:
		imports(nobody)
	case plan.ImportMissing:
		imports(userID(p.Slot + 1<<18))
	default:
	}
}
