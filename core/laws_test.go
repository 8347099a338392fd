package core_test

import (
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/codec"
	"example.com/tidemark/conformance/machine"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

// drawn is a controller whose outside is drawn: requests, and completions that are
// sometimes plausible and sometimes nonsense.
type drawn struct {
	t       *rapid.T
	m, copy core.Controller
	now     clock.Now
	open    []core.Effect
	seen    map[digest.Sum]string
	// sessions are those that were opened, tokens those that were given out.
	sessions []core.HostCall
	tokens   map[core.GlobalID]core.Token
	asked    map[core.RequestID]core.GlobalID
}

func renderEffects(out *core.Effects) string {
	s := ""
	for i := 0; i < out.Len(); i++ {
		s += string(codec.AppendEffect(nil, out.At(i))) + "\n"
	}
	return s
}

func (d *drawn) step(in *core.Input) {
	if d.tokens == nil {
		d.tokens, d.asked = map[core.GlobalID]core.Token{}, map[core.RequestID]core.GlobalID{}
	}
	if in.Kind == core.InputRequest {
		d.asked[in.Request.ID] = in.Request.GlobalID
	}
	var out core.Effects
	machine.Check(d.t, &d.m, &d.copy, d.now, in, &out, renderEffects)
	for i := 0; i < out.Len(); i++ {
		switch e := out.At(i); {
		case e.Kind == core.EffectRespond && e.Response.Token != 0:
			d.tokens[d.asked[e.Response.Request]] = e.Response.Token
		case e.Kind == core.EffectHost && e.Host.Op != core.HostConnect, e.Kind == core.EffectRespond:
		default:
			d.open = append(d.open, *e)
		}
	}
	bytes, sum := string(d.m.AppendCanonical(nil)), d.m.Digest()
	if before, ok := d.seen[sum]; ok && before != bytes {
		d.t.Fatal("two states of one digest have other bytes")
	}
	d.seen[sum] = bytes
}

func drawID(t *rapid.T) core.GlobalID {
	return userID(rapid.Uint64Range(1, 5).Draw(t, "id"))
}

func drawTime(t *rapid.T) frontier.Timestamp {
	return frontier.Timestamp(rapid.IntRange(0, 12).Draw(t, "time"))
}

func drawFrontier(t *rapid.T) frontier.Frontier {
	if rapid.IntRange(0, 20).Draw(t, "closed") == 20 {
		return frontier.Empty()
	}
	return frontier.At(drawTime(t))
}

func drawUpdates(t *rapid.T) []relation.Update {
	var list []relation.Update
	for n := rapid.IntRange(0, 2).Draw(t, "rows"); n > 0; n-- {
		row := relation.Row(relation.AppendInt64(nil, int64(n)))
		list = append(list, relation.Update{Data: row, Time: drawTime(t), Diff: 1})
	}
	return list
}

// mappingSchema is that of the shard mapping.
var mappingSchema = relation.Schema{Columns: []relation.Column{{Name: "id", Type: relation.Text}, {Name: "shard", Type: relation.Text}}}

func (d *drawn) request() core.Request {
	t := d.t
	r := core.Request{
		ID: core.RequestID(rapid.IntRange(1, 30).Draw(t, "request")),
		Op: core.RequestOp(rapid.IntRange(0, int(core.RequestOpCount)).Draw(t, "op")),
	}
	if rapid.IntRange(0, 3).Draw(t, "moves") == 0 {
		r.Op = rapid.SampledFrom([]core.RequestOp{core.RequestDrop, core.RequestDropExports, core.RequestAlter, core.RequestAlterExports}).Draw(t, "move")
	}
	schema := relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Int64}}}
	for n := rapid.IntRange(1, 3).Draw(t, "entries"); n > 0; n-- {
		id := drawID(t)
		switch r.Op {
		case core.RequestCreate:
			r.Collections = append(r.Collections, d.specs(id, schema)...)
		case core.RequestDrop:
			r.IDs = append(r.IDs, id)
		case core.RequestDropExports:
			r.IDs = append(r.IDs, exportID(t))
			r.Unvalidated = rapid.Bool().Draw(t, "unvalidated")
		case core.RequestAlter:
			moved := rapid.SampledFrom([]core.GlobalID{id, exportID(t)}).Draw(t, "moved")
			r.Moves = append(r.Moves, core.Move{ID: moved, Host: drawHost(t)})
		case core.RequestCreateExports, core.RequestAlterExports:
			export := exportID(t)
			r.Exports = append(r.Exports, core.ExportSpec{ID: export, Token: d.tokens[export], Description: core.ExportDescription{
				From: id, Connection: "file:///out", AsOf: drawFrontier(t), Snapshot: rapid.Bool().Draw(t, "snapshot"), Host: drawHost(t)}})
		case core.RequestAppend:
			r.Appends = append(r.Appends, core.Append{ID: id, Updates: drawUpdates(t), Upper: drawFrontier(t)})
		case core.RequestSetPolicy:
			lag := core.Lag(frontier.Timestamp(rapid.IntRange(0, 4).Draw(t, "lag")))
			r.Policies = append(r.Policies, core.PolicyChange{ID: id, Policy: core.Multiple(lag, core.ValidFrom(drawFrontier(t)))})
		case core.RequestUpdateUppers:
			r.Uppers = append(r.Uppers, core.UpperReport{ID: id, Upper: drawFrontier(t)})
		case core.RequestUpdateCapabilities:
			r.Capabilities = append(r.Capabilities, core.CapabilityChange{ID: id, Time: drawTime(t), Diff: int64(rapid.IntRange(-2, 3).Draw(t, "diff"))})
		}
	}
	r.GlobalID, r.From = drawID(t), drawID(t)
	switch r.Op {
	case core.RequestPrepareExport, core.RequestRenewToken, core.RequestCancelToken, core.RequestExport:
		r.GlobalID = exportID(t)
		r.Token = d.tokens[r.GlobalID]
	}
	r.Owner = core.OwnerID(rapid.IntRange(0, 2).Draw(t, "owner"))
	r.Hold = core.HoldID(rapid.IntRange(0, 3).Draw(t, "hold"))
	r.At, r.AsOf = drawTime(t), drawTime(t)
	r.Earliest = rapid.Bool().Draw(t, "earliest")
	return r
}

