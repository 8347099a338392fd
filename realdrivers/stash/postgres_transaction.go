package stash

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"example.com/tidemark/core/stash"
)

// postgresTransaction is one that has begun, and holds the lock.
type postgresTransaction struct{ tx pgx.Tx }

func (t postgresTransaction) abandon(ctx context.Context) { rollback(ctx, t.tx) }

// commit sends COMMIT only after all else has succeeded.
func (t postgresTransaction) commit(ctx context.Context, what *changes) ([]stash.Entry, error) {
	entries, err := t.change(ctx, what)
	if err != nil {
		rollback(ctx, t.tx)
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		rollback(ctx, t.tx)
		return nil, err
	}
	if err := t.tx.Commit(ctx); err != nil {
		rollback(ctx, t.tx)
		return nil, &commitError{err}
	}
	return entries, nil
}

// change does everything but commit, in one round trip.
func (t postgresTransaction) change(ctx context.Context, what *changes) ([]stash.Entry, error) {
	var batch pgx.Batch
	id, epoch := idBytes(what.id), int64(what.owner.epoch)
	if what.record != fateNone {
		batch.Queue(postgresRecord, id, int16(what.record), what.takeOver, epoch, int64(what.now))
	}
	if what.takeOver {
		batch.Queue(postgresTakeOver, epoch, int64(what.owner.nonce), id)
		batch.Queue(postgresPrune, epoch, int64(what.now)-retention.Milliseconds())
	}
	for i := range what.writes {
		queueWrite(&batch, &what.writes[i])
	}
	entries := make([]stash.Entry, 0, inserts(what.read))
	for i := range what.read {
		w := &what.read[i]
		if w.Kind == stash.WriteInsert {
			batch.Queue(postgresValue, w.Collection.String(), []byte(w.Key)).QueryRow(func(row pgx.Row) error {
				var value []byte
				if err := row.Scan(&value); err != nil && !errors.Is(err, pgx.ErrNoRows) {
					return err
				}
				entries = append(entries, stash.Entry{Collection: w.Collection, Key: w.Key, Value: string(value)})
				return nil
			})
		}
	}
	if err := t.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, err
	}
	return entries, nil
}

func queueWrite(batch *pgx.Batch, w *stash.Write) {
	switch w.Kind {
	case stash.WriteInsert:
		batch.Queue(postgresInsert, w.Collection.String(), []byte(w.Key), []byte(w.Value))
	case stash.WriteUpsert:
		batch.Queue(postgresUpsert, w.Collection.String(), []byte(w.Key), []byte(w.Value))
	case stash.WriteDelete:
		batch.Queue(postgresDelete, w.Collection.String(), []byte(w.Key))
	case stash.WriteNone:
	}
}
