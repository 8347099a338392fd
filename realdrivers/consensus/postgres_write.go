package consensus

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

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
	// Many, of different keys, add the rows of those that succeed, and answer these.
	// Rows are locked in the order of keys first, so that two such statements of two
	// processes do not wait for each other.
	postgresGroup = `WITH asked AS MATERIALIZED (
		SELECT shard, expected, next, data
		FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[]) AS a (shard, expected, next, data)
	), held AS MATERIALIZED (
		SELECT h.shard, a.next FROM asked a JOIN consensus_head h ON h.shard = a.shard AND h.sequence_number = a.expected
		ORDER BY h.shard FOR UPDATE OF h
	), moved AS (
		UPDATE consensus_head h SET sequence_number = held.next FROM held WHERE h.shard = held.shard RETURNING h.shard
	), made AS (
		INSERT INTO consensus_head (shard, sequence_number) SELECT shard, next FROM asked WHERE expected = 0 ORDER BY shard
		ON CONFLICT DO NOTHING RETURNING shard
	) INSERT INTO consensus (shard, sequence_number, data)
		SELECT asked.shard, next, data FROM (SELECT shard FROM moved UNION ALL SELECT shard FROM made) won
		JOIN asked ON asked.shard = won.shard
		RETURNING shard`
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

// commit makes a group's compare-and-sets, all of different keys, in one statement.
func (p *Postgres) commit(ctx context.Context, group []*write) []consensus.Result {
	p.group(len(group))
	results := make([]consensus.Result, len(group))
	certain := true
	connection, err := p.pool.Acquire(ctx)
	if err == nil {
		defer connection.Release()
		p.statements.Add(1)
		if len(group) == 1 {
			results[0], err = setOne(ctx, connection.Conn(), &group[0].call)
		} else {
			err = setMany(ctx, connection.Conn(), group, results)
		}
		certain = notSent(err)
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
	query, arguments := postgresSet, []any{call.Key, int64(call.Expected), int64(call.New), []byte(call.Data)}
	if call.Expected == 0 {
		query, arguments = postgresCreate, slices.Delete(arguments, 1, 2)
	}
	added, err := c.Exec(ctx, query, arguments...)
	if added.RowsAffected() == 1 {
		return consensus.Result{Outcome: outcome.Done}, err
	}
	return mismatch(consensus.Entry{}), err
}

func setMany(ctx context.Context, c *pgx.Conn, group []*write, results []consensus.Result) error {
	n := len(group)
	keys, expected, next, data := make([]string, n), make([]int64, n), make([]int64, n), make([][]byte, n)
	for i, w := range group {
		keys[i], expected[i], next[i], data[i] = w.call.Key, int64(w.call.Expected), int64(w.call.New), []byte(w.call.Data)
	}
	won, err := postgresRows(ctx, c, scanKey, postgresGroup, keys, expected, next, data)
	slices.Sort(won)
	for i := range results {
		results[i] = mismatch(consensus.Entry{})
		if _, found := slices.BinarySearch(won, keys[i]); found {
			results[i] = consensus.Result{Outcome: outcome.Done}
		}
	}
	return err
}
