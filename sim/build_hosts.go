package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/sim/plan"
)

// hostLists are the arenas that lists about ingestions and exports are carved from.
type hostLists struct {
	ingestions flat.Arena[core.Ingestion]
	outputs    flat.Arena[core.Output]
	moves      flat.Arena[core.Move]
	exports    flat.Arena[core.ExportSpec]
	// names are connections and addresses that were needed before, by number.
	sources, sinks, remotes []string
}

// named is the n-th of a kind of names, made once.
func named(list *[]string, n int, name func(int) string) string {
	if n < 0 || n >= 1<<10 {
		return name(n)
	}
	for len(*list) <= n {
		*list = append(*list, "")
	}
	if (*list)[n] == "" {
		(*list)[n] = name(n)
	}
	return (*list)[n]
}

// buildHosted makes the requests that are about ingestions and exports only.
func (w *World) buildHosted(q *core.Request, op *plan.Operation, part *plan.Part) {
	switch op.Kind {
	case plan.OpAlter:
		q.Op, q.Moves = core.RequestAlter, w.moves(op.Parts)
	case plan.OpPrepare:
		q.Op, q.From = core.RequestPrepareExport, userID(part.From)
	case plan.OpRenewToken:
		q.Op, q.Token, q.From = core.RequestRenewToken, w.tokenOf(part), userID(part.From)
	case plan.OpCancelToken:
		q.Op, q.Token = core.RequestCancelToken, w.tokenOf(part)
	case plan.OpExports:
		q.Op, q.Exports = core.RequestCreateExports, w.exports(op.Parts)
	case plan.OpAlterExports:
		q.Op, q.Exports = core.RequestAlterExports, w.exports(op.Parts)
	case plan.OpDropExports:
		q.Op, q.IDs = core.RequestDropExports, w.ids(op.Parts)
	case plan.OpExport:
		q.Op = core.RequestExport
	default:
	}
}

func (w *World) hostConfig(p *plan.Part) core.HostConfig {
	h := core.HostConfig{Size: uint32(max(p.Size, 0))}
	if p.Remote > 0 {
		h.Address = named(&w.lists.remotes, p.Remote, plan.RemoteAddress)
	}
	return h
}

// ingestion is what an ingestion's part means: its outputs are its own and those of
// the subsources in the same list that are of it.
func (w *World) ingestion(parts []plan.Part, p *plan.Part) *core.Ingestion {
	v := &w.lists.ingestions.Carve(1)[0]
	if p.Source > 0 {
		v.Connection = named(&w.lists.sources, p.Source, plan.SourceConnection)
	}
	v.Host = w.hostConfig(p)
	n := 1
	for i := range parts {
		if fills(&parts[i], p) {
			n++
		}
	}
	v.Outputs = w.lists.outputs.Carve(n)
	v.Outputs[0] = core.Output{ID: slotID(p), Index: uint32(max(p.Output, 0))}
	n = 1
	for i := range parts {
		if fills(&parts[i], p) {
			v.Outputs[n] = core.Output{ID: slotID(&parts[i]), Index: uint32(max(parts[i].Output, 0))}
			n++
		}
	}
	v.Imports = w.lists.ids.Carve(len(p.Imports))
	for i, slot := range p.Imports {
		v.Imports[i] = userID(slot)
	}
	return v
}

// fills reports whether a part is a subsource of an ingestion's part.
func fills(p, of *plan.Part) bool {
	return p.Kind == plan.KindSubsource && p.Of == of.Slot && p.Slot != of.Slot
}

func (w *World) moves(parts []plan.Part) []core.Move {
	list := w.lists.moves.Carve(len(parts))
	for i := range parts {
		list[i] = core.Move{ID: slotID(&parts[i]), Host: w.hostConfig(&parts[i])}
	}
	return list
}

// neverGranted is a token that no controller gives.
const neverGranted core.Token = 0xdead_beef_0bad_cafe

// tokenOf is the token that a client shows.
func (w *World) tokenOf(p *plan.Part) core.Token {
	id := slotID(p)
	if p.TokenOf > 0 {
		id = userID(p.TokenOf)
	}
	t := w.about(id).token
	if t == 0 || p.BadToken {
		return neverGranted
	}
	return t
}

func (w *World) exports(parts []plan.Part) []core.ExportSpec {
	list := w.lists.exports.Carve(len(parts))
	for i := range parts {
		p := &parts[i]
		d := core.ExportDescription{From: userID(p.From), Snapshot: p.Snapshot, Host: w.hostConfig(p)}
		if p.Sink > 0 {
			d.Connection = named(&w.lists.sinks, p.Sink, plan.SinkConnection)
		}
		d.AsOf = frontier.At(w.resolve(p.Time, d.From, 0))
		if p.Close {
			d.AsOf = frontier.Empty()
		}
		if p.BadFrontier {
			d.AsOf = notCanonical(w.wallOnGrid())
		}
		if p.Status != 0 {
			d.Status = userID(p.Status)
		}
		if p.Odd != plan.OddNone {
			oddPlace(&d.Connection, &d.Host, p.Odd)
		}
		list[i] = core.ExportSpec{ID: slotID(p), Token: w.tokenOf(p), Description: d}
	}
	return list
}
