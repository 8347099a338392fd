package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/source"
)

// A slot is made at an ingestion's first poll and dropped when the ingestion is over
// for good (H-15). Both are done under a lock of the slot's name, and a row in
// tidemark_sources that needs nothing any more outlives the slot: a copy of the
// ingestion that stood still meanwhile does not make it anew.

// forever is the offset before which nothing is needed of a source that was released.
const forever = ^source.Offset(0)

// Statements about slots. None of those before pg_create_logical_replication_slot may
// write: Postgres makes no slot in a transaction that has written.
const (
	lockSlot    = `SELECT pg_advisory_xact_lock(hashtextextended('tidemark/' || $1::text, 0))`
	wanted      = `SELECT confirmed < 'FFFFFFFF/FFFFFFFF' FROM tidemark_sources WHERE slot = $1`
	createSlot  = `SELECT pg_create_logical_replication_slot($1, 'pgoutput')`
	releaseSlot = `INSERT INTO tidemark_sources VALUES ($1, NULL, 'FFFFFFFF/FFFFFFFF') ON CONFLICT (slot) DO UPDATE SET confirmed = excluded.confirmed`
	ourSlot     = `plugin = 'pgoutput' AND database = current_database()`
	// endReaders ends whoever still reads a slot: another copy of an ingestion that is
	// over. It waits for their end, in milliseconds.
	endReaders = `SELECT coalesce(bool_and(pg_terminate_backend(active_pid, 2000)), true) FROM pg_replication_slots WHERE slot_name = $1 AND active AND ` + ourSlot
	dropSlot   = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND ` + ourSlot
)

// errReleased is told to who polls a source whose ingestion is over.
var errReleased = errors.New("it was dropped with its ingestion; another installation's ingestion of the same id needs slot=NAME in its connection")

// makeSlot makes a slot, if its ingestion is not over.
func (s *Source) makeSlot(ctx context.Context, slot string) error {
	return s.locked(ctx, slot, func(tx pgx.Tx) error {
		var open bool
		if err := tx.QueryRow(ctx, wanted, slot).Scan(&open); err != nil {
			return err
		}
		if !open {
			return errReleased
		}
		_, err := tx.Exec(ctx, createSlot, slot)
		return err
	})
}

// release drops the slot of an ingestion that is over. One that has a name of its own
// is its owner's, and stays.
func (s *Source) release(ctx context.Context, slot string, r *source.Result) error {
	if s.slot != "" {
		r.Outcome = outcome.Done
		return fmt.Errorf("slot %s was named in the connection and is left to you: SELECT pg_drop_replication_slot('%s') if nothing else reads it", slot, slot)
	}
	if err := s.ensureSources(ctx); err != nil {
		return err
	}
	err := s.locked(ctx, slot, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, releaseSlot, slot)
		return err
	})
	if err == nil {
		err = s.dropSlot(ctx, slot)
	}
	if err != nil {
		return fmt.Errorf("slot %s cannot be dropped: %w", slot, err)
	}
	r.Outcome = outcome.Done
	return nil
}

func (s *Source) dropSlot(ctx context.Context, slot string) error {
	var ended bool
	if err := s.pool.QueryRow(ctx, endReaders, slot).Scan(&ended); err != nil {
		return err
	}
	if !ended {
		return errors.New("another process reads it and does not end")
	}
	_, err := s.pool.Exec(ctx, dropSlot, slot)
	return err
}

// locked runs a transaction that has the slot's name for itself. The lock is taken
// before the transaction has written: making a slot waits for those that have.
func (s *Source) locked(ctx context.Context, slot string, run func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, patience); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, lockSlot, slot); err != nil {
			return err
		}
		return run(tx)
	})
}
