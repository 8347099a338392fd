package main

import (
	"context"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

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

// stores are what a real controller drives, in memory.
type stores struct {
	mu     sync.Mutex
	shards persistfake.Store
	meta   stashfake.Store
	calls  int
}

type shards struct{ *stores }

func (s shards) Do(_ context.Context, call *persist.Call, result *persist.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shards.Apply(clock.Wall(time.Now().UnixMilli()), call, result)
	if s.calls++; call.Op == persist.OpCompareAndAppend && s.calls%5 == 0 {
		*result = persist.Result{Outcome: outcome.Unknown} // it happened, and nobody heard
	}
}

type meta struct{ *stores }

func (s meta) Do(_ context.Context, call *stash.Call, result *stash.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meta.Apply(clock.Wall(time.Now().UnixMilli()), call, result)
}

// scriptJournal is "journal DIR": two controllers, one after the other, work for a
// while, with their journal in DIR.
func scriptJournal(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: journal DIR")
	}
	s := &stores{}
	for life := range 2 {
		c, err := runtime.StartController(runtime.ControllerOptions{
			Persist: shards{s}, Stash: meta{s},
			Journal: &runtime.JournalOptions{Dir: ts.MkAbs(args[0]), Build: "a test", SegmentBytes: 3000},
		})
		ts.Check(err)
		work(ts, c, frontier.Timestamp(life*100))
		ts.Check(c.Stop(context.Background()))
	}
}

// work is 40 appends to one table.
func work(ts *testscript.TestScript, c *runtime.Controller, from frontier.Timestamp) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	id := core.GlobalID{Kind: core.IDUser, N: 1}
	submit := func(r *core.Request) {
		_, err := c.Submit(ctx, r)
		ts.Check(err)
	}
	submit(&core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{ID: id, Description: core.Description{
		Kind: core.KindTable, Schema: relation.Schema{Columns: []relation.Column{{Name: "v", Type: relation.Uint64}}},
	}}}})
	for n := range frontier.Timestamp(40) {
		submit(&core.Request{Op: core.RequestAppend, Appends: []core.Append{{
			ID: id, Upper: frontier.At(from + n + 1),
			Updates: []relation.Update{{Data: relation.Row(relation.AppendUint64(nil, uint64(n))), Time: from + n, Diff: 1}},
		}}})
	}
	submit(&core.Request{Op: core.RequestSnapshot, GlobalID: id, AsOf: from + 39})
}
