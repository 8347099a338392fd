package stash

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/realdrivers/location"
)

// The statements of SQLite.
const (
	sqliteOwner    = `SELECT version, epoch, nonce, taken_by FROM stash_owner`
	sqliteFate     = `SELECT fate FROM stash_transactions WHERE id = ?`
	sqliteRecord   = `INSERT INTO stash_transactions (id, fate, take_over, epoch, at_ms) VALUES (?, ?, ?, ?, ?)`
	sqliteTakeOver = `UPDATE stash_owner SET epoch = ?, nonce = ?, taken_by = ?`
	sqlitePrune    = `DELETE FROM stash_transactions WHERE epoch < ? AND at_ms < ? AND NOT take_over`
	sqliteInsert   = `INSERT INTO stash_entries (collection, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`
	sqliteUpsert   = `INSERT INTO stash_entries (collection, key, value) VALUES (?, ?, ?)
		ON CONFLICT (collection, key) DO UPDATE SET value = excluded.value`
	sqliteDelete = `DELETE FROM stash_entries WHERE collection = ? AND key = ?`
	sqliteValue  = `SELECT value FROM stash_entries WHERE collection = ? AND key = ?`
	sqlitePeek   = `SELECT key, value FROM stash_entries WHERE collection = ? ORDER BY key`
)

// sqliteStatements are prepared once.
var sqliteStatements = []string{
	sqliteOwner, sqliteFate, sqliteRecord, sqliteTakeOver, sqlitePrune,
	sqliteInsert, sqliteUpsert, sqliteDelete, sqliteValue, sqlitePeek,
}

// sqliteStore is a database in a file or in memory. There is one connection, which
// calls take turns on; other processes are kept apart by the file's lock.
type sqliteStore struct {
	database   *sql.DB
	connection *sql.Conn
	prepared   map[string]*sql.Stmt
	// turn holds one token, which whoever uses the connection has taken.
	turn chan struct{}
	// now is the machine's clock, which is the server's (C-55).
	now func() clock.Wall
}

// busy is how long a statement waits for another process.
const busy = 5 * time.Second

func openSQLite(ctx context.Context, at location.Location) (store, error) {
	name, journal := ":memory:", "memory"
	if at.Scheme() == location.SQLite {
		name, journal = (&url.URL{Scheme: "file", Path: at.Path()}).String(), "wal"
	}
	parameters := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "journal_mode(" + journal + ")", "synchronous(FULL)",
	}}
	database, err := sql.Open("sqlite", name+"?"+parameters.Encode())
	if err != nil {
		return nil, err
	}
	s := &sqliteStore{
		database: database, prepared: map[string]*sql.Stmt{}, turn: make(chan struct{}, 1),
		now: func() clock.Wall { return clock.Wall(time.Now().UnixMilli()) },
	}
	if err := s.connect(ctx, journal); err != nil {
		return s, errors.Join(err, database.Close())
	}
	return s, nil
}

// connect opens the one connection and looks whether what was asked for holds.
func (s *sqliteStore) connect(ctx context.Context, journal string) error {
	connection, err := s.database.Conn(ctx)
	if err != nil {
		return err
	}
	s.connection = connection
	s.turn <- struct{}{}
	var mode string
	if err := connection.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if mode != journal {
		return fmt.Errorf("its journal is %q instead of %q: this file system cannot share memory between processes", mode, journal)
	}
	return nil
}

func (s *sqliteStore) close() error {
	<-s.turn
	var problems []error
	for _, prepared := range s.prepared {
		problems = append(problems, prepared.Close())
	}
	return errors.Join(append(problems, s.connection.Close(), s.database.Close())...)
}

// start begins a transaction when it is the caller's turn.
func (s *sqliteStore) start(ctx context.Context, begin string) error {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, err := s.connection.ExecContext(ctx, begin); err != nil {
		s.rollback(ctx)
		return err
	}
	return nil
}

// rollback ends a transaction, if there is one, and the turn.
func (s *sqliteStore) rollback(ctx context.Context) {
	// That none is open any more, because an error ended it, is no problem.
	_, _ = s.connection.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	s.turn <- struct{}{}
}

func (s *sqliteStore) begin(ctx context.Context, id stash.TxnID) (transaction, found, error) {
	if err := s.start(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, found{}, err
	}
	f, err := s.owner(ctx)
	if err == nil {
		key := idBytes(id)
		err = s.prepared[sqliteFate].QueryRowContext(ctx, key[:]).Scan(&f.fate)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		s.rollback(ctx)
		return nil, found{}, err
	}
	return sqliteTransaction{s}, f, nil
}

// owner reads whose the store is.
func (s *sqliteStore) owner(ctx context.Context) (found, error) {
	var (
		f            found
		epoch, nonce int64
		takenBy      []byte
	)
	err := s.prepared[sqliteOwner].QueryRowContext(ctx).Scan(&f.version, &epoch, &nonce, &takenBy)
	if err != nil {
		return found{}, fmt.Errorf("read the owner: %w", notNoRows(err))
	}
	f.epoch, f.nonce, f.now = uint64(epoch), uint64(nonce), s.now()
	f.takenBy, err = idOf(takenBy)
	return f, err
}

// notNoRows is an error that nobody takes for a value that is not there.
func notNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errNoOwner
	}
	return err
}

func (s *sqliteStore) peek(ctx context.Context, collections []stash.Collection) (found, []stash.Entry, error) {
	if err := s.start(ctx, "BEGIN DEFERRED"); err != nil {
		return found{}, nil, err
	}
	defer s.rollback(ctx)
	f, err := s.owner(ctx)
	if err != nil {
		return found{}, nil, err
	}
	var entries []stash.Entry
	for _, collection := range collections {
		if entries, err = s.collect(ctx, collection, entries); err != nil {
			return found{}, nil, err
		}
	}
	return f, entries, nil
}

// collect appends a collection's entries.
func (s *sqliteStore) collect(ctx context.Context, collection stash.Collection, entries []stash.Entry) ([]stash.Entry, error) {
	rows, err := s.prepared[sqlitePeek].QueryContext(ctx, collection.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key, value sql.RawBytes
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		entries = append(entries, stash.Entry{Collection: collection, Key: string(key), Value: string(value)})
	}
	return entries, rows.Err()
}

// migrate waits for other processes that do the same, and prepares the statements.
func (s *sqliteStore) migrate(ctx context.Context) error {
	if err := s.start(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := migrateSteps(ctx, s, sqliteSchema[:]); err != nil {
		s.rollback(ctx)
		return err
	}
	if err := s.end(ctx); err != nil {
		return err
	}
	for _, text := range sqliteStatements {
		prepared, err := s.connection.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		s.prepared[text] = prepared
	}
	return nil
}

func (s *sqliteStore) version(ctx context.Context) (int64, error) {
	var tables, version int64
	err := s.connection.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'stash_owner'`).Scan(&tables)
	if err != nil || tables == 0 {
		return 0, err
	}
	err = s.connection.QueryRowContext(ctx, `SELECT version FROM stash_owner`).Scan(&version)
	return version, err
}

func (s *sqliteStore) exec(ctx context.Context, text string) error {
	_, err := s.connection.ExecContext(ctx, text)
	return err
}

// end commits the transaction, to its end whatever becomes of the caller, and ends
// the turn.
func (s *sqliteStore) end(ctx context.Context) error {
	if _, err := s.connection.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		s.rollback(ctx)
		return &commitError{err}
	}
	s.turn <- struct{}{}
	return nil
}
