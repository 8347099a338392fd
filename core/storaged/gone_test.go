package storaged_test

import (
	"slices"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
)

// make makes calls to a shard that must be done.
func (w *world) make(shard persist.ShardID, calls ...persist.Call) {
	w.tb.Helper()
	for _, c := range calls {
		var res persist.Result
		c.Shard = shard
		if w.store.Apply(w.wall(), &c, &res); res.Outcome != outcome.Done {
			w.tb.Fatalf("%v: %+v", c.Op, res)
		}
	}
}

// finalize closes a shard that nobody reads, and deletes it.
func (w *world) finalize(shard persist.ShardID) {
	w.tb.Helper()
	st, _ := w.store.State(shard)
	reader := persist.ReaderID{Lo: 99}
	w.make(shard,
		persist.Call{Op: persist.OpCompareAndAppend, Writer: persist.WriterID{Lo: 99}, Token: persist.Token{Lo: 99}, Expected: st.Upper, Upper: frontier.Empty()},
		persist.Call{Op: persist.OpOpenLeasedReader, Reader: reader, Lease: clock.Second},
		persist.Call{Op: persist.OpDowngradeSince, Reader: reader, Since: frontier.Empty()},
		persist.Call{Op: persist.OpCloseReader, Reader: reader},
		persist.Call{Op: persist.OpFinalize},
	)
}

func (w *world) condition(p *process, id core.GlobalID) storaged.Condition {
	w.tb.Helper()
	var v storaged.ObjectView
	if !p.h.Find(id, &v) {
		w.tb.Fatalf("%v does not run", id)
	}
	return v.Condition
}

// TestCollectionThatIsGone: a collection whose shard was finalized ends, and the
// ingestion runs on without it.
func TestCollectionThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.free = true
	w.source.head = 4
	p := w.start()
	w.connect(p, ingest())
	w.calm(2 * clock.Second)
	w.finalize(dataShard(user(2)))
	w.source.head = 9
	w.calm(3 * clock.Second)
	if c := w.condition(p, user(1)); c != storaged.Running || !p.uppers[user(2)].IsEmpty() || p.uppers[user(1)] == frontier.Minimum() {
		t.Errorf("%v, reported %v", c, p.uppers)
	}
	if st, _ := w.store.State(dataShard(user(3))); st.Upper.T < 4000 {
		t.Errorf("u3 stands still at %v", st.Upper)
	}
}

// TestRemapShardThatIsGone: an ingestion whose remap shard was finalized fails, says
// so, and can be dropped; so does one whose remap shard holds what no host wrote.
func TestRemapShardThatIsGone(t *testing.T) {
	rows := func(list ...uint64) (updates []relation.Update) {
		for _, n := range list {
			updates = append(updates, relation.Update{Data: uintRow(n), Diff: 1})
		}
		return updates
	}
	for name, spoil := range map[string]func(w *world){
		"finalized": func(w *world) { w.finalize(remapShard) },
		"two rows":  func(w *world) { w.spoil(rows(3, 5)) },
		"offset 0":  func(w *world) { w.spoil(rows(0)) },
		"no number": func(w *world) {
			w.spoil([]relation.Update{{Data: relation.Row(relation.AppendText(nil, "x")), Diff: 1}})
		},
		"retracted": func(w *world) { w.spoil([]relation.Update{{Data: uintRow(3), Diff: -1}}) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.free = true
			spoil(w)
			p := w.start()
			w.connect(p, ingest())
			w.calm(2 * clock.Second)
			if c := w.condition(p, user(1)); c != storaged.Failed {
				t.Fatalf("it is %v", c)
			}
			w.send(p, drop(user(1)))
			w.calm(2 * clock.Second)
			if !slices.Equal(p.dropped, []core.GlobalID{user(1)}) {
				t.Errorf("dropped %v", p.dropped)
			}
		})
	}
}

// spoil writes into the remap shard, which is new.
func (w *world) spoil(updates []relation.Update) {
	w.tb.Helper()
	w.make(remapShard, persist.Call{
		Op: persist.OpCompareAndAppend, Writer: persist.WriterID{Lo: 99}, Token: persist.Token{Lo: 99},
		Upper: frontier.At(1), Updates: updates,
	})
}
