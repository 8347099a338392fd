package stash

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/internal/testpg"
	"example.com/tidemark/realdrivers/location"
)

// execute runs statements in a Postgres database.
func execute(t testing.TB, where, text string) {
	t.Helper()
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, where)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(ctx) }()
	if _, err := connection.Exec(ctx, text); err != nil {
		t.Fatal(err)
	}
}

// each runs a test on a place of each kind that lasts.
func each(t *testing.T, f func(t *testing.T, where string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, "sqlite://"+filepath.Join(t.TempDir(), "stash.db")) })
	t.Run("postgres", func(t *testing.T) { f(t, testpg.Shared(t).Database(t)) })
}

func do(d *Driver, c stash.Call) stash.Result {
	var r stash.Result
	d.Do(context.Background(), &c, &r)
	return r
}

// own takes a store over and is a commit of its owner's, without writes.
func own(t testing.TB, d *Driver, txn, nonce uint64) stash.Call {
	t.Helper()
	r := do(d, stash.Call{Op: stash.OpTakeOver, Txn: stash.TxnID{Hi: 1, Lo: txn}, Nonce: nonce})
	if r.Outcome != outcome.Done {
		t.Fatalf("take-over: %+v", r)
	}
	return stash.Call{Op: stash.OpCommit, Epoch: r.Epoch, Nonce: nonce}
}

// write is the owner's transaction of this number, which inserts a key of its own.
func write(owner stash.Call, n uint64) stash.Call {
	owner.Op, owner.Txn = stash.OpCommit, stash.TxnID{Hi: 2, Lo: n}
	owner.Writes = []stash.Write{{Kind: stash.WriteInsert, Collection: stash.CollectionMetadata, Key: key(n), Value: "v"}}
	return owner
}

func resolve(c stash.Call) stash.Call {
	c.Op = stash.OpResolve
	return c
}

func key(n uint64) string { return fmt.Sprintf("k%d", n) }

// keys are what the store holds, as its owner sees it.
func keys(t testing.TB, d *Driver, owner stash.Call) map[string]bool {
	t.Helper()
	owner.Op, owner.Collections = stash.OpPeek, []stash.Collection{stash.CollectionMetadata}
	r := do(d, owner)
	if r.Outcome != outcome.Done {
		t.Fatalf("peek: %+v", r)
	}
	stored := map[string]bool{}
	for _, e := range r.Entries {
		stored[e.Key] = true
	}
	return stored
}

func TestContentsLast(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		d, err := Open(context.Background(), where)
		if err != nil {
			t.Fatal(err)
		}
		c := write(own(t, d, 1, 7), 1)
		want := do(d, c)
		if want.Outcome != outcome.Done {
			t.Fatal(want)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		again := open(t, where)
		for _, c := range []stash.Call{c, resolve(c)} {
			if got := do(again, c); got.Outcome != outcome.Done || got.Entries[0] != want.Entries[0] {
				t.Errorf("%v: %+v", c.Op, got)
			}
		}
	})
}

// Epochs and nonces use all of their bits.
func TestLargeNumbers(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		d := open(t, where)
		top := ^uint64(0)
		owner := own(t, d, top, top)
		owner.Txn = stash.TxnID{Hi: top, Lo: top - 1}
		if r := do(d, owner); r.Outcome != outcome.Done {
			t.Errorf("%+v", r)
		}
		owner.Nonce = top - 1
		if r := do(d, owner); r.Outcome != outcome.Fenced || r.Epoch != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// Many processes may open an empty store at once, and only one of them makes it.
func TestOpenedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		var all sync.WaitGroup
		problems := make([]error, 6)
		for i := range problems {
			all.Go(func() {
				d, err := Open(context.Background(), where)
				if err == nil {
					err = d.Close()
				}
				problems[i] = err
			})
		}
		all.Wait()
		if err := errors.Join(problems...); err != nil {
			t.Error(err)
		}
	})
}

// Two drivers of one store are one store.
func TestTwoDrivers(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		a, b := open(t, where), open(t, where)
		old := own(t, a, 1, 1)
		now := own(t, b, 2, 2)
		if r := do(a, write(old, 1)); r.Outcome != outcome.Fenced || r.Epoch != 2 {
			t.Errorf("the older one: %+v", r)
		}
		if r := do(b, write(now, 2)); r.Outcome != outcome.Done {
			t.Errorf("the newer one: %+v", r)
		}
	})
}

