package runtime_test

import (
	"context"
	"errors"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/realdrivers/runtime"
)

// A watch tells where collections are, then where they have moved, then that they are
// gone, and ends with the controller.
func TestWatch(t *testing.T) {
	w := &world{}
	c := w.start(t, w.options())
	must(t, c, createTables(user(1), user(2)))
	watch, err := c.Watch(patience(t), user(1))
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	until(t, watch, func(f runtime.Frontiers) bool { return f.Upper == frontier.Minimum() })
	must(t, c, appendRow(user(2), 1, 5))
	must(t, c, appendRow(user(1), 1, 5))
	until(t, watch, func(f runtime.Frontiers) bool { return f.Upper == frontier.At(6) })
	must(t, c, &core.Request{Op: core.RequestDrop, IDs: []core.GlobalID{user(1)}})
	until(t, watch, func(f runtime.Frontiers) bool { return f.Dropped })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := watch.Next(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	stop(c)
	for err = nil; err == nil; {
		_, err = watch.Next(patience(t))
	}
	if !errors.Is(err, runtime.ErrStopped) {
		t.Errorf("stopped: %v", err)
	}
}

// A watch of everything tells of all collections, however many pages they are.
func TestWatchAll(t *testing.T) {
	w := &world{}
	c := w.start(t, w.options())
	const n = 1300
	ids := make([]core.GlobalID, n)
	for i := range ids {
		ids[i] = user(uint64(i + 1))
	}
	must(t, c, createTables(ids...))
	watch, err := c.Watch(patience(t))
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	seen := map[core.GlobalID]bool{}
	for len(seen) < n {
		moved, err := watch.Next(patience(t))
		if err != nil {
			t.Fatalf("after %d: %v", len(seen), err)
		}
		for _, f := range moved {
			seen[f.ID] = true
		}
	}
	list, err := c.Collections(patience(t), false)
	if err != nil || len(list) != n {
		t.Fatalf("%d collections, %v", len(list), err)
	}
}

func until(t *testing.T, w *runtime.Watch, there func(runtime.Frontiers) bool) {
	t.Helper()
	for {
		moved, err := w.Next(patience(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range moved {
			if f.ID != user(1) {
				t.Fatalf("told of %v", f.ID)
			}
			if there(f) {
				return
			}
		}
	}
}
