package persist

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	states "example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/consensus"
)

// place is where the stores of a test are: SQLite and files.
type place struct{ dir string }

func (p place) consensus() string { return "sqlite://" + filepath.Join(p.dir, "states.db") }
func (p place) blobs() string     { return "file://" + filepath.Join(p.dir, "blobs") }

// open opens a driver at the place for this test; its problems are collected.
func (p place) open(t testing.TB, config shard.Config) (*Driver, *problems) {
	t.Helper()
	heard := new(problems)
	d, err := Open(context.Background(), p.consensus(), p.blobs(), Options{
		Config: config, Problem: heard.add, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, heard
}

// files are the keys of the blobs of a shard that are there.
func (p place) files(t testing.TB, id persist.ShardID) []string {
	t.Helper()
	dir := strings.TrimSuffix(shard.BlobPrefix(id), "/")
	entries, err := os.ReadDir(filepath.Join(p.dir, "blobs", dir))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var keys []string
	for _, e := range entries {
		keys = append(keys, dir+"/"+e.Name())
	}
	return keys
}

// referred are the keys of the blobs that a shard's state refers to.
func (p place) referred(t testing.TB, id persist.ShardID) []string {
	t.Helper()
	state, problem := shard.Decode(id, p.head(t, id))
	if problem == shard.ProblemNone && state.Base != 0 {
		chain := p.ask(t, &states.Call{Op: states.OpScan, Key: shard.StateKey(id), From: state.Base})
		state, problem = shard.Chain(id, nil, chain.Entries...)
	}
	if problem != shard.ProblemNone {
		t.Fatal(problem)
	}
	var keys []string
	for _, b := range state.Batches {
		keys = append(keys, b.Blob.Key(id))
	}
	slices.Sort(keys)
	return keys
}

// head is a shard's state as it is stored.
func (p place) head(t testing.TB, id persist.ShardID) states.Entry {
	t.Helper()
	return p.ask(t, &states.Call{Op: states.OpHead, Key: shard.StateKey(id)}).Head
}

// ask makes one call of the consensus store.
func (p place) ask(t testing.TB, call *states.Call) (r states.Result) {
	t.Helper()
	at, err := consensus.Parse(p.consensus())
	if err != nil {
		t.Fatal(err)
	}
	store, err := consensus.Open(context.Background(), at, consensus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if store.Do(context.Background(), call, &r); r.Outcome != outcome.Done {
		t.Fatalf("%v: %v", call.Op, r.Outcome)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

// problems are those that a driver told of.
type problems struct {
	lock sync.Mutex
	list []*ProblemError
}

func (p *problems) add(e *ProblemError) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.list = append(p.list, e)
}

// take is what was heard since the last take.
func (p *problems) take() []*ProblemError {
	p.lock.Lock()
	defer p.lock.Unlock()
	list := p.list
	p.list = nil
	return list
}

// Names of what the tests use.
var (
	theShard  = persist.ShardID{Hi: 0x1234, Lo: 1}
	theReader = persist.ReaderID{Hi: 5, Lo: 5}
	theWriter = persist.WriterID{Hi: 6, Lo: 6}
	closed    = frontier.Empty()
)

func do(d *Driver, c persist.Call) (r persist.Result) {
	if c.Shard == (persist.ShardID{}) {
		c.Shard = theShard
	}
	d.Do(context.Background(), &c, &r)
	return r
}

// payload is the row that is appended at a time: too large for a shard's state if
// InlineMax is small.
func payload(n uint64) relation.Row {
	return relation.Pack(relation.Value{Type: relation.Uint64, Bits: n},
		relation.Value{Type: relation.Text, Text: strings.Repeat(fmt.Sprint("tide ", n, " "), 20)})
}

// appendAt appends the row of time n and moves the upper from n to n+1.
func appendAt(d *Driver, n uint64, data relation.Row) outcome.Outcome {
	return do(d, persist.Call{
		Op: persist.OpCompareAndAppend, Writer: theWriter, Token: persist.Token{Hi: 7, Lo: n + 1},
		Expected: frontier.At(frontier.Timestamp(n)), Upper: frontier.At(frontier.Timestamp(n + 1)),
		Updates: []relation.Update{{Data: data, Time: frontier.Timestamp(n), Diff: 1}},
	}).Outcome
}

func openReader(t testing.TB, d *Driver) {
	t.Helper()
	if r := do(d, persist.Call{Op: persist.OpOpenLeasedReader, Reader: theReader, Lease: clock.Hour}); r.Outcome != outcome.Done {
		t.Fatal(r)
	}
}

// holds demands that the shard has exactly the rows of the times before upper.
func holds(t testing.TB, d *Driver, upper uint64) {
	t.Helper()
	openReader(t, d)
	r := do(d, persist.Call{Op: persist.OpSnapshot, Reader: theReader, AsOf: frontier.Timestamp(upper - 1)})
	if r.Outcome != outcome.Done {
		t.Fatalf("%+v", r)
	}
	var want []relation.Update
	for n := range upper {
		want = append(want, relation.Update{Data: payload(n), Time: frontier.Timestamp(upper - 1), Diff: 1})
	}
	got := relation.Consolidate(slices.Clone(r.Updates))
	if want = relation.Consolidate(want); !slices.Equal(got, want) {
		t.Errorf("%d rows instead of %d, or others", len(got), len(want))
	}
}
