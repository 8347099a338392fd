package consensus

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

const (
	postgresHead = `SELECT sequence_number, data FROM consensus WHERE shard = $1 ORDER BY sequence_number DESC LIMIT 1`
	postgresScan = `SELECT sequence_number, data FROM consensus WHERE shard = $1 AND sequence_number >= $2 ORDER BY sequence_number LIMIT $3`
	postgresKeys = `SELECT shard FROM consensus_head WHERE shard > $1 ORDER BY shard LIMIT $2`
	// The head only rises: what was not beyond it stays so.
	postgresTruncate = `WITH head AS (
		SELECT coalesce((SELECT sequence_number FROM consensus_head WHERE shard = $1), 0) AS newest
	), gone AS (
		DELETE FROM consensus WHERE shard = $1 AND sequence_number < $2 AND $2 <= (SELECT newest FROM head)
	) SELECT $2 <= newest FROM head`
)

// ask makes a call that is a statement of its own.
func (p *Postgres) ask(ctx context.Context, call *consensus.Call) consensus.Result {
	connection, err := p.pool.Acquire(ctx)
	if err != nil {
		return failed(p.log, call, true, err)
	}
	defer connection.Release()
	p.statements.Add(1)
	r, err := ask(ctx, connection.Conn(), call)
	if err != nil {
		// A read that failed has done nothing.
		return failed(p.log, call, !writes(call.Op) || notSent(err), err)
	}
	return r
}

func ask(ctx context.Context, c *pgx.Conn, call *consensus.Call) (r consensus.Result, err error) {
	r.Outcome = outcome.Done
	switch call.Op {
	case consensus.OpHead:
		r.Head, err = scanEntry(c.QueryRow(ctx, postgresHead, call.Key))
		if errors.Is(err, pgx.ErrNoRows) {
			r.Head, err = consensus.Entry{}, nil
		}
	case consensus.OpScan:
		r.Entries, err = postgresRows(ctx, c, scanEntry, postgresScan, call.Key, int64(call.From), postgresLimit(call))
	case consensus.OpKeys:
		r.Keys, err = postgresRows(ctx, c, scanKey, postgresKeys, call.Key, postgresLimit(call))
	case consensus.OpTruncate:
		var done bool
		if err = c.QueryRow(ctx, postgresTruncate, call.Key, int64(call.Before)).Scan(&done); !done {
			r.Outcome = outcome.Mismatch
		}
	case consensus.OpNone, consensus.OpCompareAndSet, consensus.OpCount:
		r.Outcome = outcome.Invalid
	}
	return r, err
}

// postgresLimit is the call's limit as Postgres has it, where NULL is none.
func postgresLimit(call *consensus.Call) *int64 {
	if call.Limit == 0 {
		return nil
	}
	limit := int64(call.Limit)
	return &limit
}

// postgresRows is everything that a query answers.
func postgresRows[T any](ctx context.Context, c *pgx.Conn, scan func(row) (T, error), query string, arguments ...any) ([]T, error) {
	rows, err := c.Query(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (T, error) { return scan(r) })
}
