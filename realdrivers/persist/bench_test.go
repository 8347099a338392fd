package persist

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	contract "example.com/tidemark/core/persist/blob"
	states "example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/internal/testpg"
	"example.com/tidemark/realdrivers/blob"
	"example.com/tidemark/realdrivers/consensus"
)

// BenchmarkAppend measures what an append costs above what it cannot do without. To
// be compared within one run are: raw, a compare-and-set of as many bytes as the
// state of such a shard; and append.
func BenchmarkAppend(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		benchmark(b, func(b *testing.B) string { return "sqlite://" + filepath.Join(b.TempDir(), "db") })
	})
	b.Run("postgres", func(b *testing.B) {
		server := testpg.Start(b, testpg.Options{Durable: true})
		benchmark(b, func(b *testing.B) string { return server.Database(b) })
	})
}

func benchmark(b *testing.B, at func(*testing.B) string) {
	for _, c := range []struct {
		name            string
		shards, writers int
		blobs           bool
	}{
		{"1shard-1writer", 1, 1, false},
		{"64shards-8writers", 64, 8, false},
		{"1shard-8writers", 1, 8, false},
		{"1shard-1writer-4KiB-blob", 1, 1, true},
	} {
		b.Run(c.name+"/raw", func(b *testing.B) {
			r := newRig(b, at(b), c.blobs)
			// Writers of one row stand in each other's way: one of them is faster.
			r.run(b, c.shards, min(c.writers, c.shards), r.raw)
		})
		b.Run(c.name+"/append", func(b *testing.B) {
			r := newRig(b, at(b), c.blobs)
			r.run(b, c.shards, c.writers, r.append)
		})
	}
}

// rig is a driver, and the stores below it.
type rig struct {
	states consensus.Store
	blobs  blob.Store
	driver *Driver
	order  sync.Mutex
	row    relation.Row
	data   string
	blob   string
}

func newRig(b *testing.B, at string, blobs bool) *rig {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	where, err := consensus.Parse(at)
	if err != nil {
		b.Fatal(err)
	}
	r := &rig{row: payload(1)[:100], data: strings.Repeat("x", 400)}
	if r.states, err = consensus.Open(context.Background(), where, consensus.Options{Log: quiet}); err != nil {
		b.Fatal(err)
	}
	files, err := blob.Parse("file://" + b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	if r.blobs, err = blob.Open(context.Background(), files, blob.Options{Log: quiet}); err != nil {
		b.Fatal(err)
	}
	config := shard.Defaults()
	if blobs {
		config.InlineMax, r.row, r.blob = 24, relation.Row(strings.Repeat("r", 4096)), strings.Repeat("b", 4096)
	}
	if r.driver, err = New(r.states, r.blobs, Options{Config: config, Log: quiet}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		for _, c := range []io.Closer{r.driver, r.states, r.blobs} {
			if err := c.Close(); err != nil {
				b.Error(err)
			}
		}
	})
	return r
}

// run shares b.N operations among writers, each of which has shards of its own if
// there are enough, and reports how many statements one of them took.
func (r *rig) run(b *testing.B, shards, writers int, one func(b *testing.B, shard int, n *atomic.Uint64)) {
	next := make([]atomic.Uint64, shards)
	for s := range next {
		one(b, s, &next[s])
	}
	before := r.states.Stats()
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for s := w; left.Add(-1) >= 0; s += writers {
				one(b, s%shards, &next[s%shards])
			}
		})
	}
	all.Wait()
	b.StopTimer()
	after := r.states.Stats()
	b.ReportMetric(float64(after.Statements-before.Statements)/float64(b.N), "statements/op")
}

func (r *rig) raw(b *testing.B, s int, n *atomic.Uint64) {
	ctx := context.Background()
	if r.blob != "" {
		var set contract.Result
		r.blobs.Do(ctx, &contract.Call{Op: contract.OpSet, Key: shard.BlobID{Hi: n.Load()}.Key(theShard), Data: r.blob}, &set)
		if set.Outcome != outcome.Done {
			b.Error(set.Outcome)
		}
	}
	var result states.Result
	seqno := states.Seqno(n.Add(1))
	id := persist.ShardID{Hi: 1, Lo: uint64(s) + 1}
	r.states.Do(ctx, &states.Call{Op: states.OpCompareAndSet, Key: shard.StateKey(id), Expected: seqno - 1, New: seqno, Data: r.data}, &result)
	if result.Outcome != outcome.Done {
		b.Error(result.Outcome)
	}
}

// append appends at the next time. The calls of one shard come in their order, as
// those of a controller do, and several of them may be on their way.
func (r *rig) append(b *testing.B, s int, n *atomic.Uint64) {
	r.order.Lock()
	at := n.Add(1) - 1
	e := &entry{answer: make(chan persist.Result, 1), in: shard.Input{Kind: shard.InputCall, Call: persist.Call{
		Op: persist.OpCompareAndAppend, Shard: persist.ShardID{Hi: 1, Lo: uint64(s) + 1},
		Writer: persist.WriterID{Hi: 1, Lo: at%8 + 1}, Token: persist.Token{Hi: 1, Lo: at + 1},
		Expected: frontier.At(frontier.Timestamp(at)), Upper: frontier.At(frontier.Timestamp(at + 1)),
		Updates: []relation.Update{{Data: r.row, Time: frontier.Timestamp(at), Diff: 1}},
	}}}
	r.driver.machineOf(e.in.Call.Shard).put(e)
	r.order.Unlock()
	if result := <-e.answer; result.Outcome != outcome.Done {
		b.Errorf("%+v", result)
	}
}
