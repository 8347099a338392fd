package storaged_test

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
)

// TestStepsAreBounded: a history of thousands of objects is not taken up, reconciled
// or dropped in one step; the host asks to be woken at once, and goes on.
func TestStepsAreBounded(t *testing.T) {
	const many, bound = 3000, 300
	w := newWorld(t)
	p := w.start()
	var history []core.Command
	for n := uint64(1); n <= many; n++ {
		c := export(n, 0, false)
		c.Sink.Status = persist.ShardID{}
		history = append(history, c)
	}
	grow := func(what string, want int, act func()) {
		t.Helper()
		for steps := 0; ; steps++ {
			before := len(p.open)
			if act(); len(p.open)-before > bound {
				t.Fatalf("%s: one step made %d calls", what, len(p.open)-before)
			}
			var v storaged.View
			if p.h.View(&v); v.WaitingCommands == 0 && v.Objects == want {
				return
			}
			if steps > 2*many/200 || p.h.NextWake() > w.now-p.born {
				t.Fatalf("%s: after %d steps %d objects, %d commands wait, the next wake is at %d", what, steps, v.Objects, v.WaitingCommands, p.h.NextWake())
			}
			act = func() { w.step(p, &storaged.Input{Kind: storaged.InputWake}) }
		}
	}
	grow("history", many, func() { w.connect(p, history...) })
	for len(p.open) > 0 {
		w.end(p, 0, fateRefused)
	}
	w.connect(p)
	for range 2 * many / 200 {
		w.step(p, &storaged.Input{Kind: storaged.InputWake})
	}
	w.calm(10 * clock.Second)
	var v storaged.View
	if p.h.View(&v); v.Objects != 0 {
		t.Errorf("%d objects are left", v.Objects)
	}
}

// TestStatusRows: an object's life as the status shard tells it: every row fits the
// schema, is there once, and tells of a change.
func TestStatusRows(t *testing.T) {
	w := newWorld(t)
	w.source.head = 4
	p := w.start()
	w.connect(p, ingest())
	w.calm(2 * clock.Second)
	w.send(p, drop(user(1)))
	w.calm(2 * clock.Second)
	var said []string
	for _, u := range w.store.AppendUpdates(nil, statusShard) {
		if !storaged.StatusSchema().Fits(u.Data) || u.Diff != 1 {
			t.Errorf("%v ×%d is no status row", u.Data, u.Diff)
		}
		values, _ := relation.Row.Unpack(u.Data, nil)
		said = append(said, values[1].Text+" "+values[2].Text)
	}
	want := []string{"u1 starting", "u1 running", "u1 stopped"}
	if len(said) != len(want) {
		t.Fatalf("said %q, want %q", said, want)
	}
	for i := range want {
		if said[i] != want[i] {
			t.Errorf("said %q, want %q", said[i], want[i])
		}
	}
	if len(p.dropped) != 1 {
		t.Errorf("dropped %v", p.dropped)
	}
}
