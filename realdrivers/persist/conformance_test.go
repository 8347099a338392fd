package persist

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/persist"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/internal/testpg"
	"example.com/tidemark/internal/tests3"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(mainOf{m}) }

// mainOf ends the shared server before leaks are looked for.
type mainOf struct{ m *testing.M }

func (m mainOf) Run() int { return testpg.Main(m.m) }

// busy are settings with which little becomes a blob, and everything is merged,
// truncated, swept and deleted all the time.
func busy() shard.Config {
	c := shard.Defaults()
	c.InlineMax, c.SpillAt, c.MaxBatches, c.MaxChain = 24, 64, 3, 4
	c.CommitWindow, c.MergeWindow = 16, 16
	c.TruncateEvery, c.TruncateKeep = 5, 2
	c.SweepEvery, c.DeleteEvery, c.DeleteAfter = 2*clock.Millisecond, clock.Microsecond, clock.Millisecond
	return c
}

// wall is a clock that a test sets.
type wall struct{ now atomic.Int64 }

func (w *wall) read() clock.Wall { return clock.Wall(w.now.Load()) }

// underTest makes stores for the suite: drivers, which take turns, over the stores
// that next names.
func underTest(t *testing.T, config shard.Config, drivers int, next func() (consensus, blobs string)) suite.Factory {
	var open []*Driver
	shut := func() {
		for _, d := range open {
			t.Logf("%+v", d.Stats())
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		open = nil
	}
	t.Cleanup(shut)
	return func(ct conformance.T) *suite.Store {
		shut()
		consensus, blobs := next()
		var (
			clocks wall
			turn   atomic.Uint64
		)
		for range drivers {
			d, err := Open(context.Background(), consensus, blobs, Options{Config: config, Wall: clocks.read, Problem: func(p *ProblemError) { ct.Error(p) }})
			if err != nil {
				ct.Fatal(err)
			}
			open = append(open, d)
		}
		mine := open
		one := func() *Driver { return mine[turn.Add(1)%uint64(len(mine))] }
		return &suite.Store{
			Do:      func(c *persist.Call, r *persist.Result) { one().Do(context.Background(), c, r) },
			SetWall: func(now clock.Wall) { clocks.now.Store(int64(now)) },
			Compact: func(id persist.ShardID) { one().Compact(id) },
		}
	}
}

func run(t *testing.T, drivers int, next func() (string, string)) {
	t.Run("defaults", func(t *testing.T) {
		suite.Run(conformance.Of(t), underTest(t, shard.Defaults(), drivers, next))
	})
	t.Run("busy", func(t *testing.T) {
		suite.Run(conformance.Of(t), underTest(t, busy(), drivers, next))
	})
}

func TestConformanceMem(t *testing.T) {
	run(t, 1, func() (string, string) { return "mem://", "mem://" })
}

func TestConformanceSQLite(t *testing.T) {
	dir, n := t.TempDir(), 0
	run(t, 2, func() (string, string) {
		n++
		return "sqlite://" + filepath.Join(dir, fmt.Sprint(n, ".db")), "file://" + filepath.Join(dir, fmt.Sprint(n))
	})
}

func TestConformancePostgres(t *testing.T) {
	server, dir, n := testpg.Shared(t), t.TempDir(), 0
	run(t, 2, func() (string, string) {
		n++
		return server.Database(t), "file://" + filepath.Join(dir, fmt.Sprint(n))
	})
}

func TestConformancePostgresS3(t *testing.T) {
	database, objects := testpg.Shared(t), tests3.Start(t)
	run(t, 2, func() (string, string) { return database.Database(t), objects.Bucket(t) })
}
