package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/realdrivers/connector/locator"
)

// records is the table of how far each table is written, and who may write.
const records = "tidemark_sinks"

// Statements about a record. Numbers of 64 bits without a sign are numeric there and
// text here.
const (
	createRecords = `CREATE TABLE IF NOT EXISTS %s (
		target text PRIMARY KEY, export text NOT NULL, made boolean NOT NULL, progress numeric(20) NOT NULL, finished boolean NOT NULL,
		count numeric(20) NOT NULL, epoch numeric(20) NOT NULL, fence_hi numeric(20) NOT NULL, fence_lo numeric(20) NOT NULL)`
	selectRecord = `SELECT export, made, progress::text, finished, count::text, epoch::text, fence_hi::text, fence_lo::text
		FROM %s WHERE target = $1 FOR UPDATE`
	insertRecord = `INSERT INTO %s VALUES ($1, $2, false, 0, false, 0, 0, 0, 0) ON CONFLICT DO NOTHING`
	updateRecord = `UPDATE %s SET made = $2, progress = $3::text::numeric, finished = $4, count = $5::text::numeric, epoch = $6::text::numeric,
		fence_hi = $7::text::numeric, fence_lo = $8::text::numeric WHERE target = $1`
	// patience ends a transaction whose host has stopped in the middle of it, so that
	// the record does not stay locked for a process that may never go on.
	patience = `SET LOCAL idle_in_transaction_session_timeout = '10s'`
	// durable demands that a commit waits for the disk, where the server's default is
	// that it does not.
	durable = `SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`
	// oneMaker lets one transaction at a time make tables.
	oneMaker = `SELECT pg_advisory_xact_lock(x'7469646d'::bigint)`
)

// Sink is one table. It keeps nothing but connections in memory, so it is safe for
// concurrent use.
type Sink struct {
	pool    *pgxpool.Pool
	table   pgx.Identifier
	records string
	target  string
}

// OpenSink reads a connection; it does not connect yet.
func OpenSink(l *locator.Locator) (*Sink, error) {
	table, err := tableName(l.Text("table", ""))
	if err != nil {
		return nil, err
	}
	url, err := connection(l)
	if err = errors.Join(err, l.Finish()); err != nil {
		return nil, err
	}
	pool, err := newPool(url, "tidemark-sink", 4)
	if err != nil {
		return nil, err
	}
	beside := append(table[:len(table)-1:len(table)-1], records)
	return &Sink{pool: pool, table: table, records: beside.Sanitize(), target: strings.Join(table, ".")}, nil
}

// Close closes the connections.
func (s *Sink) Close() error {
	s.pool.Close()
	return nil
}

// record is a row of the table of records.
type record struct {
	export   string
	made     bool
	progress uint64
	finished bool
	count    uint64
	epoch    uint64
	fence    sink.Fence
}

func (v *record) frontier() frontier.Frontier {
	return frontier.Frontier{T: frontier.Timestamp(v.progress), Empty: v.finished}
}

// Do makes a call of the sink, in one transaction.
func (s *Sink) Do(ctx context.Context, c *sink.Call, r *sink.Result) error {
	r.Outcome = outcome.NotDone
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // after a commit there is nothing to roll back
	v, err := s.read(ctx, tx, c)
	if err != nil {
		return err
	}
	if v.export != c.Export.String() {
		r.Outcome = outcome.Invalid
		return fmt.Errorf("table %s belongs to export %s: give every export a table of its own", s.target, v.export)
	}
	var want sink.Result
	if err := s.apply(ctx, tx, c, &want, &v); err != nil {
		if want.Outcome == outcome.Invalid {
			r.Outcome = outcome.Invalid
		}
		return err
	}
	if want.Outcome != outcome.Done {
		*r = want
		return nil
	}
	err = tx.Commit(ctx)
	if r.Outcome = committed(err); r.Outcome == outcome.Done {
		*r = want
	}
	return err
}

// read locks the record; one that is not there is made, and goes again unless the
// transaction commits.
func (s *Sink) read(ctx context.Context, tx pgx.Tx, c *sink.Call) (v record, err error) {
	var b pgx.Batch
	b.Queue(patience)
	b.Queue(durable)
	b.Queue(`SELECT to_regclass($1) IS NOT NULL`, s.records)
	results := tx.SendBatch(ctx, &b)
	there := false
	_, err = results.Exec()
	if err == nil {
		_, err = results.Exec()
	}
	if err == nil {
		err = results.QueryRow().Scan(&there)
	}
	if err = errors.Join(err, results.Close()); err != nil {
		return v, err
	}
	if !there {
		for _, statement := range []string{oneMaker, fmt.Sprintf(createRecords, s.records)} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return v, err
			}
		}
	}
	err = s.lock(ctx, tx, &v)
	if !errors.Is(err, pgx.ErrNoRows) {
		return v, err
	}
	if _, err := tx.Exec(ctx, fmt.Sprintf(insertRecord, s.records), s.target, c.Export.String()); err != nil {
		return v, err
	}
	return v, s.lock(ctx, tx, &v)
}

