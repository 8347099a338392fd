package storaged_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/conformance/machine"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/internal/draws"
)

// drawn is a host whose outside is drawn: messages, and completions that are
// sometimes plausible and sometimes nonsense.
type drawn struct {
	t       *rapid.T
	m, copy storaged.Host
	now     clock.Now
	open    []storaged.Effect
	seen    map[digest.Sum]string
	session core.Session
	met     *met
}

// met counts what the drawn lives have met, so that a test which meets nothing fails.
type met map[string]int

func renderEffects(out *storaged.Effects) string {
	s := ""
	for i := 0; i < out.Len(); i++ {
		s += fmt.Sprintf("%+v\n", *out.At(i))
	}
	return s
}

func (d *drawn) step(in *storaged.Input) {
	var out storaged.Effects
	machine.Check(d.t, &d.m, &d.copy, d.now, in, &out, renderEffects)
	for i := 0; i < out.Len(); i++ {
		e := out.At(i)
		if e.ID != 0 {
			d.open = append(d.open, *e)
		}
		(*d.met)[callName(e)]++
	}
	bytes, sum := string(d.m.AppendCanonical(nil)), d.m.Digest()
	if before, ok := d.seen[sum]; ok && before != bytes {
		d.t.Fatal("two states of one digest have other bytes")
	}
	d.seen[sum] = bytes
	var v storaged.View
	if d.m.View(&v); v.Phase == storaged.PhaseHalted && v.Halt.Code == core.HaltContradiction {
		d.t.Fatalf("halted by itself: %+v", v.Halt)
	}
}

func callName(e *storaged.Effect) string {
	switch e.Kind {
	case storaged.EffectPersist:
		return "persist " + e.Persist.Op.String()
	case storaged.EffectSource:
		return "source " + e.Source.Op.String()
	case storaged.EffectSink:
		return "sink " + e.Sink.Op.String()
	}
	return e.Kind.String()
}

func drawTime(t *rapid.T) frontier.Timestamp {
	return frontier.Timestamp(rapid.IntRange(0, 12).Draw(t, "time"))
}

func drawFrontier(t *rapid.T) frontier.Frontier {
	switch rapid.IntRange(0, 20).Draw(t, "frontier") {
	case 20:
		return frontier.Empty()
	case 19:
		return frontier.At(frontier.MaxTimestamp)
	}
	return frontier.At(drawTime(t))
}

func drawID(t *rapid.T) core.GlobalID {
	return core.GlobalID{Kind: core.IDUser, N: uint64(rapid.IntRange(1, 4).Draw(t, "id"))}
}

func drawShard(t *rapid.T) persist.ShardID {
	return persist.ShardID{Lo: uint64(rapid.IntRange(1, 5).Draw(t, "shard"))}
}

func drawUpdates(t *rapid.T) []relation.Update {
	var list []relation.Update
	for n := rapid.IntRange(0, 2).Draw(t, "rows"); n > 0; n-- {
		row := relation.Row(relation.AppendUint64(nil, uint64(rapid.IntRange(0, 9).Draw(t, "row"))))
		diff := int64(rapid.SampledFrom([]int{1, 1, -1, 2}).Draw(t, "diff"))
		list = append(list, relation.Update{Data: row, Time: drawTime(t), Diff: diff})
	}
	return list
}

var oneColumn = relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Uint64}}}

