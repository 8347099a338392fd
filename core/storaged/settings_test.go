package storaged_test

import (
	"math"
	"reflect"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/storaged"
)

// TestSettingsBounds: each setting is accepted exactly from its least to its greatest
// value, at boot and in a session. At boot a bad one halts the host; in a session the
// command means nothing.
func TestSettingsBounds(t *testing.T) {
	const longest = int64(366 * 24 * clock.Hour)
	good := settings()
	least := map[string]int64{"MaxClockSkew": 0, "BackoffMax": int64(good.BackoffMin), "ReaderLease": int64(good.Heartbeat) + 1}
	most := map[string]int64{"BackoffMin": int64(good.BackoffMax), "Heartbeat": int64(good.ReaderLease) - 1}
	fields := reflect.TypeFor[core.HostSettings]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		from, to := int64(1), longest
		if v, ok := least[name]; ok {
			from = v
		}
		if v, ok := most[name]; ok {
			to = v
		}
		for v, want := range map[int64]bool{
			math.MinInt64: false, from - 1: false, from: true, from + 1: true,
			to - 1: true, to: true, to + 1: false, math.MaxInt64: false,
		} {
			s := good
			reflect.ValueOf(&s).Elem().Field(i).SetInt(v)
			if got := hostTakes(t, s); got != want {
				t.Errorf("%s = %d: accepted %v", name, v, got)
			}
		}
	}
}

// hostTakes reports whether a host takes settings.
func hostTakes(t *testing.T, s core.HostSettings) bool {
	t.Helper()
	var out storaged.Effects
	var v storaged.View
	step := func(h *storaged.Host, in storaged.Input) {
		h.Step(clock.Now{}, &in, &out)
		h.View(&v)
	}
	var fresh, running storaged.Host
	step(&fresh, storaged.Input{Kind: storaged.InputBoot, Boot: storaged.Boot{Settings: s}})
	takes := v.Phase == storaged.PhaseRunning
	if !takes && (v.Phase != storaged.PhaseHalted || v.Halt.Code != core.HaltContract) {
		t.Fatalf("%+v: %v, %+v", s, v.Phase, v.Halt)
	}
	session := core.Session{Epoch: 1, Nonce: 1}
	step(&running, storaged.Input{Kind: storaged.InputBoot, Boot: storaged.Boot{Settings: settings()}})
	step(&running, storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: session}})
	before := v.Ignored
	step(&running, storaged.Input{Kind: storaged.InputCommand, Session: session, Command: core.Command{Kind: core.CommandUpdateConfiguration, Settings: s}})
	if ignored := v.Ignored - before; v.Phase != storaged.PhaseRunning || ignored > 1 || (ignored == 0) != takes {
		t.Fatalf("%+v: %v, %d ignored in a session, taken at boot %v", s, v.Phase, ignored, takes)
	}
	return takes
}

// TestOddInputs: what means nothing is counted, and changes nothing.
func TestOddInputs(t *testing.T) {
	var h storaged.Host
	var out storaged.Effects
	step := func(in storaged.Input) { h.Step(clock.Now{}, &in, &out) }
	step(storaged.Input{Kind: storaged.InputBoot, Boot: storaged.Boot{Settings: settings()}})
	session := core.Session{Epoch: 2, Nonce: 3}
	step(storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: session}})
	command := func(c core.Command) storaged.Input {
		return storaged.Input{Kind: storaged.InputCommand, Session: session, Command: c}
	}
	odd := []storaged.Input{
		{},
		{Kind: storaged.InputKindCount},
		{Kind: storaged.InputKindCount + 1},
		{Kind: storaged.InputBoot, Boot: storaged.Boot{Settings: settings()}},
		{Kind: storaged.InputHello, Hello: core.Hello{Session: session}},
		{Kind: storaged.InputSessionLost, Session: core.Session{Epoch: 2, Nonce: 2}},
		{Kind: storaged.InputPersistDone, Effect: 9},
		{Kind: storaged.InputSourceDone, Effect: 9},
		{Kind: storaged.InputSinkDone, Effect: 9},
		{Kind: storaged.InputCommand, Session: core.Session{Epoch: 2, Nonce: 4}, Command: core.Command{Kind: core.CommandInitializationComplete}},
		command(core.Command{}),
		command(core.Command{Kind: core.CommandKindCount}),
		command(core.Command{Kind: core.CommandKindCount + 1}),
		command(core.Command{Kind: core.CommandStop}),
		command(core.Command{Kind: core.CommandAllowCompaction}),
	}
	// Definitions, each with one thing wrong.
	for _, spoil := range []func(*core.SourceCommand){
		func(s *core.SourceCommand) { s.ID = core.GlobalID{} },
		func(s *core.SourceCommand) { s.ID = user(9) },
		func(s *core.SourceCommand) { s.Remap.Hi, s.Remap.Lo = 0, 0 },
		func(s *core.SourceCommand) { s.Exports = nil },
		func(s *core.SourceCommand) { s.Exports[1].ID = core.GlobalID{} },
		func(s *core.SourceCommand) { s.Exports[2].Data.Hi, s.Exports[2].Data.Lo = 0, 0 },
		func(s *core.SourceCommand) { s.Exports[1].Schema.Columns = nil },
		func(s *core.SourceCommand) { s.Exports[2].ID = s.Exports[1].ID },
		func(s *core.SourceCommand) { s.Exports[2].Output = s.Exports[0].Output },
	} {
		c := ingest()
		spoil(&c.Source)
		odd = append(odd, command(c))
	}
	for _, spoil := range []func(*core.SinkCommand){
		func(s *core.SinkCommand) { s.ID = core.GlobalID{} },
		func(s *core.SinkCommand) { s.Data.Hi, s.Data.Lo = 0, 0 },
		func(s *core.SinkCommand) { s.Schema.Columns = nil },
		func(s *core.SinkCommand) { s.AsOf.T, s.AsOf.Empty = 1, true },
	} {
		c := export(7, 5, true)
		spoil(&c.Sink)
		odd = append(odd, command(c))
	}
	for i, in := range odd {
		var before, after storaged.View
		h.View(&before)
		kept, effects := h.Kept(), out.Len()
		step(in)
		h.View(&after)
		if after.Ignored != before.Ignored+1 {
			t.Errorf("odd input %d: %d ignored, before it %d", i, after.Ignored, before.Ignored)
		}
		if after.Ignored = before.Ignored; after != before || h.Kept() != kept || out.Len() != effects {
			t.Errorf("odd input %d changes something: %+v, then %+v", i, before, after)
		}
	}
	step(command(core.Command{Kind: core.CommandInitializationComplete}))
	step(command(core.Command{Kind: core.CommandInitializationComplete}))
	var v storaged.View
	if h.View(&v); v.Ignored != uint64(len(odd))+1 {
		t.Errorf("the second end of the history: %d ignored, want %d", v.Ignored, len(odd)+1)
	}
}