// exportID names one of two exports.
func exportID(t *rapid.T) core.GlobalID {
	return userID(rapid.Uint64Range(8, 9).Draw(t, "export"))
}

func drawHost(t *rapid.T) core.HostConfig {
	return rapid.SampledFrom([]core.HostConfig{{Size: 1}, {Size: 2}, {Address: "far:1"}, {}}).Draw(t, "host")
}

// specs are a collection's entries in a create: an ingestion comes with a subsource.
func (d *drawn) specs(id core.GlobalID, schema relation.Schema) []core.CollectionSpec {
	t := d.t
	if rapid.IntRange(0, 2).Draw(t, "ingestion") > 0 {
		desc := core.Description{Kind: core.CollectionKind(rapid.IntRange(0, 4).Draw(t, "kind")), Schema: schema}
		if desc.Kind == core.KindIntrospection {
			desc.Introspection = core.IntrospectionType(rapid.IntRange(0, 5).Draw(t, "introspection"))
			desc.Schema = mappingSchema
		}
		return []core.CollectionSpec{{ID: id, Description: desc}}
	}
	return ingestionSpecs(id, userID(id.N+4), schema, drawHost(t))
}

func ingestionSpecs(id, sub core.GlobalID, schema relation.Schema, host core.HostConfig) []core.CollectionSpec {
	g := &core.Ingestion{Connection: "sim://1", Outputs: []core.Output{{ID: id}, {ID: sub, Index: 1}}, Host: host}
	return []core.CollectionSpec{
		{ID: id, Description: core.Description{Kind: core.KindIngestion, Schema: schema, Ingestion: g}},
		{ID: sub, Description: core.Description{Kind: core.KindSubsource, Schema: schema, Of: id}},
	}
}