func (d *drawn) command() core.Command {
	t := d.t
	kinds := []core.CommandKind{
		core.CommandCreateSource, core.CommandCreateSource, core.CommandCreateSink, core.CommandCreateSink,
		core.CommandInitializationComplete, core.CommandInitializationComplete, core.CommandAllowCompaction,
		core.CommandStop, core.CommandUpdateConfiguration, core.CommandNone,
	}
	c := core.Command{Kind: rapid.SampledFrom(kinds).Draw(t, "command"), ID: drawID(t), Frontier: drawFrontier(t)}
	status := persist.ShardID{Lo: uint64(rapid.SampledFrom([]int{0, 9}).Draw(t, "status"))}
	switch c.Kind {
	case core.CommandCreateSource:
		c.Source = core.SourceCommand{ID: drawID(t), Connection: "c", Remap: drawShard(t), Status: status}
		for n := rapid.IntRange(0, 2).Draw(t, "exports"); n >= 0; n-- {
			id := c.Source.ID
			id.N += uint64(10 * n)
			c.Source.Exports = append(c.Source.Exports, core.SourceExport{ID: id, Output: uint32(n), Data: persist.ShardID{Hi: 1, Lo: id.N}, Schema: oneColumn})
		}
		if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
			c.Source.Exports[0].ID = drawID(t)
		}
	case core.CommandCreateSink:
		c.Sink = core.SinkCommand{
			ID: drawID(t), Connection: "c", Data: drawShard(t), Schema: oneColumn, Status: status,
			AsOf: frontier.At(drawTime(t)), Snapshot: rapid.Bool().Draw(t, "snapshot"),
		}
	case core.CommandUpdateConfiguration:
		c.Settings = settings()
		c.Settings.AdvanceEvery = clock.Duration(rapid.IntRange(0, 2).Draw(t, "every")) * clock.Second
	}
	if c.Kind == core.CommandAllowCompaction && rapid.Bool().Draw(t, "end") {
		c.Frontier = frontier.Empty()
		c.ID.N += uint64(rapid.SampledFrom([]int{0, 0, 10}).Draw(t, "export"))
	}
	return c
}

// complete is the completion of an open effect, or of none.
func (d *drawn) complete() *storaged.Input {
	t := d.t
	if len(d.open) == 0 || rapid.IntRange(0, 30).Draw(t, "stale") == 0 {
		return &storaged.Input{
			Kind:   rapid.SampledFrom([]storaged.InputKind{storaged.InputPersistDone, storaged.InputSourceDone, storaged.InputSinkDone}).Draw(t, "of"),
			Effect: core.EffectID(rapid.IntRange(0, 60).Draw(t, "effect")), Persist: persist.Result{Outcome: outcome.Done},
		}
	}
	i := rapid.IntRange(0, len(d.open)-1).Draw(t, "which")
	e := d.open[i]
	d.open = append(d.open[:i], d.open[i+1:]...)
	ends := []outcome.Outcome{outcome.Done, outcome.Done, outcome.Done, outcome.Done, outcome.Done, outcome.Unknown, outcome.NotDone, outcome.Mismatch}
	if rapid.IntRange(0, 10).Draw(t, "odd") == 0 {
		ends = []outcome.Outcome{outcome.Fenced, outcome.LeaseExpired, outcome.NotYet, outcome.Invalid, outcome.None}
	}
	o := rapid.SampledFrom(ends).Draw(t, "outcome")
	in := storaged.Input{Effect: e.ID}
	switch e.Kind {
	case storaged.EffectPersist:
		in.Kind = storaged.InputPersistDone
		in.Persist = d.persistResult(&e.Persist, o)
	case storaged.EffectSource:
		in.Kind = storaged.InputSourceDone
		in.Source = source.Result{Outcome: o, Upto: e.Source.From, Finished: rapid.IntRange(0, 9).Draw(t, "finished") == 0}
		for n := rapid.IntRange(0, 3).Draw(t, "records"); n > 0; n-- {
			in.Source.Records = append(in.Source.Records, source.Record{
				Output: uint32(n % 2), Offset: in.Source.Upto, Data: relation.Row(relation.AppendUint64(nil, uint64(n))), Diff: 1,
			})
			in.Source.Upto++
		}
	case storaged.EffectSink:
		// Few lives come to write, and of those only a write in doubt asks further.
		if e.Sink.Op == sink.OpWrite && rapid.Bool().Draw(t, "in doubt") {
			o = outcome.Unknown
		}
		in.Kind = storaged.InputSinkDone
		in.Sink = sink.Result{Outcome: o, Progress: e.Sink.To, Count: uint64(rapid.IntRange(0, 3).Draw(t, "count")), Epoch: uint64(rapid.IntRange(0, 3).Draw(t, "epoch"))}
		if o == outcome.Mismatch || e.Sink.Op != sink.OpWrite {
			in.Sink.Progress = drawFrontier(t)
		}
	}
	return &in
}

