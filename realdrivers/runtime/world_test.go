package runtime_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/sim/persistfake"
	"example.com/tidemark/sim/stashfake"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is what several loops share: stores in memory. before, if set, is called
// outside of the lock for each call, and may hold it up or fail it.
type world struct {
	mu     sync.Mutex
	shards persistfake.Store
	meta   stashfake.Store

	beforePersist func(ctx context.Context, call *persist.Call) outcome.Outcome
	beforeStash   func(ctx context.Context, call *stash.Call) outcome.Outcome
}

type persistDriver struct{ w *world }

func (d persistDriver) Do(ctx context.Context, call *persist.Call, result *persist.Result) {
	if d.w.beforePersist != nil {
		if o := d.w.beforePersist(ctx, call); o != outcome.None {
			result.Outcome = o
			return
		}
	}
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.shards.Apply(clock.Wall(time.Now().UnixMilli()), call, result)
}

type stashDriver struct{ w *world }

func (d stashDriver) Do(ctx context.Context, call *stash.Call, result *stash.Result) {
	if d.w.beforeStash != nil {
		if o := d.w.beforeStash(ctx, call); o != outcome.None {
			result.Outcome = o
			return
		}
	}
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.meta.Apply(clock.Wall(time.Now().UnixMilli()), call, result)
}

// options are those of a controller in the world, without hosts.
func (w *world) options() runtime.ControllerOptions {
	cfg := core.DefaultConfig()
	cfg.ServicesEvery = 0
	return runtime.ControllerOptions{Config: cfg, Persist: persistDriver{w}, Stash: stashDriver{w}}
}

// start runs a controller until the test ends.
func (w *world) start(t *testing.T, o runtime.ControllerOptions) *runtime.Controller {
	t.Helper()
	c, err := runtime.StartController(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(c) })
	return c
}

func stop(c *runtime.Controller) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return c.Stop(ctx)
}

// patience is how long a test waits for what has to come; nothing is measured.
func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func user(n uint64) core.GlobalID { return core.GlobalID{Kind: core.IDUser, N: n} }

func schema() relation.Schema {
	return relation.Schema{Columns: []relation.Column{{Name: "v", Type: relation.Uint64}}}
}

func row(v uint64) relation.Row { return relation.Row(relation.AppendUint64(nil, v)) }

func createTables(ids ...core.GlobalID) *core.Request {
	r := &core.Request{Op: core.RequestCreate}
	for _, id := range ids {
		r.Collections = append(r.Collections, core.CollectionSpec{
			ID: id, Description: core.Description{Kind: core.KindTable, Schema: schema()},
		})
	}
	return r
}

func appendRow(id core.GlobalID, v uint64, at frontier.Timestamp) *core.Request {
	return &core.Request{Op: core.RequestAppend, Appends: []core.Append{{
		ID: id, Updates: []relation.Update{{Data: row(v), Time: at, Diff: 1}}, Upper: frontier.At(at + 1),
	}}}
}

func snapshot(id core.GlobalID, at frontier.Timestamp) *core.Request {
	return &core.Request{Op: core.RequestSnapshot, GlobalID: id, AsOf: at}
}

// must submits what has to succeed.
func must(t *testing.T, c *runtime.Controller, r *core.Request) *core.Response {
	t.Helper()
	response, err := c.Submit(patience(t), r)
	if err != nil {
		t.Fatalf("%v: %v", r.Op, err)
	}
	return response
}

// awaitOpen waits until the machine has a request open. The status is that of the
// latest batch, which may have answered one since.
func awaitOpen(t *testing.T, c *runtime.Controller) {
	t.Helper()
	var v core.View
	for v.OpenRequests == 0 {
		if err := c.Look(patience(t), func(m *core.Controller) { m.View(&v) }); err != nil {
			t.Fatal(err)
		}
	}
}
