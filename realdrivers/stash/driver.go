package stash

import (
	"context"
	"fmt"
	"log/slog"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/realdrivers/location"
)

// Schemes are the kinds of location that a metadata store can be at (P-32). What is
// in mem:// is gone with the driver.
var Schemes = []location.Scheme{location.Postgres, location.SQLite, location.Mem}

// Driver makes calls of one metadata store. It is safe for concurrent use.
type Driver struct {
	at    location.Location
	store store
}

// store is one kind of database.
type store interface {
	// begin starts a transaction that nothing else can come between, and reads what
	// it is decided by. Whatever it fails with, nothing has been changed.
	begin(ctx context.Context, id stash.TxnID) (transaction, found, error)
	// peek reads who owns the store and whole collections, as of one moment.
	peek(ctx context.Context, collections []stash.Collection) (found, []stash.Entry, error)
	// migrate makes the schema, or brings it to the version that this program knows.
	migrate(ctx context.Context) error
	// certain reports whether an error of commit says that nothing was changed.
	certain(err error) bool
	// advice is what to do about an error, "" if nothing is known.
	advice(err error) string
	close() error
}

// transaction is one that has begun. Exactly one of its methods is called, once.
type transaction interface {
	// commit makes the changes, reads what is stored under the keys to read, and
	// commits.
	commit(ctx context.Context, what *changes) ([]stash.Entry, error)
	// abandon ends the transaction without a change.
	abandon(ctx context.Context)
}

// Open connects to the store at a location and makes or migrates its schema, under
// a lock, so that any number of processes may do so at once. Its errors are
// *location.Error or *Error and show no secrets.
func Open(ctx context.Context, where string) (*Driver, error) {
	at, err := location.Parse(where, Schemes...)
	if err != nil {
		return nil, err
	}
	d := &Driver{at: at}
	switch at.Scheme() {
	case location.Postgres:
		d.store, err = openPostgres(ctx, at)
	default:
		d.store, err = openSQLite(ctx, at)
	}
	if err != nil {
		return nil, d.wrap("open", err)
	}
	if err := d.store.migrate(ctx); err != nil {
		_ = d.store.close()
		return nil, d.wrap("open", err)
	}
	return d, nil
}

// Close ends the driver, after the calls that are under way.
func (d *Driver) Close() error {
	if err := d.store.close(); err != nil {
		return d.wrap("close", err)
	}
	return nil
}

// Location is where the store is; it prints without secrets.
func (d *Driver) Location() location.Location { return d.at }

// Do runs one transaction and overwrites r with how it ended.
func (d *Driver) Do(ctx context.Context, c *stash.Call, r *stash.Result) {
	*r = stash.Result{}
	if reason := stash.CheckArguments(c); reason != stash.ReasonNone {
		r.Outcome, r.Reason = outcome.Invalid, reason
		return
	}
	if c.Op == stash.OpPeek {
		d.peek(ctx, c, r)
		return
	}
	t, f, err := d.store.begin(ctx, c.Txn)
	if err != nil {
		d.failed(c, r, err, true)
		return
	}
	var what changes
	if !decide(c, &f, r, &what) {
		t.abandon(ctx)
		return
	}
	if r.Entries, err = t.commit(ctx, &what); err != nil {
		d.failed(c, r, err, d.store.certain(err))
	}
}

func (d *Driver) peek(ctx context.Context, c *stash.Call, r *stash.Result) {
	f, entries, err := d.store.peek(ctx, c.Collections)
	switch {
	case err != nil:
		d.failed(c, r, err, true)
	case owns(c, &f, r):
		r.Outcome, r.ServerTime, r.Entries = outcome.Done, f.now, entries
	}
}

// failed is a call that the store did not carry out, as far as is known. NotDone of a
// resolve speaks of the transaction that it asks about, so one that did not run is
// Unknown (T-2).
func (d *Driver) failed(c *stash.Call, r *stash.Result, err error, certain bool) {
	*r = stash.Result{Outcome: outcome.Unknown}
	if certain && c.Op != stash.OpResolve {
		r.Outcome = outcome.NotDone
	}
	slog.Warn("stash: a transaction failed", "op", c.Op.String(), "txn", fmt.Sprintf("%016x%016x", c.Txn.Hi, c.Txn.Lo),
		"epoch", c.Epoch, "outcome", r.Outcome.String(), "at", d.at, "error", err, "do", d.store.advice(err))
}