func (d *drawn) persistResult(c *persist.Call, o outcome.Outcome) persist.Result {
	t := d.t
	res := persist.Result{Outcome: o, Since: c.Since, ReaderSince: c.Since, Upper: c.Upper}
	switch c.Op {
	case persist.OpFetchUpper, persist.OpOpenLeasedReader:
		res.Upper = drawFrontier(t)
		res.ReaderSince = frontier.At(frontier.Timestamp(rapid.SampledFrom([]int{0, 0, 0, 5}).Draw(t, "since")))
	case persist.OpSnapshot, persist.OpListen:
		res.Upper, res.Updates = drawFrontier(t), drawUpdates(t)
	case persist.OpCompareAndAppend:
		if o == outcome.Mismatch {
			res.Upper = drawFrontier(t)
		}
	}
	if o == outcome.Invalid {
		res.Reason = persist.ReasonFinalized
		if c.Reader != (persist.ReaderID{}) && rapid.Bool().Draw(t, "unknown") {
			res.Reason = persist.ReasonUnknownReader
		}
	}
	return res
}

// settle lets a host run an ingestion and an export, and answers every call well a
// few times, so that what is drawn after it meets a host in use.
func (d *drawn) settle() {
	d.session = core.Session{Epoch: 1, Nonce: 1}
	d.step(&storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: d.session, Wall: d.now.Wall}})
	u1, u2, u11 := core.GlobalID{Kind: core.IDUser, N: 1}, core.GlobalID{Kind: core.IDUser, N: 2}, core.GlobalID{Kind: core.IDUser, N: 11}
	for _, c := range []core.Command{
		{Kind: core.CommandCreateSource, Source: core.SourceCommand{
			ID: u1, Connection: "c", Remap: persist.ShardID{Lo: 1}, Status: persist.ShardID{Lo: 9},
			Exports: []core.SourceExport{
				{ID: u1, Data: persist.ShardID{Hi: 1, Lo: 1}, Schema: oneColumn},
				{ID: u11, Output: 1, Data: persist.ShardID{Hi: 1, Lo: 11}, Schema: oneColumn},
			},
		}},
		{Kind: core.CommandCreateSink, Sink: core.SinkCommand{
			ID: u2, Connection: "c", Data: persist.ShardID{Lo: 3}, Schema: oneColumn, AsOf: frontier.At(3), Snapshot: true,
		}},
		{Kind: core.CommandInitializationComplete},
	} {
		d.step(&storaged.Input{Kind: storaged.InputCommand, Session: d.session, Command: c})
	}
	for n := rapid.IntRange(0, 40).Draw(d.t, "served"); n > 0 && len(d.open) > 0; n-- {
		e := d.open[0]
		d.open = d.open[1:]
		d.now.Mono += 1000
		d.step(served(&e))
	}
}

// served is the completion that a healthy outside gives.
func served(e *storaged.Effect) *storaged.Input {
	in := storaged.Input{Effect: e.ID}
	switch e.Kind {
	case storaged.EffectPersist:
		in.Kind = storaged.InputPersistDone
		in.Persist = persist.Result{Outcome: outcome.Done, Upper: e.Persist.Upper, ReaderSince: e.Persist.Since}
		if e.Persist.Op == persist.OpSnapshot || e.Persist.Op == persist.OpListen {
			t := e.Persist.AsOf + 2
			in.Persist.Updates = []relation.Update{{Data: relation.Row(relation.AppendUint64(nil, uint64(t))), Time: t - 1, Diff: 1}}
			in.Persist.Upper = frontier.At(t)
		}
	case storaged.EffectSource:
		from := e.Source.From
		row := relation.Row(relation.AppendUint64(nil, uint64(from)))
		in.Kind = storaged.InputSourceDone
		in.Source = source.Result{Outcome: outcome.Done, Upto: from + 1, Records: []source.Record{{Output: uint32(from % 2), Offset: from, Data: row, Diff: 1}}}
	case storaged.EffectSink:
		in.Kind = storaged.InputSinkDone
		in.Sink = sink.Result{Outcome: outcome.Done, Count: 1, Progress: e.Sink.To}
	}
	return &in
}

