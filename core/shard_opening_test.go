package core_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/stash"
)

// walker is a controller with one collection whose shard is being opened, at one
// of the opening's calls.
type walker struct {
	c    core.Controller
	now  clock.Now
	call core.Effect
	// lost: the critical reader was found at the empty frontier.
	lost bool
}

// step feeds an input and completes what is not the shard's: transactions succeed.
// It reports whether a call of the opening went out.
func (w *walker) step(in *core.Input) (called bool) {
	for next := []core.Input{*in}; len(next) > 0; next = next[1:] {
		var out core.Effects
		w.c.Step(w.now, &next[0], &out)
		for i := range out.Len() {
			switch e := out.At(i); e.Kind {
			case core.EffectPersist:
				w.call, called = *e, true
			case core.EffectStash:
				next = append(next, *answered(e, outcome.Done, frontier.Minimum(), nil))
			}
		}
	}
	return called
}

// openingOrder is C-24's order of calls.
func openingOrder() []persist.Op {
	return []persist.Op{persist.OpOpenCritical, persist.OpCompareAndDowngradeSince, persist.OpOpenWriter, persist.OpFetchUpper}
}

// opening is a controller of epoch 7 that has sent its first call to a new shard.
func opening(t *testing.T, dropped bool) *walker {
	w := &walker{}
	w.step(&core.Input{Kind: core.InputBoot, Boot: core.Boot{Entropy: [4]uint64{1}, Config: core.DefaultConfig()}})
	id := core.GlobalID{Kind: core.IDUser, N: 1}
	table := core.Description{Kind: core.KindTable, Schema: relation.Schema{Columns: []relation.Column{{Name: "a", Type: relation.Int64}}}}
	w.step(&core.Input{Kind: core.InputRequest, Request: core.Request{
		ID: 1, Op: core.RequestCreate, Collections: []core.CollectionSpec{{ID: id, Description: table}},
	}})
	if dropped {
		w.step(&core.Input{Kind: core.InputRequest, Request: core.Request{ID: 2, Op: core.RequestDrop, IDs: []core.GlobalID{id}}})
	}
	if w.call.Persist.Op != persist.OpOpenCritical {
		t.Fatalf("the opening begins with %v", w.call.Persist.Op)
	}
	return w
}

func (w *walker) state() string {
	if w.lost {
		return w.call.Persist.Op.String() + ", since empty"
	}
	return w.call.Persist.Op.String()
}

// answer is one way in which a call ends.
type answer struct {
	name   string
	result persist.Result
	// of says which calls can end so; nil: all.
	of []persist.Op
	// late: there is no completion, and the call's deadline passes.
	late bool
}

func answers(w *walker) []answer {
	var view core.View
	w.c.View(&view)
	own := w.call.Persist.Opaque
	found := func(epoch uint64) persist.Opaque { return persist.Opaque{Epoch: epoch, Nonce: 99} }
	open, take := []persist.Op{persist.OpOpenCritical}, []persist.Op{persist.OpCompareAndDowngradeSince}
	readers := append(slices.Clone(open), take...)
	others := []persist.Op{persist.OpOpenWriter, persist.OpFetchUpper}
	done := func(o persist.Opaque) persist.Result { return persist.Result{Outcome: outcome.Done, Opaque: o} }
	lost := done(own)
	lost.ReaderSince, lost.Since = frontier.Empty(), frontier.Empty()
	mismatch := func(epoch uint64) persist.Result {
		return persist.Result{Outcome: outcome.Mismatch, Opaque: found(epoch)}
	}
	return []answer{
		{"done", done(persist.Opaque{}), others, false},
		{"done, the reader is ours", done(own), readers, false},
		{"done, the reader is ours, its since is empty", lost, readers, false},
		{"done, the reader is of an older epoch", done(found(view.Epoch - 1)), open, false},
		{"done, the reader is of our epoch and another nonce", done(found(view.Epoch)), open, false},
		{"done, the reader is of a newer epoch", done(found(view.Epoch + 1)), open, false},
		{"mismatch, the reader is of an older epoch", mismatch(view.Epoch - 1), take, false},
		{"mismatch, the reader is of our epoch and another nonce", mismatch(view.Epoch), take, false},
		{"mismatch, the reader is of a newer epoch", mismatch(view.Epoch + 1), take, false},
		{"mismatch", mismatch(view.Epoch - 1), append(open, others...), false},
		{"not done", persist.Result{Outcome: outcome.NotDone}, nil, false},
		{"unknown", persist.Result{Outcome: outcome.Unknown}, nil, false},
		{"the deadline passes", persist.Result{}, nil, true},
		{"fenced", persist.Result{Outcome: outcome.Fenced, Epoch: view.Epoch + 1}, nil, false},
		{"invalid, the shard is finalized", persist.Result{Outcome: outcome.Invalid, Reason: persist.ReasonFinalized}, nil, false},
		{"invalid for another reason", persist.Result{Outcome: outcome.Invalid, Reason: persist.ReasonMalformed}, nil, false},
		{"lease expired", persist.Result{Outcome: outcome.LeaseExpired}, nil, false},
		{"not yet", persist.Result{Outcome: outcome.NotYet}, nil, false},
		{"no outcome", persist.Result{}, nil, false},
	}
}

