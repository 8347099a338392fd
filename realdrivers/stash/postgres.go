package stash

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/core/stash"
	"example.com/tidemark/realdrivers/location"
)

// The statements of Postgres.
const (
	// postgresLock comes before the statements whose snapshot matters: at the level
	// read committed each of them sees what was committed when it began, and whoever
	// changes anything holds this lock until its commit.
	postgresLock  = `SELECT version, epoch, nonce, taken_by FROM stash_owner FOR UPDATE`
	postgresOwner = `SELECT version, epoch, nonce, taken_by FROM stash_owner`
	postgresFate  = `SELECT coalesce((SELECT fate FROM stash_transactions WHERE id = $1), 0::smallint), ` + postgresNow
	postgresClock = `SELECT ` + postgresNow
	postgresNow   = `floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint`
	// postgresPatience ends a transaction whose owner has stopped in the middle of it,
	// so that the lock does not wait for a process that may never go on.
	postgresPatience = `SET LOCAL idle_in_transaction_session_timeout = '10s'`
	// postgresDurable demands that a commit waits for the disk, where the server's
	// default is that it does not.
	postgresDurable = `SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`

	postgresRecord   = `INSERT INTO stash_transactions (id, fate, take_over, epoch, at_ms) VALUES ($1, $2, $3, $4, $5)`
	postgresTakeOver = `UPDATE stash_owner SET epoch = $1, nonce = $2, taken_by = $3`
	postgresPrune    = `DELETE FROM stash_transactions WHERE epoch < $1 AND at_ms < $2 AND NOT take_over`
	postgresInsert   = `INSERT INTO stash_entries (collection, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	postgresUpsert   = `INSERT INTO stash_entries (collection, key, value) VALUES ($1, $2, $3)
		ON CONFLICT (collection, key) DO UPDATE SET value = excluded.value`
	postgresDelete = `DELETE FROM stash_entries WHERE collection = $1 AND key = $2`
	postgresValue  = `SELECT value FROM stash_entries WHERE collection = $1 AND key = $2`
	postgresPeek   = `SELECT key, value FROM stash_entries WHERE collection = $1 ORDER BY key`
)

// postgresStore is a database of a Postgres server.
type postgresStore struct{ pool *pgxpool.Pool }

func openPostgres(ctx context.Context, at location.Location) (store, error) {
	config, err := pgxpool.ParseConfig(at.Reveal())
	if err != nil {
		return nil, err
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "tidemark-stash"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return &postgresStore{pool}, nil
}

func (s *postgresStore) close() error {
	s.pool.Close()
	return nil
}

// readWrite is the kind of a transaction that begins with the lock.
var readWrite = pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}

func (s *postgresStore) begin(ctx context.Context, id stash.TxnID) (transaction, found, error) {
	tx, err := s.pool.BeginTx(ctx, readWrite)
	if err != nil {
		return nil, found{}, err
	}
	var (
		f     found
		batch pgx.Batch
	)
	batch.Queue(postgresPatience)
	batch.Queue(postgresDurable)
	batch.Queue(postgresLock).QueryRow(f.readOwner)
	batch.Queue(postgresFate, idBytes(id)).QueryRow(func(row pgx.Row) error { return row.Scan(&f.fate, (*int64)(&f.now)) })
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		rollback(ctx, tx)
		return nil, found{}, err
	}
	return postgresTransaction{tx}, f, nil
}

// rollback ends a transaction on the server, or the connection that it is on.
func rollback(ctx context.Context, tx pgx.Tx) { _ = tx.Rollback(context.WithoutCancel(ctx)) }

// readOwner reads the row of stash_owner.
func (f *found) readOwner(row pgx.Row) error {
	var (
		epoch, nonce int64
		takenBy      [16]byte
	)
	if err := row.Scan(&f.version, &epoch, &nonce, &takenBy); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			err = errNoOwner
		}
		return fmt.Errorf("read the owner: %w", err)
	}
	f.epoch, f.nonce = uint64(epoch), uint64(nonce)
	var err error
	f.takenBy, err = idOf(takenBy[:])
	return err
}

func (s *postgresStore) peek(ctx context.Context, collections []stash.Collection) (found, []stash.Entry, error) {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return found{}, nil, err
	}
	defer rollback(ctx, tx)
	var (
		f       found
		entries []stash.Entry
		batch   pgx.Batch
	)
	batch.Queue(postgresOwner).QueryRow(f.readOwner)
	for _, collection := range collections {
		batch.Queue(postgresPeek, collection.String()).Query(func(rows pgx.Rows) error {
			var err error
			entries, err = collect(rows, collection, entries)
			return err
		})
	}
	batch.Queue(postgresClock).QueryRow(func(row pgx.Row) error { return row.Scan((*int64)(&f.now)) })
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return found{}, nil, err
	}
	return f, entries, nil
}

// collect appends a collection's entries.
func collect(rows pgx.Rows, collection stash.Collection, entries []stash.Entry) ([]stash.Entry, error) {
	var key, value []byte
	_, err := pgx.ForEachRow(rows, []any{&key, &value}, func() error {
		entries = append(entries, stash.Entry{Collection: collection, Key: string(key), Value: string(value)})
		return nil
	})
	return entries, err
}

// migrationLock is the advisory lock that a migration holds in its database.
const migrationLock = 0x7469_6465_6d61_726b // "tidemark"

// migrate waits for other processes that do the same.
func (s *postgresStore) migrate(ctx context.Context) error {
	return pgx.BeginTxFunc(ctx, s.pool, readWrite, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		return migrateSteps(ctx, postgresMigrator{tx}, postgresSchema[:])
	})
}

// postgresMigrator is the transaction of a migration.
type postgresMigrator struct{ tx pgx.Tx }

func (m postgresMigrator) version(ctx context.Context) (int64, error) {
	var there bool
	if err := m.tx.QueryRow(ctx, "SELECT to_regclass('stash_owner') IS NOT NULL").Scan(&there); err != nil || !there {
		return 0, err
	}
	var version int64
	err := m.tx.QueryRow(ctx, "SELECT version FROM stash_owner").Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNoOwner
	}
	return version, err
}

func (m postgresMigrator) exec(ctx context.Context, text string) error {
	_, err := m.tx.Exec(ctx, text)
	return err
}