// hostInput is something that a host, or the way to it, says.
func (d *drawn) hostInput() *core.Input {
	t := d.t
	if len(d.sessions) == 0 {
		return &core.Input{Kind: core.InputReport, Session: core.Session{Epoch: 7, Nonce: 1}}
	}
	s := rapid.SampledFrom(d.sessions).Draw(t, "session")
	in := &core.Input{Kind: core.InputReport, Host: s.Host, Session: s.Session}
	if rapid.IntRange(0, 5).Draw(t, "lost") == 5 {
		in.Kind = core.InputSessionLost
		return in
	}
	for n := rapid.IntRange(0, 3).Draw(t, "uppers"); n > 0; n-- {
		id := userID(rapid.Uint64Range(4, 9).Draw(t, "reported"))
		in.Report.Uppers = append(in.Report.Uppers, core.UpperReport{ID: id, Upper: drawFrontier(t)})
	}
	if rapid.Bool().Draw(t, "gone") {
		in.Report.Dropped = []core.GlobalID{userID(rapid.Uint64Range(4, 9).Draw(t, "gone id"))}
	}
	return in
}

// complete completes one of the open effects, or one that does not exist.
func (d *drawn) complete() *core.Input {
	t := d.t
	if len(d.open) == 0 {
		return &core.Input{Kind: core.InputPersistDone, Effect: 999_999}
	}
	i := rapid.IntRange(0, len(d.open)-1).Draw(t, "effect")
	e := d.open[i]
	d.open = append(d.open[:i], d.open[i+1:]...)
	ends := []outcome.Outcome{outcome.Done, outcome.Done, outcome.Done, outcome.Done, outcome.Unknown, outcome.NotDone}
	if rapid.IntRange(0, 40).Draw(t, "odd") == 40 {
		ends = []outcome.Outcome{outcome.Mismatch, outcome.Fenced, outcome.LeaseExpired, outcome.NotYet, outcome.Invalid, outcome.None}
	}
	o := rapid.SampledFrom(ends).Draw(t, "outcome")
	if e.Kind == core.EffectHost && o == outcome.Done {
		d.sessions = append(d.sessions, e.Host)
	}
	return answered(&e, o, drawFrontier(t), drawUpdates(t))
}

// answered is the completion of an effect with an outcome; upper and updates are
// what a fetch or a snapshot finds.
func answered(e *core.Effect, o outcome.Outcome, upper frontier.Frontier, updates []relation.Update) *core.Input {
	if e.Kind == core.EffectStash {
		res := stash.Result{Outcome: o, Epoch: 7, ServerTime: 1000}
		for _, w := range e.Stash.Writes {
			if w.Kind == stash.WriteInsert {
				res.Entries = append(res.Entries, stash.Entry{Collection: w.Collection, Key: w.Key, Value: w.Value})
			}
		}
		return &core.Input{Kind: core.InputStashDone, Effect: e.ID, Stash: res}
	}
	switch e.Kind {
	case core.EffectHost:
		return &core.Input{Kind: core.InputHostDone, Effect: e.ID, HostResult: core.HostResult{Outcome: o, Epoch: 8}}
	case core.EffectOrchestrator:
		res := core.OrchestratorResult{Outcome: o, Epoch: 8}
		if e.Orchestrator.Op == core.OrchestratorList {
			res.Services = []core.Service{{Host: core.HostID{Object: core.GlobalID{Kind: core.IDUser, N: 3}, Size: 9}, Epoch: 3}}
		}
		return &core.Input{Kind: core.InputOrchestratorDone, Effect: e.ID, Orchestrator: res}
	}
	p := &e.Persist
	res := persist.Result{Outcome: o, Since: p.Since, ReaderSince: p.Since, Upper: p.Upper, Opaque: p.Opaque}
	if p.Op == persist.OpFetchUpper || p.Op == persist.OpSnapshot {
		res.Upper, res.Updates = upper, updates
	}
	return &core.Input{Kind: core.InputPersistDone, Effect: e.ID, Persist: res}
}

