package consensus

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

const (
	// Without a number the row is ignored: the head was not the expected one. A SELECT
	// in the place of VALUES would go through a temporary table, data included.
	sqliteAdd = `INSERT OR IGNORE INTO consensus (shard, sequence_number, data) VALUES (?1,
		CASE ?2 WHEN coalesce((SELECT max(sequence_number) FROM consensus WHERE shard = ?1), 0) THEN ?3 END, ?4)`
	sqliteDelete = `DELETE FROM consensus WHERE shard = ?1 AND sequence_number < ?2
		AND ?2 <= (SELECT max(sequence_number) FROM consensus WHERE shard = ?1)`
)

// change makes a call at once if nothing is in its way: no other call, and no other
// process. Otherwise it waits in the queue.
func (s *SQLite) change(ctx context.Context, call *consensus.Call) consensus.Result {
	w := &write{call: *call}
	if !s.queue.alone(w) {
		return s.queue.do(ctx, call)
	}
	group := []*write{w}
	results, certain, err := s.transact(group)
	busy := locked(err)
	if err != nil && !busy {
		results = s.gaveUp(group, certain, err)
	}
	s.queue.finish(group)
	if busy {
		return s.queue.do(ctx, call)
	}
	s.group(1)
	return results[0]
}

// write makes what the queue has, group by group, until it is closed.
func (s *SQLite) write() {
	for group := s.queue.next(nil); len(group) > 0; group = s.queue.next(group) {
		s.group(len(group))
		results := s.commit(group)
		s.queue.finish(group)
		answer(group, results)
	}
}

const (
	// A group that met another process's tries again soon, and then less and less often.
	firstPause = time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// commit makes a group's calls and is their results. It waits for other processes.
func (s *SQLite) commit(group []*write) []consensus.Result {
	began := time.Now()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		results, certain, err := s.transact(group)
		if err == nil {
			return results
		}
		if !locked(err) || time.Since(began) > busyTimeout {
			return s.gaveUp(group, certain, err)
		}
		time.Sleep(pause)
	}
}

// gaveUp is what came of a group that failed. Whatever fails, fails for all of it: what
// the others saw may not be true then.
func (s *SQLite) gaveUp(group []*write, certain bool, err error) []consensus.Result {
	// Nothing of a failed transaction must meet the next one.
	s.connection.close()
	results := make([]consensus.Result, len(group))
	for i, w := range group {
		results[i] = failed(s.log, &w.call, certain, err)
	}
	return results
}

// transact makes a group's calls in one transaction. If it fails, certain says that
// it did nothing and never will.
func (s *SQLite) transact(group []*write) (results []consensus.Result, certain bool, err error) {
	c := &s.connection
	if err := c.open(s.writing); err != nil {
		return nil, true, err
	}
	if len(group) == 1 && group[0].call.Op == consensus.OpCompareAndSet {
		// One statement is a transaction.
		r, err := s.apply(&group[0].call)
		return []consensus.Result{r}, locked(err), err
	}
	if err := c.exec(c.begin); err != nil {
		return nil, true, err
	}
	for _, w := range group {
		r, err := s.apply(&w.call)
		if err != nil {
			// What was never committed will never be there.
			return nil, true, err
		}
		results = append(results, r)
	}
	err = c.exec(c.commit)
	return results, locked(err), err
}

// locked reports whether the database refused even to begin because of another
// process.
func locked(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// apply makes one call in the transaction that is open, or in one of its own.
func (s *SQLite) apply(call *consensus.Call) (consensus.Result, error) {
	if call.Op == consensus.OpTruncate {
		return s.truncate(call)
	}
	s.statements.Add(1)
	added, err := s.connection.add.Exec(call.Key, int64(call.Expected), int64(call.New), []byte(call.Data))
	if err != nil {
		return consensus.Result{}, err
	}
	if n, err := added.RowsAffected(); n == 1 || err != nil {
		return consensus.Result{Outcome: outcome.Done}, err
	}
	head, err := s.head(call.Key)
	return mismatch(head), err
}

func (s *SQLite) head(key string) (consensus.Entry, error) {
	s.statements.Add(1)
	return sqliteEntry(s.connection.head.QueryRow(key))
}

func (s *SQLite) truncate(call *consensus.Call) (consensus.Result, error) {
	s.statements.Add(1)
	gone, err := s.connection.delete.Exec(call.Key, int64(call.Before))
	if err != nil {
		return consensus.Result{}, err
	}
	if n, err := gone.RowsAffected(); n > 0 || err != nil {
		return consensus.Result{Outcome: outcome.Done}, err
	}
	// There was nothing to delete, or the head is not as far as that.
	head, err := s.head(call.Key)
	if err != nil || call.Before > head.Seqno {
		return mismatch(head), err
	}
	return consensus.Result{Outcome: outcome.Done}, nil
}

// sqliteWriter is the connection that writes, with its statements. It is the zero
// value before it is opened and after it failed.
type sqliteWriter struct {
	connection                       *sql.Conn
	begin, commit, add, delete, head *sql.Stmt
}

// open connects if there is no connection. If it fails there is none.
func (c *sqliteWriter) open(db *sql.DB) (err error) {
	if c.connection != nil {
		return nil
	}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	ctx := context.Background()
	if c.connection, err = db.Conn(ctx); err != nil {
		return err
	}
	// Who waits for another process does so here (commit).
	if _, err = c.connection.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	for statement, text := range map[**sql.Stmt]string{
		&c.begin: "BEGIN IMMEDIATE", &c.commit: "COMMIT", &c.add: sqliteAdd, &c.delete: sqliteDelete, &c.head: sqliteHead,
	} {
		if *statement, err = c.connection.PrepareContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

func (c *sqliteWriter) exec(statement *sql.Stmt) error {
	_, err := statement.Exec()
	return err
}

// close ends the connection, and with it a transaction that is open.
func (c *sqliteWriter) close() {
	if c.connection == nil {
		return
	}
	for _, statement := range []*sql.Stmt{c.begin, c.commit, c.add, c.delete, c.head} {
		if statement != nil {
			_ = statement.Close()
		}
	}
	// A bad connection is not used again. Why it is bad was said already.
	_ = c.connection.Raw(func(any) error { return driver.ErrBadConn })
	*c = sqliteWriter{}
}
