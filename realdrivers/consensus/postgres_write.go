package consensus

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

const (
	// One compare-and-set adds a row, or none.
	postgresSet = `WITH moved AS (
		UPDATE consensus_head SET sequence_number = $3::bigint WHERE shard = $1 AND sequence_number = $2 RETURNING shard
	) INSERT INTO consensus (shard, sequence_number, data) SELECT shard, $3::bigint, $4::bytea FROM moved`
	postgresCreate = `WITH made AS (
		INSERT INTO consensus_head (shard, sequence_number) VALUES ($1, $2::bigint) ON CONFLICT DO NOTHING RETURNING shard
	) INSERT INTO consensus (shard, sequence_number, data) SELECT shard, $2::bigint, $3::bytea FROM made`
)

// set makes a compare-and-set at once if it may go, and otherwise in a group with
// others that wait.
func (p *Postgres) set(ctx context.Context, call *consensus.Call) consensus.Result {
	w := &write{call: *call}
	if !p.queue.alone(w) {
		return p.queue.do(ctx, call)
	}
	group := []*write{w}
	defer p.queue.finish(group)
	return p.commit(ctx, group)[0]
}

// write makes what the queue has, group by group, until it is closed.
func (p *Postgres) write() {
	for group := p.queue.next(nil); len(group) > 0; group = p.queue.next(group) {
		ctx, cancel := wanted(group)
		results := p.commit(ctx, group)
		cancel()
		p.queue.finish(group)
		answer(group, results)
	}
}

// commit makes a group's compare-and-sets, all of different keys, in one transaction.
func (p *Postgres) commit(ctx context.Context, group []*write) []consensus.Result {
	p.group(len(group))
	results := make([]consensus.Result, len(group))
	certain := true
	connection, err := p.pool.Acquire(ctx)
	if err == nil {
		defer connection.Release()
		p.statements.Add(uint64(len(group)))
		if len(group) == 1 {
			results[0], err = setOne(ctx, connection.Conn(), &group[0].call)
			certain = notSent(err)
		} else {
			err = setMany(ctx, connection.Conn(), group, results)
			certain = pgconn.SafeToRetry(err)
		}
	}
	if err != nil {
		for i, w := range group {
			results[i] = failed(p.log, &w.call, certain, err)
		}
	}
	return results
}

// wanted ends when none of the group's callers wants its outcome any more. A server
// that does not answer would otherwise keep its writer for ever.
func wanted(group []*write) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	var left atomic.Int64
	left.Store(int64(len(group)))
	stops := make([]func() bool, len(group))
	for i, w := range group {
		stops[i] = context.AfterFunc(w.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

func setOne(ctx context.Context, c *pgx.Conn, call *consensus.Call) (consensus.Result, error) {
	query, arguments := statement(call)
	added, err := c.Exec(ctx, query, arguments...)
	return compared(added), err
}

// setMany sends a statement for each, without waiting for what came of the one before.
// In Postgres what is sent like that is one transaction, which goes to disk once; nothing
// here relies on it, so where it is not, or part of it fails, the outcome of all is
// unknown. Rows are locked in the order of keys: two groups of two processes do not wait
// for each other.
func setMany(ctx context.Context, c *pgx.Conn, group []*write, results []consensus.Result) error {
	batch := &pgx.Batch{}
	for _, i := range inOrder(group) {
		query, arguments := statement(&group[i].call)
		batch.Queue(query, arguments...).Exec(func(added pgconn.CommandTag) error {
			results[i] = compared(added)
			return nil
		})
	}
	return c.SendBatch(ctx, batch).Close()
}

// inOrder are the places of the group's writes, by their keys.
func inOrder(group []*write) []int {
	places := make([]int, len(group))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int { return strings.Compare(group[a].call.Key, group[b].call.Key) })
	return places
}

// statement is what makes the call, with its arguments.
func statement(call *consensus.Call) (string, []any) {
	if call.Expected == 0 {
		return postgresCreate, []any{call.Key, int64(call.New), []byte(call.Data)}
	}
	return postgresSet, []any{call.Key, int64(call.Expected), int64(call.New), []byte(call.Data)}
}

// compared is the outcome of a statement that added a row, or none.
func compared(added pgconn.CommandTag) consensus.Result {
	if added.RowsAffected() == 1 {
		return consensus.Result{Outcome: outcome.Done}
	}
	return mismatch(consensus.Entry{})
}
