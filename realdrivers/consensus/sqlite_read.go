package consensus

import (
	"context"
	"database/sql"
	"errors"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// The statements. Numbers of entries are stored as they are: MaxSeqno is SQLite's
// and Postgres's largest integer.
const (
	sqliteHead = `SELECT sequence_number, data FROM consensus WHERE shard = ? ORDER BY sequence_number DESC LIMIT 1`
	sqliteScan = `SELECT sequence_number, data FROM consensus WHERE shard = ? AND sequence_number >= ? ORDER BY sequence_number LIMIT ?`
	// The recursion skips from key to key, however many entries each has.
	sqliteKeys = `WITH RECURSIVE keys(shard) AS (
		SELECT min(shard) FROM consensus WHERE shard > ?
		UNION ALL
		SELECT (SELECT min(shard) FROM consensus WHERE consensus.shard > keys.shard) FROM keys WHERE keys.shard IS NOT NULL
	) SELECT shard FROM keys WHERE shard IS NOT NULL LIMIT ?`
)

// read makes a call that changes nothing.
func (s *SQLite) read(ctx context.Context, call *consensus.Call) consensus.Result {
	s.statements.Add(1)
	r, err := s.tryRead(ctx, call)
	if err != nil {
		// A read that failed has done nothing.
		return failed(s.log, call, true, err)
	}
	return r
}

func (s *SQLite) tryRead(ctx context.Context, call *consensus.Call) (r consensus.Result, err error) {
	r.Outcome = outcome.Done
	switch call.Op {
	case consensus.OpHead:
		r.Head, err = sqliteEntry(s.reading.QueryRowContext(ctx, sqliteHead, call.Key))
	case consensus.OpScan:
		r.Entries, err = sqliteRows(s.reading, ctx, sqliteScan, scanEntry, call.Key, int64(call.From), sqliteLimit(call))
	case consensus.OpKeys:
		r.Keys, err = sqliteRows(s.reading, ctx, sqliteKeys, scanKey, call.Key, sqliteLimit(call))
	case consensus.OpNone, consensus.OpCompareAndSet, consensus.OpTruncate, consensus.OpCount:
		r.Outcome = outcome.Invalid
	}
	return r, err
}

// sqliteLimit is the call's limit as SQLite has it, where a negative one is none.
func sqliteLimit(call *consensus.Call) int64 {
	if call.Limit == 0 {
		return -1
	}
	return int64(call.Limit)
}

// row is one row of an answer.
type row interface{ Scan(to ...any) error }

// sqliteEntry is the entry that a row shows, or the zero one if there is no row.
func sqliteEntry(r row) (consensus.Entry, error) {
	e, err := scanEntry(r)
	if errors.Is(err, sql.ErrNoRows) {
		return consensus.Entry{}, nil
	}
	return e, err
}

func scanEntry(r row) (consensus.Entry, error) {
	var n int64
	var data []byte
	err := r.Scan(&n, &data)
	return consensus.Entry{Seqno: consensus.Seqno(n), Data: string(data)}, err
}

func scanKey(r row) (key string, err error) {
	err = r.Scan(&key)
	return key, err
}

// sqliteRows is everything that a query answers.
func sqliteRows[T any](db *sql.DB, ctx context.Context, query string, scan func(row) (T, error), arguments ...any) (list []T, err error) {
	rows, err := db.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