// T-5: a store of a newer version is not opened, and not written to either if it was
// migrated while it is open.
func TestNewerSchema(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		d := open(t, where)
		owner := own(t, d, 1, 1)
		raise(t, d)
		if r := do(d, write(owner, 1)); r.Outcome != outcome.Invalid || r.Reason != stash.ReasonNewerSchema {
			t.Errorf("%+v", r)
		}
		_, err := Open(context.Background(), where)
		var newer *SchemaError
		if !errors.As(err, &newer) || newer.Found != 99 || newer.Known != schemaVersion {
			t.Fatalf("%v", err)
		}
		if text := err.Error(); !strings.Contains(text, "run that version or a later one") {
			t.Error(text)
		}
	})
}

func raise(t *testing.T, d *Driver) {
	t.Helper()
	const text = "UPDATE stash_owner SET version = 99"
	switch s := d.store.(type) {
	case *sqliteStore:
		if _, err := s.connection.ExecContext(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	case *postgresStore:
		if _, err := s.pool.Exec(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
}

// A caller that has given up before the call has changed nothing.
func TestGivenUp(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		d := open(t, where)
		c := write(own(t, d, 1, 1), 1)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		var r stash.Result
		if d.Do(ctx, &c, &r); r.Outcome != outcome.NotDone {
			t.Errorf("commit: %+v", r)
		}
		lost := resolve(c)
		if d.Do(ctx, &lost, &r); r.Outcome != outcome.Unknown {
			t.Errorf("resolve: %+v", r)
		}
		if r := do(d, c); r.Outcome != outcome.Done {
			t.Errorf("afterwards: %+v", r)
		}
	})
}

// A call that waits for a lock and is given up has changed nothing, and the driver
// goes on.
func TestGivenUpWhileItWaits(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		d, other := open(t, where), open(t, where)
		owner := own(t, d, 1, 1)
		held, _, err := other.store.begin(context.Background(), stash.TxnID{Hi: 3, Lo: 3})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		var r stash.Result
		c := write(owner, 1)
		if d.Do(ctx, &c, &r); r.Outcome != outcome.NotDone {
			t.Errorf("%+v", r)
		}
		held.abandon(context.Background())
		if stored := keys(t, d, owner); len(stored) != 0 {
			t.Errorf("stored: %v", stored)
		}
		if r := do(d, c); r.Outcome != outcome.Done {
			t.Errorf("afterwards: %+v", r)
		}
	})
}

// Records of epochs that ended long ago go with a take-over; those of the current
// epoch and take-overs stay.
func TestRecordsArePruned(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		d := open(t, where)
		first := write(own(t, d, 1, 1), 1)
		do(d, first)
		age(t, d)
		second := own(t, d, 2, 2)
		first.Epoch, first.Nonce = second.Epoch, second.Nonce
		if r := do(d, resolve(first)); r.Outcome != outcome.NotDone {
			t.Errorf("an old record is still there: %+v", r)
		}
		late := stash.Call{Op: stash.OpTakeOver, Txn: stash.TxnID{Hi: 1, Lo: 1}, Nonce: 1}
		if r := do(d, late); r.Outcome != outcome.Fenced {
			t.Errorf("an old take-over came true again: %+v", r)
		}
	})
}

func age(t *testing.T, d *Driver) {
	t.Helper()
	const text = "UPDATE stash_transactions SET at_ms = 1"
	var err error
	switch s := d.store.(type) {
	case *sqliteStore:
		_, err = s.connection.ExecContext(context.Background(), text)
	case *postgresStore:
		_, err = s.pool.Exec(context.Background(), text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	strange := filepath.Join(dir, "strange.db")
	if err := os.WriteFile(strange, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ where, says string }{
		{"sqlite://" + filepath.Join(dir, "no", "such.db"), "its directory must exist"},
		{"sqlite://" + strange, "is no SQLite database"},
		{"postgres://me:sesame@127.0.0.1:1/db?connect_timeout=5", "see that the server runs"},
		{"postgres://me:sesame@127.0.0.1:1/db?sslmode=sesame", "sslmode"},
		{"s3://bucket", "known are postgres://"},
		{"sesame", "not a URL"},
	} {
		_, err := Open(context.Background(), c.where)
		if err == nil {
			t.Errorf("%s: opened", c.where)
			continue
		}
		var bad *location.Error
		var failed *Error
		if !errors.As(err, &bad) && !errors.As(err, &failed) {
			t.Errorf("%s: %T", c.where, err)
		}
		if text := err.Error(); !strings.Contains(text, c.says) || strings.Contains(text, "me:sesame") {
			t.Errorf("%s: %s", c.where, text)
		}
	}
}
