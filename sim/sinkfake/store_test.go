package sinkfake

import (
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

var id = core.GlobalID{Kind: core.IDUser, N: 9}

func do(s *Store, c sink.Call) sink.Result {
	var r sink.Result
	c.Export, c.Connection = id, "sink-1"
	s.Apply(&c, &r)
	return r
}

func at(t uint64) frontier.Frontier { return frontier.Frontier{T: frontier.Timestamp(t)} }

func fence(n int) sink.Fence { return sink.Fence{Lo: uint64(n)} }

// TestOpeningFencesInOrder walks through what an opening compares, and in which
// order.
func TestOpeningFencesInOrder(t *testing.T) {
	var s Store
	for i, c := range []struct {
		call sink.Call
		want sink.Result
	}{
		{sink.Call{Op: sink.OpOpen, Fence: fence(1), Epoch: 2, Seen: 1}, sink.Result{Outcome: outcome.Mismatch}},
		{sink.Call{Op: sink.OpOpen, Fence: fence(1), Epoch: 2}, sink.Result{Outcome: outcome.Done, Count: 1}},
		// Repeated, it is done, whatever it says.
		{sink.Call{Op: sink.OpOpen, Fence: fence(1), Epoch: 2}, sink.Result{Outcome: outcome.Done, Count: 1}},
		{sink.Call{Op: sink.OpOpen, Fence: fence(2), Epoch: 1, Seen: 1}, sink.Result{Outcome: outcome.Fenced, Epoch: 2}},
		// One that was decided before the last opening comes too late.
		{sink.Call{Op: sink.OpOpen, Fence: fence(3), Epoch: 3}, sink.Result{Outcome: outcome.Mismatch, Count: 1}},
		{sink.Call{Op: sink.OpOpen, Fence: fence(3), Epoch: 3, Seen: 1}, sink.Result{Outcome: outcome.Done, Count: 2}},
		{sink.Call{Op: sink.OpProgress, Fence: fence(1)}, sink.Result{Outcome: outcome.Fenced, Epoch: 3}},
		{sink.Call{Op: sink.OpWrite, Fence: fence(1), To: at(5)}, sink.Result{Outcome: outcome.Fenced, Epoch: 3}},
		{sink.Call{Op: sink.OpWrite, Fence: fence(3), To: at(5)}, sink.Result{Outcome: outcome.Done, Progress: at(5)}},
		{sink.Call{Op: sink.OpWrite, Fence: fence(3), To: at(5)}, sink.Result{Outcome: outcome.Mismatch, Progress: at(5)}},
		{sink.Call{Op: sink.OpProgress, Fence: fence(3)}, sink.Result{Outcome: outcome.Done, Progress: at(5)}},
		// A close counts even if its fence is not the stored one.
		{sink.Call{Op: sink.OpClose, Fence: fence(1)}, sink.Result{Outcome: outcome.Done}},
		{sink.Call{Op: sink.OpOpen, Fence: fence(4), Epoch: 3, Seen: 2}, sink.Result{Outcome: outcome.Mismatch, Count: 3}},
		{sink.Call{Op: sink.OpClose, Fence: fence(3)}, sink.Result{Outcome: outcome.Done}},
		{sink.Call{Op: sink.OpWrite, Fence: fence(3), From: at(5), To: at(6)}, sink.Result{Outcome: outcome.Fenced, Epoch: 3}},
	} {
		if got := do(&s, c.call); got != c.want {
			t.Fatalf("call %d, %v: %+v, want %+v", i, c.call.Op, got, c.want)
		}
	}
	if len(s.Log()) != 1 || s.State("sink-1", id).Progress != at(5) {
		t.Errorf("log %+v", s.Log())
	}
}

func TestMalformedCalls(t *testing.T) {
	row := func(data string, time uint64, diff int64) relation.Update {
		return relation.Update{Data: relation.Row(data), Time: frontier.Timestamp(time), Diff: diff}
	}
	for i, c := range []sink.Call{
		{Op: sink.OpNone, Fence: fence(1)},
		{Op: sink.OpOpen, Fence: fence(1)},
		{Op: sink.OpOpen, Epoch: 1},
		{Op: sink.OpWrite, Fence: fence(1)},
		{Op: sink.OpWrite, Fence: fence(1), From: at(3), To: at(3)},
		{Op: sink.OpWrite, Fence: fence(1), From: frontier.Frontier{Empty: true}, To: at(3)},
		{Op: sink.OpWrite, Fence: fence(1), To: at(3), Updates: []relation.Update{row("a", 3, 1)}},
		{Op: sink.OpWrite, Fence: fence(1), From: at(1), To: at(3), Updates: []relation.Update{row("a", 0, 1)}},
		{Op: sink.OpWrite, Fence: fence(1), To: at(3), Updates: []relation.Update{row("a", 1, 0)}},
		{Op: sink.OpWrite, Fence: fence(1), To: at(3), Updates: []relation.Update{row("a", 1, 1), row("a", 1, 2)}},
		{Op: sink.OpWrite, Fence: fence(1), To: at(3), Updates: []relation.Update{row("a", 2, 1), row("b", 1, 2)}},
	} {
		var s Store
		if r := do(&s, c); r.Outcome != outcome.Invalid {
			t.Errorf("call %d: %+v", i, r)
		}
	}
}

// TestLogIsOneLine: whatever copies of an export do, in any order, the log goes on
// where it ended, and a copy of the store is not concerned by what happens later.
func TestLogIsOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s, other Store
		frozen := -1
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			c := sink.Call{
				Op:    sink.Op(rapid.IntRange(1, 4).Draw(t, "op")),
				Fence: fence(rapid.IntRange(1, 3).Draw(t, "fence")),
				Epoch: uint64(rapid.IntRange(1, 3).Draw(t, "epoch")),
				Seen:  s.State("sink-1", id).Count,
			}
			if c.Op == sink.OpWrite {
				c.From = at(uint64(rapid.IntRange(0, 1).Draw(t, "behind")))
				if rapid.IntRange(0, 3).Draw(t, "fits") > 0 {
					c.From = s.State("sink-1", id).Progress
				}
				c.To = at(uint64(c.From.T) + 1)
			}
			before := s.State("sink-1", id)
			r := do(&s, c)
			if after := s.State("sink-1", id); r.Outcome != outcome.Done && after != before {
				t.Fatalf("%v was refused and changed %+v to %+v", c.Op, before, after)
			}
			if frozen < 0 && rapid.IntRange(0, 9).Draw(t, "copy") == 0 {
				other.CopyFrom(&s)
				frozen = len(s.Log())
			}
		}
		if frozen >= 0 && len(other.Log()) != frozen {
			t.Fatal("the copy grew")
		}
		var last frontier.Frontier
		for _, c := range s.Log() {
			if c.From != last {
				t.Fatalf("a write from %v after one to %v", c.From, last)
			}
			last = c.To
		}
		if s.State("sink-1", id).Progress != last {
			t.Fatal("the progress is not the log's")
		}
	})
}
