package persist

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/internal/testpg"
)

// A Postgres that is killed in the middle of appends, again and again: what was told
// to be done is there, and every other append is decided by repeating it, once, under
// its own token (P-12).
func TestKilledPostgres(t *testing.T) {
	server := testpg.Start(t, testpg.Options{Durable: true})
	config := eachBlob()
	config.InlineMax = 200 // every other append is a blob
	d, err := Open(context.Background(), server.Database(t), "file://"+filepath.Join(t.TempDir(), "blobs"), Options{
		Config: config, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Problem: func(p *ProblemError) { t.Error(p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	writers := make([]*appender, 4)
	for i := range writers {
		writers[i] = &appender{driver: d, shard: persist.ShardID{Hi: 0xdead, Lo: uint64(i) + 1}}
	}
	lost := 0
	// A kill may find no append under way, but not all of so many.
	for kills := 0; kills < 3 || lost == 0 && kills < 30; kills++ {
		var running, warm sync.WaitGroup
		for _, w := range writers {
			warm.Add(1)
			running.Go(func() { w.run(warm.Done) })
		}
		warm.Wait()
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		running.Wait()
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		for _, w := range writers {
			if w.open {
				lost++
			}
			w.settle(t)
		}
	}
	if lost == 0 {
		t.Error("no append was lost, whenever the server was killed")
	}
	for _, w := range writers {
		w.check(t)
	}
}

// appender appends one row after the other to a shard of its own.
type appender struct {
	driver *Driver
	shard  persist.ShardID
	// next is the time of the next row. open: an append of it was made, and its outcome
	// is not known or it was not done.
	next uint64
	open bool
}

func (a *appender) row(n uint64) relation.Row {
	if n%2 == 0 {
		return payload(n)
	}
	return relation.Pack(relation.Value{Type: relation.Uint64, Bits: n})
}

// one makes the append of the next row, once.
func (a *appender) one() outcome.Outcome {
	n := frontier.Timestamp(a.next)
	r := do(a.driver, persist.Call{
		Op: persist.OpCompareAndAppend, Shard: a.shard, Writer: theWriter, Token: persist.Token{Hi: 1, Lo: a.next + 1},
		Expected: frontier.At(n), Upper: frontier.At(n + 1),
		Updates: []relation.Update{{Data: a.row(a.next), Time: n, Diff: 1}},
	})
	if a.open = r.Outcome != outcome.Done; !a.open {
		a.next++
	}
	return r.Outcome
}

// run appends until something fails. warm is called when some are done, or then.
func (a *appender) run(warm func()) {
	for n := 0; ; n++ {
		if n == 5 {
			warm()
		}
		if a.one() != outcome.Done {
			if n < 5 {
				warm()
			}
			return
		}
	}
}

// settle repeats an append that was not answered as done until it is.
func (a *appender) settle(t *testing.T) {
	t.Helper()
	for range 100 {
		if !a.open {
			return
		}
		if o := a.one(); o != outcome.Done && o != outcome.NotDone && o != outcome.Unknown {
			t.Fatalf("%v: the append at %d is %v when it is repeated", a.shard, a.next, o)
		}
	}
	t.Fatalf("%v: the append at %d cannot be settled", a.shard, a.next)
}

// check demands every row exactly once.
func (a *appender) check(t *testing.T) {
	t.Helper()
	open := do(a.driver, persist.Call{Op: persist.OpOpenLeasedReader, Shard: a.shard, Reader: theReader, Lease: clock.Hour})
	if open.Upper != frontier.At(frontier.Timestamp(a.next)) {
		t.Errorf("%v: the upper is %v after %d appends", a.shard, open.Upper, a.next)
	}
	r := do(a.driver, persist.Call{Op: persist.OpSnapshot, Shard: a.shard, Reader: theReader, AsOf: frontier.Timestamp(a.next - 1)})
	var want []relation.Update
	for n := range a.next {
		want = append(want, relation.Update{Data: a.row(n), Time: frontier.Timestamp(a.next - 1), Diff: 1})
	}
	if got := relation.Consolidate(slices.Clone(r.Updates)); r.Outcome != outcome.Done || !slices.Equal(got, relation.Consolidate(want)) {
		t.Errorf("%v: %v, %d rows instead of %d, or others", a.shard, r.Outcome, len(got), len(want))
	}
}
