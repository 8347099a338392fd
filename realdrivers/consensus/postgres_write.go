package consensus

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
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
		err = prepared(ctx, connection.Conn())
	}
	if err == nil {
		c := connection.Conn().PgConn()
		p.statements.Add(uint64(len(group)))
		if len(group) == 1 {
			results[0], err = setOne(ctx, c, &group[0].call)
			certain = notSent(err)
		} else {
			err = setMany(ctx, c, group, results)
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

func setOne(ctx context.Context, c *pgconn.PgConn, call *consensus.Call) (consensus.Result, error) {
	name, arguments := statement(call)
	added, err := c.ExecPrepared(ctx, name, arguments, binaryFormat, nil).Close()
	return compared(added), err
}

// setMany sends a statement for each, without waiting for what came of the one before.
// In Postgres what is sent like that is one transaction, which goes to disk once; nothing
// here relies on it, so where it is not, or part of it fails, the outcome of all is
// unknown. Rows are locked in the order of keys: two groups of two processes do not wait
// for each other.
func setMany(ctx context.Context, c *pgconn.PgConn, group []*write, results []consensus.Result) (err error) {
	pipeline := c.StartPipeline(ctx)
	defer func() { err = cmp.Or(err, pipeline.Close()) }()
	order := inOrder(group)
	for _, i := range order {
		name, arguments := statement(&group[i].call)
		pipeline.SendQueryPrepared(name, arguments, binaryFormat, nil)
	}
	if err := pipeline.Sync(); err != nil {
		return err
	}
	for _, i := range order {
		one, err := pipeline.GetResults()
		if err != nil {
			return err
		}
		reader, ok := one.(*pgconn.ResultReader)
		if !ok {
			return fmt.Errorf("the server answered a statement with %T", one)
		}
		added, err := reader.Close()
		if err != nil {
			return err
		}
		results[i] = compared(added)
	}
	return nil
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

// Names of the statements in a session.
const (
	postgresSetName    = "tidemark_set"
	postgresCreateName = "tidemark_create"
)

// prepared makes the statements known to a connection's session, if they are not: pgx
// remembers those that are. They are sent below it, without its conversion of arguments.
func prepared(ctx context.Context, c *pgx.Conn) error {
	if _, err := c.Prepare(ctx, postgresCreateName, postgresCreate); err != nil {
		return fmt.Errorf("prepare %s: %w", postgresCreateName, err)
	}
	if _, err := c.Prepare(ctx, postgresSetName, postgresSet); err != nil {
		return fmt.Errorf("prepare %s: %w", postgresSetName, err)
	}
	return nil
}

// binaryFormat is that of all arguments.
var binaryFormat = []int16{pgx.BinaryFormatCode}

// statement is what makes the call, with its arguments.
func statement(call *consensus.Call) (name string, arguments [][]byte) {
	if call.Expected == 0 {
		return postgresCreateName, [][]byte{[]byte(call.Key), number(call.New), []byte(call.Data)}
	}
	return postgresSetName, [][]byte{[]byte(call.Key), number(call.Expected), number(call.New), []byte(call.Data)}
}

// number is a bigint's binary form.
func number(n consensus.Seqno) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// compared is the outcome of a statement that added a row, or none.
func compared(added pgconn.CommandTag) consensus.Result {
	if added.RowsAffected() == 1 {
		return consensus.Result{Outcome: outcome.Done}
	}
	return mismatch(consensus.Entry{})
}
