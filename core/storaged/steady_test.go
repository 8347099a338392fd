package storaged_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// steady is a host that runs an ingestion and an export, and whose calls are all
// answered well, one per turn.
type steady struct {
	w   *world
	p   *process
	out storaged.Effects
	in  storaged.Input
}

func newSteady(tb TB) *steady {
	s := &steady{w: newWorld(tb)}
	s.w.source.head = 1
	s.p = s.w.start()
	source, export := ingest(), export(7, 0, true)
	source.Source.Status, export.Sink.Status = statusShard, statusShard
	s.w.connect(s.p, source, export)
	s.w.calm(5 * clock.Second)
	return s
}

// turn passes a little time and answers the oldest call.
func (s *steady) turn() {
	w, p := s.w, s.p
	w.now += 20_000
	s.in = storaged.Input{Kind: storaged.InputWake}
	if len(p.open) > 0 {
		e := p.open[0]
		p.open = append(p.open[:0], p.open[1:]...)
		s.in.Effect = e.ID
		switch e.Kind {
		case storaged.EffectPersist:
			s.in.Kind = storaged.InputPersistDone
			w.store.Apply(w.wall(), &e.Persist, &s.in.Persist)
		case storaged.EffectSource:
			s.in.Kind = storaged.InputSourceDone
			w.source.apply(&e.Source, &s.in.Source)
		case storaged.EffectSink:
			s.in.Kind = storaged.InputSinkDone
			w.target(e.Sink.Export).apply(&e.Sink, &s.in.Sink)
		}
	}
	s.out.Reset()
	p.h.Step(clock.Now{Mono: w.now - p.born, Wall: w.wall()}, &s.in, &s.out)
	for i := 0; i < s.out.Len(); i++ {
		if e := s.out.At(i); e.ID != 0 {
			p.open = append(p.open, *e)
		}
	}
}

// TestSteadyStateAllocatesNothing: an idle source, whose times, collections and export
// advance, costs no memory per step; what lists take is carved from large chunks.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	s := newSteady(t)
	for range 2000 {
		s.turn()
	}
	if n := testing.AllocsPerRun(2000, s.turn); n > 0 {
		t.Errorf("%v allocations per step", n)
	}
}

// BenchmarkSteady is a step of a host in use, the stores' fakes included.
func BenchmarkSteady(b *testing.B) {
	s := newSteady(b)
	b.ReportAllocs()
	for b.Loop() {
		s.turn()
	}
}

// TestEnumNames: every value that can be printed has a name of its own.
func TestEnumNames(t *testing.T) {
	for name, e := range map[string]struct {
		count int
		text  func(int) string
	}{
		"InputKind":  {int(storaged.InputKindCount), func(i int) string { return storaged.InputKind(i).String() }},
		"EffectKind": {int(storaged.EffectKindCount), func(i int) string { return storaged.EffectKind(i).String() }},
		"Phase":      {int(storaged.PhaseHalted) + 1, func(i int) string { return storaged.Phase(i).String() }},
		"Condition":  {int(storaged.Ending) + 1, func(i int) string { return storaged.Condition(i).String() }},
		"source.Op":  {int(source.OpRelease) + 1, func(i int) string { return source.Op(i).String() }},
		"sink.Op":    {int(sink.OpClose) + 1, func(i int) string { return sink.Op(i).String() }},
	} {
		seen := map[string]bool{}
		for i := range e.count {
			if text := e.text(i); seen[text] || text == e.text(255) {
				t.Errorf("%s %d prints %q", name, i, text)
			} else {
				seen[text] = true
			}
		}
		if e.text(e.count) != e.text(255) {
			t.Errorf("%s has more than %d values", name, e.count)
		}
	}
}

// TestHaltIsForGood: settings that cannot be used halt the machine with the numbers;
// it then emits nothing, and remembers nothing but why.
func TestHaltIsForGood(t *testing.T) {
	var h storaged.Host
	var out storaged.Effects
	odd := settings()
	odd.BackoffMax = odd.BackoffMin - 1
	h.Step(clock.Now{}, &storaged.Input{Kind: storaged.InputBoot, Boot: storaged.Boot{Settings: odd}}, &out)
	h.Step(clock.Now{}, &storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: core.Session{Epoch: 1, Nonce: 1}}}, &out)
	var v storaged.View
	if h.View(&v); v.Phase != storaged.PhaseHalted || v.Halt.Code != core.HaltContract || v.Halt.A != uint64(odd.BackoffMin) {
		t.Errorf("%+v", v)
	}
	if out.Len() != 0 || h.NextWake() != clock.Never {
		t.Errorf("a halted host emits %d effects and wakes at %d", out.Len(), h.NextWake())
	}
}