func (s *Sink) lock(ctx context.Context, tx pgx.Tx, v *record) error {
	numbers := [...]*uint64{&v.progress, &v.count, &v.epoch, &v.fence.Hi, &v.fence.Lo}
	var texts [len(numbers)]string
	err := tx.QueryRow(ctx, fmt.Sprintf(selectRecord, s.records), s.target).
		Scan(&v.export, &v.made, &texts[0], &v.finished, &texts[1], &texts[2], &texts[3], &texts[4])
	for i := 0; i < len(numbers) && err == nil; i++ {
		*numbers[i], err = strconv.ParseUint(texts[i], 10, 64)
	}
	if err == nil && !v.frontier().Valid() {
		err = fmt.Errorf("the row of %s in %s was changed by somebody: its progress is %d and finished", s.target, s.records, v.progress)
	}
	return err
}

// apply compares a call with the record, in the contract's order, and does what it
// leads to.
func (s *Sink) apply(ctx context.Context, tx pgx.Tx, c *sink.Call, r *sink.Result, v *record) error {
	mine := c.Fence == v.fence
	switch c.Op {
	case sink.OpOpen:
		return s.open(ctx, tx, c, r, v)
	case sink.OpWrite, sink.OpProgress:
		switch {
		case !mine:
			r.Outcome, r.Epoch = outcome.Fenced, v.epoch
			return nil
		case c.Op == sink.OpWrite && v.frontier() != c.From:
			r.Outcome, r.Progress = outcome.Mismatch, v.frontier()
			return nil
		case c.Op == sink.OpWrite:
			if err := s.insert(ctx, tx, c); err != nil {
				return err
			}
			v.progress, v.finished = uint64(c.To.T), c.To.IsEmpty()
			if err := s.save(ctx, tx, v); err != nil {
				return err
			}
		}
		r.Outcome, r.Progress = outcome.Done, v.frontier()
	case sink.OpClose:
		if mine {
			v.fence = sink.Fence{}
		}
		v.count++
		r.Outcome = outcome.Done
		return s.save(ctx, tx, v)
	case sink.OpNone:
		r.Outcome = outcome.Invalid
	}
	return nil
}

func (s *Sink) open(ctx context.Context, tx pgx.Tx, c *sink.Call, r *sink.Result, v *record) error {
	switch {
	case c.Fence == v.fence:
	case v.epoch > c.Epoch:
		r.Outcome, r.Epoch = outcome.Fenced, v.epoch
		return nil
	case v.count != c.Seen:
		r.Outcome, r.Count = outcome.Mismatch, v.count
		return nil
	default:
		if !v.made {
			if bad, err := s.make(ctx, tx, c.Schema); err != nil {
				if bad {
					r.Outcome = outcome.Invalid
				}
				return err
			}
		}
		v.made, v.epoch, v.fence = true, c.Epoch, c.Fence
		v.count++
		if err := s.save(ctx, tx, v); err != nil {
			return err
		}
	}
	r.Outcome, r.Count, r.Progress = outcome.Done, v.count, v.frontier()
	return nil
}

func (s *Sink) save(ctx context.Context, tx pgx.Tx, v *record) error {
	text := func(n uint64) string { return strconv.FormatUint(n, 10) }
	_, err := tx.Exec(ctx, fmt.Sprintf(updateRecord, s.records), s.target, v.made, text(v.progress), v.finished,
		text(v.count), text(v.epoch), text(v.fence.Hi), text(v.fence.Lo))
	return err
}

// make makes the table. bad: it never can.
func (s *Sink) make(ctx context.Context, tx pgx.Tx, schema relation.Schema) (bad bool, err error) {
	statement, err := createTable(s.table, schema)
	if err != nil {
		return true, err
	}
	var there bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, s.table.Sanitize()).Scan(&there); err != nil {
		return false, err
	}
	if there {
		return true, fmt.Errorf("table %s exists and is not the output of an export: choose another name", s.target)
	}
	_, err = tx.Exec(ctx, statement)
	return false, err
}

// insert appends the changes of a write.
func (s *Sink) insert(ctx context.Context, tx pgx.Tx, c *sink.Call) error {
	if len(c.Updates) == 0 {
		return nil
	}
	rows := &rows{updates: c.Updates, columns: len(c.Schema.Columns)}
	_, err := tx.CopyFrom(ctx, s.table, columnNames(c.Schema), rows)
	return err
}
