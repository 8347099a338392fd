package persist

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/persist"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	contract "example.com/tidemark/core/persist/blob"
	states "example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/realdrivers/blob"
	"example.com/tidemark/realdrivers/consensus"
)

// consensusFunc and blobsFunc are stores that are one function.
type consensusFunc func(ctx context.Context, c *states.Call, r *states.Result)

func (f consensusFunc) Do(ctx context.Context, c *states.Call, r *states.Result) { f(ctx, c, r) }

type blobsFunc func(ctx context.Context, c *contract.Call, r *contract.Result)

func (f blobsFunc) Do(ctx context.Context, c *contract.Call, r *contract.Result) { f(ctx, c, r) }

// breakage is a pair of stores one of which breaks its contract.
type breakage struct {
	name string
	// caught is the test that must see it.
	caught string
	states func(good Consensus) Consensus
	blobs  func(good Blobs) Blobs
}

func breakages() []breakage {
	return []breakage{
		{name: "a compare-and-set does not compare", caught: "P-11/race/one-expected-upper-one-winner", states: func(good Consensus) Consensus {
			return consensusFunc(func(ctx context.Context, c *states.Call, r *states.Result) {
				if c.Op != states.OpCompareAndSet {
					good.Do(ctx, c, r)
					return
				}
				head := states.Call{Op: states.OpHead, Key: c.Key}
				good.Do(ctx, &head, r)
				always := *c
				always.Expected, always.New = r.Head.Seqno, r.Head.Seqno+1
				good.Do(ctx, &always, r)
			})
		}},
		{name: "a compare-and-set that failed is told to be done", caught: "P-11/race/one-expected-upper-one-winner", states: func(good Consensus) Consensus {
			return consensusFunc(func(ctx context.Context, c *states.Call, r *states.Result) {
				if good.Do(ctx, c, r); c.Op == states.OpCompareAndSet && r.Outcome == outcome.Mismatch {
					*r = states.Result{Outcome: outcome.Done}
				}
			})
		}},
		{name: "a compare-and-set that was done is told not to be", caught: "P-16/compaction-changes-no-permitted-read", states: func(good Consensus) Consensus {
			return consensusFunc(func(ctx context.Context, c *states.Call, r *states.Result) {
				if good.Do(ctx, c, r); c.Op == states.OpCompareAndSet && r.Outcome == outcome.Done && c.New%3 == 0 {
					*r = states.Result{Outcome: outcome.NotDone}
				}
			})
		}},
		{name: "the head is an older one", caught: "P-13/fetch-upper-is-current", states: func(good Consensus) Consensus {
			var (
				lock sync.Mutex
				old  = map[string]states.Entry{}
			)
			return consensusFunc(func(ctx context.Context, c *states.Call, r *states.Result) {
				good.Do(ctx, c, r)
				lock.Lock()
				defer lock.Unlock()
				if c.Op == states.OpHead && r.Outcome == outcome.Done {
					r.Head, old[c.Key] = old[c.Key], r.Head
				}
			})
		}},
		{name: "what was set is not there", caught: "P-19/changes-no-snapshot", blobs: func(good Blobs) Blobs {
			return blobsFunc(func(ctx context.Context, c *contract.Call, r *contract.Result) {
				if c.Op == contract.OpSet {
					*r = contract.Result{Outcome: outcome.Done}
					return
				}
				good.Do(ctx, c, r)
			})
		}},
		{name: "what is read is damaged", caught: "P-19/changes-no-snapshot", blobs: func(good Blobs) Blobs {
			return blobsFunc(func(ctx context.Context, c *contract.Call, r *contract.Result) {
				if good.Do(ctx, c, r); c.Op == contract.OpGet && r.Found {
					r.Data = r.Data[:len(r.Data)/2] + "x" + r.Data[len(r.Data)/2+1:]
				}
			})
		}},
		{name: "what is read is another blob's", caught: "P-19/changes-no-snapshot", blobs: func(good Blobs) Blobs {
			var (
				lock sync.Mutex
				last string
			)
			return blobsFunc(func(ctx context.Context, c *contract.Call, r *contract.Result) {
				good.Do(ctx, c, r)
				lock.Lock()
				defer lock.Unlock()
				switch {
				case c.Op == contract.OpSet:
					last = c.Data
				case c.Op == contract.OpGet && last != "":
					r.Data, r.Found = last, true
				}
			})
		}},
		{name: "all that was listed is deleted", caught: "P-19/changes-no-snapshot", blobs: func(good Blobs) Blobs {
			return blobsFunc(func(ctx context.Context, c *contract.Call, r *contract.Result) {
				good.Do(ctx, c, r)
				for _, key := range r.Keys {
					remove := contract.Call{Op: contract.OpDelete, Key: key}
					good.Do(ctx, &remove, new(contract.Result))
				}
			})
		}},
	}
}

// Stores that break their contract are found by the suite of shards: what the driver
// makes of them is wrong, or it says that it cannot go on; it does not crash.
func TestBrokenStoresFail(t *testing.T) {
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			var drivers []*Driver
			recorded := conformance.Record("broken", func(r conformance.T) { suite.Rules(r, over(t, b, &drivers)) })
			for _, d := range drivers {
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			}
			if !slices.Contains(recorded.Failures(), b.caught) {
				t.Errorf("%s did not fail; what failed: %q\n%s", b.caught, recorded.Failures(), strings.Join(recorded.Lines(), "\n"))
			}
		})
	}
}

// over makes two drivers that take turns over stores in memory, of which b has broken
// one.
func over(t *testing.T, b breakage, drivers *[]*Driver) suite.Factory {
	return func(conformance.T) *suite.Store {
		var (
			below  Consensus = new(consensus.Mem)
			data   Blobs     = new(blob.Mem)
			clocks wall
			turn   sync.Mutex
			n      int
		)
		if b.states != nil {
			below = b.states(below)
		}
		if b.blobs != nil {
			data = b.blobs(data)
		}
		var mine []*Driver
		for range 2 {
			d, err := New(below, data, Options{Config: busy(), Wall: clocks.read, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
			if err != nil {
				t.Fatal(err)
			}
			mine = append(mine, d)
		}
		*drivers = append(*drivers, mine...)
		one := func() *Driver {
			turn.Lock()
			defer turn.Unlock()
			n++
			return mine[n%2]
		}
		return &suite.Store{
			Do:      func(c *persist.Call, r *persist.Result) { one().Do(context.Background(), c, r) },
			SetWall: func(now clock.Wall) { clocks.now.Store(int64(now)) },
			Compact: func(id persist.ShardID) { one().Compact(id) },
		}
	}
}

// The same stores, unbroken, fail nothing.
func TestUnbrokenStoresPass(t *testing.T) {
	var drivers []*Driver
	suite.Run(conformance.Of(t), over(t, breakage{}, &drivers))
	for _, d := range drivers {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}
