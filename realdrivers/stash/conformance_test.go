package stash

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/stash"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/internal/testpg"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(mainOf{m})
}

// mainOf ends the shared server before leaks are looked for.
type mainOf struct{ m *testing.M }

func (m mainOf) Run() int { return testpg.Main(m.m) }

// open opens a location for this test.
func open(t testing.TB, where string) *Driver {
	t.Helper()
	d, err := Open(context.Background(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// factory makes a store for each location that next names. Only one is open at a
// time, as the suite needs it.
func factory(t *testing.T, next func() string) suite.Factory {
	var last *Driver
	shut := func() {
		if last == nil {
			return
		}
		if err := last.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(shut)
	return func(ct conformance.T) *suite.Store {
		shut()
		d, err := Open(context.Background(), next())
		if err != nil {
			ct.Fatal(err)
		}
		last = d
		s := &suite.Store{Do: func(c *stash.Call, r *stash.Result) { d.Do(context.Background(), c, r) }}
		if lite, ok := d.store.(*sqliteStore); ok {
			s.SetServerTime = func(now clock.Wall) { lite.now = func() clock.Wall { return now } }
		}
		return s
	}
}

func TestConformanceSQLite(t *testing.T) {
	dir, n := t.TempDir(), 0
	suite.Run(conformance.Of(t), factory(t, func() string {
		n++
		return "sqlite://" + filepath.Join(dir, fmt.Sprintf("a %d.db", n))
	}))
}

func TestConformanceMem(t *testing.T) {
	suite.Run(conformance.Of(t), factory(t, func() string { return "mem://" }))
}

func TestConformancePostgres(t *testing.T) {
	next := schemas(t)
	suite.Run(conformance.Of(t), factory(t, next))
}

// schemas names a fresh schema of one database at each call.
func schemas(t *testing.T) func() string {
	where, n := testpg.Shared(t).Database(t), 0
	return func() string {
		n++
		schema := fmt.Sprintf("s%d", n)
		execute(t, where, "CREATE SCHEMA "+schema)
		return where + "&" + url.Values{"search_path": {schema}}.Encode()
	}
}