// take gives a copy of the walker an answer and says where it leads to.
func (w *walker) take(t *testing.T, a answer) (to *walker, where string) {
	to = &walker{now: w.now, call: w.call, lost: w.lost || a.result.ReaderSince.IsEmpty()}
	to.c.CopyFrom(&w.c)
	in := core.Input{Kind: core.InputPersistDone, Effect: w.call.ID, Persist: a.result}
	if a.late {
		to.now.Mono = to.now.Mono.Add(core.DefaultConfig().PersistDeadline)
		in = core.Input{Kind: core.InputWake}
	}
	called := to.step(&in)
	var view core.View
	to.c.View(&view)
	if view.Phase == core.PhaseHalted {
		return nil, "halt: " + view.Halt.Code.String()
	}
	if to.c.Collections() == 0 {
		return nil, "forgotten"
	}
	var col core.CollectionView
	to.c.CollectionAt(0, &col)
	switch col.Phase {
	case core.ShardOpen:
		return nil, "**open**"
	case core.ShardFailed:
		return nil, "**failed**"
	}
	if called {
		return to, to.state()
	}
	// Nothing else is due before the backoff has passed.
	for range 100 {
		to.now.Mono = max(to.now.Mono, to.c.NextWake())
		if to.step(&core.Input{Kind: core.InputWake}) {
			return to, to.state() + " after a backoff"
		}
	}
	t.Fatalf("%s: nothing follows %s", w.state(), a.name)
	return nil, ""
}

// walk takes every way through the opening of a shard.
func walk(t *testing.T, dropped bool) (states, rows []string, cells map[[2]string]string) {
	cells = map[[2]string]string{}
	first := opening(t, dropped)
	states = []string{first.state()}
	for queue := []*walker{first}; len(queue) > 0; queue = queue[1:] {
		w := queue[0]
		for _, a := range answers(w) {
			if !slices.Contains(rows, a.name) {
				rows = append(rows, a.name)
			}
			if a.of != nil && !slices.Contains(a.of, w.call.Persist.Op) {
				continue
			}
			to, where := w.take(t, a)
			if before, known := cells[[2]string{w.state(), a.name}]; known && before != where {
				t.Errorf("%s, %s leads to %s, or to %s", w.state(), a.name, before, where)
			}
			cells[[2]string{w.state(), a.name}] = where
			if to != nil && !slices.Contains(states, to.state()) {
				states = append(states, to.state())
				queue = append(queue, to)
			}
		}
	}
	rank := func(state string) int {
		op, _, lost := strings.Cut(state, ", ")
		n := slices.IndexFunc(openingOrder(), func(o persist.Op) bool { return o.String() == op })
		if lost {
			n += len(openingOrder())
		}
		return n
	}
	slices.SortFunc(states, func(a, b string) int { return rank(a) - rank(b) })
	return states, rows, cells
}

// table draws calls across and answers down.
func table(states, rows []string, cells map[[2]string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| answer \\ call that is out | %s |\n", strings.Join(states, " | "))
	fmt.Fprintf(&b, "|%s\n", strings.Repeat(" --- |", len(states)+1))
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |", row)
		for _, s := range states {
			where, ok := cells[[2]string{s, row}]
			if !ok {
				where = "–"
			}
			fmt.Fprintf(&b, " %s |", strings.Replace(where, s+" after", "again after", 1))
		}
		b.WriteString("\n")
	}
	return b.String()
}

const openingHead = `# How a shard is opened

Generated by ` + "`go test ./core -run TestShardOpeningTable -update`" + `, which takes every way through the opening of one collection's shard and fails when this page no longer says what the controller does (C-13, C-24, C-90 to C-93). Read: *while this call is out, this answer leads to that*.

*open*: the collection is in use. *failed*: its shard can never be used; the create succeeds, requests that name it get ` + "`IOError`" + `, dropping it works (C-23). *halt: fenced*: a newer epoch owns the shard, and the controller stops. *halt: contract*: the driver answered what it never may, and the controller stops rather than guess. –: the call cannot end so.

`

// TestShardOpeningTable keeps docs/shard-opening.md true.
func TestShardOpeningTable(t *testing.T) {
	page := openingHead + table(walk(t, false))
	page += "\n## Of a collection that was dropped meanwhile\n\nIts shard is opened all the same, because its since must become empty before it can be forgotten (C-28).\n\n"
	page += table(walk(t, true))
	golden(t, filepath.Join("..", "docs", "shard-opening.md"), page)
}

// TestShardOpeningOrder: whatever happens on the way, the calls go out in the order
// of C-24 and a later stage is never sent before an earlier one succeeded.
func TestShardOpeningOrder(t *testing.T) {
	order := openingOrder()
	w := opening(t, false)
	for _, a := range []string{
		"unknown", "done, the reader is of an older epoch", "not done", "mismatch, the reader is of an older epoch",
		"the deadline passes", "done, the reader is ours", "unknown", "done", "not done",
	} {
		before := slices.Index(order, w.call.Persist.Op)
		all := answers(w)
		i := slices.IndexFunc(all, func(b answer) bool { return b.name == a })
		to, where := w.take(t, all[i])
		if to == nil {
			t.Fatalf("%s, %s: %s", w.state(), a, where)
		}
		moved := slices.Index(order, to.call.Persist.Op) - before
		if want := strings.HasPrefix(a, "done"); moved < 0 || moved > 1 || (moved == 1) != want {
			t.Fatalf("%s, %s: %s", w.state(), a, where)
		}
		w = to
	}
	if c := &w.call; c.Kind != core.EffectPersist || c.Stash.Op != stash.OpNone || c.Persist.Op != persist.OpFetchUpper {
		t.Fatalf("ends at %+v", c)
	}
}