// settle creates a few collections and completes every call until all is quiet, so
// that what is drawn after it meets a controller in use.
func (d *drawn) settle() {
	schema := relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Int64}}}
	r := core.Request{ID: 99, Op: core.RequestCreate}
	mapped := rapid.Bool().Draw(d.t, "mapped")
	for n := uint64(1); n <= 3; n++ {
		kind := core.KindTable
		if n == 3 {
			kind = core.KindReported
		}
		id := core.GlobalID{Kind: core.IDUser, N: n}
		if n == 2 && mapped {
			r.Collections = append(r.Collections, core.CollectionSpec{ID: id, Description: core.Description{
				Kind: core.KindIntrospection, Introspection: core.IntrospectionShardMapping, Schema: mappingSchema}})
			continue
		}
		r.Collections = append(r.Collections, core.CollectionSpec{ID: id, Description: core.Description{Kind: kind, Schema: schema}})
	}
	hosted := rapid.Bool().Draw(d.t, "hosted")
	if hosted {
		specs := ingestionSpecs(userID(4), userID(5), schema, core.HostConfig{Size: 1})
		specs[0].Description.Ingestion.Imports = []core.GlobalID{userID(1)}
		r.Collections = append(r.Collections, specs...)
	}
	d.step(&core.Input{Kind: core.InputRequest, Request: r})
	d.drain()
	if !hosted {
		return
	}
	host := core.HostConfig{Address: "far:1"}
	d.step(&core.Input{Kind: core.InputRequest, Request: core.Request{ID: 99, Op: core.RequestPrepareExport, GlobalID: userID(8), From: userID(4)}})
	d.step(&core.Input{Kind: core.InputRequest, Request: core.Request{ID: 99, Op: core.RequestCreateExports, Exports: []core.ExportSpec{
		{ID: userID(8), Token: d.tokens[userID(8)], Description: core.ExportDescription{From: userID(4), Connection: "file:///out", Host: host, Snapshot: true}}}}})
	d.drain()
}

func userID(n uint64) core.GlobalID { return core.GlobalID{Kind: core.IDUser, N: n} }

// drain completes every call until all is quiet.
func (d *drawn) drain() {
	for len(d.open) > 0 {
		e := d.open[0]
		d.open = d.open[1:]
		if e.Kind == core.EffectHost {
			d.sessions = append(d.sessions, e.Host)
		}
		d.step(answered(&e, outcome.Done, frontier.At(3), nil))
	}
}

// TestMachineLaws: copies, restored states and digests, along drawn lives of a
// controller.
func TestMachineLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &drawn{t: t, seen: map[digest.Sum]string{}}
		cfg := core.DefaultConfig()
		cfg.HoldLease, cfg.ClockMargin = 10*clock.Second, 0
		if rapid.Bool().Draw(t, "tight") {
			cfg.Limits = core.Limits{OpenRequests: 3, QueuedAppends: 2, QueuedBytes: 40, HoldsPerOwner: 2, IDsPerRequest: 2}
		}
		d.step(&core.Input{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{1, 2, 3, 4}, Config: cfg}})
		if rapid.Bool().Draw(t, "settled") {
			d.settle()
		}
		for n := rapid.IntRange(1, 60).Draw(t, "steps"); n > 0; n-- {
			d.now.Mono += clock.Instant(rapid.SampledFrom([]int{0, 1, 1000, 1_000_000, 40_000_000}).Draw(t, "pass"))
			d.now.Wall = clock.Wall(d.now.Mono / 1000)
			switch rapid.IntRange(0, 11).Draw(t, "what") {
			case 10, 11:
				d.step(d.hostInput())
			case 0, 1, 2:
				d.step(&core.Input{Kind: core.InputRequest, Request: d.request(), Cause: core.Cause(n)})
			case 3:
				d.step(&core.Input{Kind: core.InputWake})
			case 4:
				d.step(&core.Input{Kind: core.InputCancel, Cancel: core.RequestID(rapid.IntRange(1, 30).Draw(t, "cancel"))})
			default:
				d.step(d.complete())
			}
		}
	})
}

// FuzzRestore: garbage is refused or yields a machine that can be used.
func FuzzRestore(f *testing.F) {
	var c core.Controller
	var out core.Effects
	c.Step(clock.Now{}, &core.Input{Kind: core.InputBoot, Boot: core.Boot{Config: core.DefaultConfig()}}, &out)
	f.Add(c.AppendCanonical(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var d core.Controller
		if d.Restore(b) != nil {
			return
		}
		if got := d.AppendCanonical(nil); string(got) != string(b) {
			t.Fatal("what was restored has other bytes")
		}
	})
}