// life draws one host's life.
func (d *drawn) life() {
	t := d.t
	d.step(&storaged.Input{Kind: storaged.InputBoot, Boot: storaged.Boot{Entropy: [4]uint64{1, 2, 3, 4}, Settings: settings()}})
	if rapid.IntRange(0, 3).Draw(t, "settled") > 0 {
		d.settle()
	}
	for n := rapid.IntRange(1, 80).Draw(t, "steps"); n > 0; n-- {
		d.now.Mono += clock.Instant(rapid.SampledFrom([]int{0, 1, 1000, 1_000_000, 40_000_000}).Draw(t, "pass"))
		d.now.Wall = clock.Wall(d.now.Mono / 1000)
		switch what := rapid.IntRange(0, 19).Draw(t, "what"); {
		case what == 0 || d.session == core.Session{}:
			s := core.Session{Epoch: uint64(rapid.IntRange(1, 3).Draw(t, "epoch")), Nonce: uint64(rapid.IntRange(1, 9).Draw(t, "nonce"))}
			if d.session.Epoch < s.Epoch || rapid.Bool().Draw(t, "take") {
				d.session = s
			}
			d.step(&storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: s, Wall: d.now.Wall}})
		case what == 1:
			d.step(&storaged.Input{Kind: storaged.InputSessionLost, Session: d.session})
		case what < 7:
			d.step(&storaged.Input{Kind: storaged.InputCommand, Session: d.session, Command: d.command(), Cause: core.Cause(n)})
		case what < 10:
			d.step(&storaged.Input{Kind: storaged.InputWake})
		default:
			d.step(d.complete())
		}
	}
}

// TestMachineLaws: copies, restored states and digests, along drawn lives of a host.
func TestMachineLaws(t *testing.T) {
	counts := met{}
	draws.Until(t, func() []string {
		return draws.Unmet(counts,
			"accept", "refuse", "close", "report", "persist open-leased-reader", "persist compare-and-append",
			"persist fetch-upper", "persist close-reader", "persist downgrade-since", "persist snapshot", "persist listen",
			"source poll", "source confirm", "sink open", "sink write", "sink progress", "sink close")
	}, func(t *rapid.T) {
		d := &drawn{t: t, seen: map[digest.Sum]string{}, met: &counts}
		d.life()
	})
	t.Logf("%v", counts)
}

// FuzzRestore: garbage is refused or yields a machine with the same bytes.
func FuzzRestore(f *testing.F) {
	var h storaged.Host
	var out storaged.Effects
	h.Step(clock.Now{}, &storaged.Input{Kind: storaged.InputBoot, Boot: storaged.Boot{Settings: settings()}}, &out)
	f.Add(h.AppendCanonical(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var d storaged.Host
		if d.Restore(b) != nil {
			return
		}
		if got := d.AppendCanonical(nil); string(got) != string(b) {
			t.Fatal("what was restored has other bytes")
		}
	})
}

// FuzzSteps: whatever comes in, in whatever order, nothing panics.
func FuzzSteps(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		d := &drawn{t: t, seen: map[digest.Sum]string{}, met: &met{}}
		d.life()
	}))
}

// settings are short spans, so that few steps pass many of them.
func settings() core.HostSettings {
	return core.HostSettings{
		ReaderLease: 60 * clock.Second, Heartbeat: 10 * clock.Second,
		BackoffMin: 100 * clock.Millisecond, BackoffMax: 2 * clock.Second,
		PersistDeadline: 5 * clock.Second, ReadDeadline: 20 * clock.Second,
		AdvanceEvery: clock.Second, MaxClockSkew: 5 * clock.Second,
	}
}
