package stash

import (
	"context"
	"database/sql"
	"errors"

	"example.com/tidemark/core/stash"
)

// sqliteTransaction is one that has begun, and has the turn.
type sqliteTransaction struct{ *sqliteStore }

func (t sqliteTransaction) abandon(ctx context.Context) { t.rollback(ctx) }

func (t sqliteTransaction) commit(ctx context.Context, what *changes) ([]stash.Entry, error) {
	entries, err := t.change(ctx, what)
	if err != nil {
		t.rollback(ctx)
		return nil, err
	}
	return entries, t.end(ctx)
}

// change does everything but commit.
func (t sqliteTransaction) change(ctx context.Context, what *changes) ([]stash.Entry, error) {
	id := idBytes(what.id)
	if what.record != fateNone {
		err := t.run(ctx, sqliteRecord, id[:], what.record, what.takeOver, int64(what.owner.epoch), int64(what.now))
		if err != nil {
			return nil, err
		}
	}
	if what.takeOver {
		err := errors.Join(
			t.run(ctx, sqliteTakeOver, int64(what.owner.epoch), int64(what.owner.nonce), id[:]),
			t.run(ctx, sqlitePrune, int64(what.owner.epoch), int64(what.now)-retention.Milliseconds()))
		if err != nil {
			return nil, err
		}
	}
	for i := range what.writes {
		if err := t.write(ctx, &what.writes[i]); err != nil {
			return nil, err
		}
	}
	return t.inserted(ctx, what.read)
}

func (t sqliteTransaction) run(ctx context.Context, statement string, arguments ...any) error {
	_, err := t.prepared[statement].ExecContext(ctx, arguments...)
	return err
}

func (t sqliteTransaction) write(ctx context.Context, w *stash.Write) error {
	switch w.Kind {
	case stash.WriteInsert:
		return t.run(ctx, sqliteInsert, w.Collection.String(), []byte(w.Key), []byte(w.Value))
	case stash.WriteUpsert:
		return t.run(ctx, sqliteUpsert, w.Collection.String(), []byte(w.Key), []byte(w.Value))
	case stash.WriteDelete:
		return t.run(ctx, sqliteDelete, w.Collection.String(), []byte(w.Key))
	case stash.WriteNone:
	}
	return nil
}

// inserted reads what is stored under the keys of the inserts; the value is empty
// if the key has been deleted since.
func (t sqliteTransaction) inserted(ctx context.Context, writes []stash.Write) ([]stash.Entry, error) {
	entries := make([]stash.Entry, 0, inserts(writes))
	for i := range writes {
		w := &writes[i]
		if w.Kind != stash.WriteInsert {
			continue
		}
		var value []byte
		err := t.prepared[sqliteValue].QueryRowContext(ctx, w.Collection.String(), []byte(w.Key)).Scan(&value)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		entries = append(entries, stash.Entry{Collection: w.Collection, Key: w.Key, Value: string(value)})
	}
	return entries, nil
}
