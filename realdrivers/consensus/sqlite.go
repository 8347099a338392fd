package consensus

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	// The driver "sqlite".
	_ "modernc.org/sqlite"

	"example.com/tidemark/core/persist/consensus"
)

// SQLite is a store in a file, which several processes of one machine may share. A
// commit is on disk before it is answered (WAL, synchronous=FULL).
type SQLite struct {
	log *slog.Logger
	// reading serves reads, and writing the one connection that writes: SQLite has one
	// writer at a time anyway, and so the others queue here, where they are grouped.
	reading, writing *sql.DB
	queue            queue
	// connection is that of writing. It belongs to the group that is under way.
	connection sqliteWriter
	counters
	writer sync.WaitGroup
	once   sync.Once
	closed error
}

// busyTimeout is how long a call waits for another process's.
const busyTimeout = 5 * time.Second

// OpenSQLite opens the store in the file, which is made if it is not there; its
// directory must exist.
func OpenSQLite(ctx context.Context, file string, options Options) (*SQLite, error) {
	s := &SQLite{log: options.log()}
	for db, access := range map[**sql.DB]string{&s.writing: "rwc", &s.reading: "rw"} {
		var err error
		// Opening only notes the name.
		if *db, err = sql.Open("sqlite", sqliteName(file, access)); err != nil {
			return nil, fmt.Errorf("consensus: SQLite file %s: %w", file, err)
		}
	}
	s.writing.SetMaxOpenConns(1)
	s.reading.SetMaxOpenConns(readers())
	s.reading.SetMaxIdleConns(readers())
	err := s.prepare(ctx)
	if err == nil {
		err = syncDirectory(file)
	}
	if err != nil {
		return nil, fmt.Errorf("consensus: SQLite file %s: %w", file, errors.Join(err, s.closeFiles()))
	}
	s.queue.init(s.log, 1, false)
	s.writer.Go(s.write)
	return s, nil
}

// readers is how many reads go on at a time.
func readers() int { return max(4, runtime.GOMAXPROCS(0)) }

// sqliteName is what the library calls the file, with how it is to be used.
func sqliteName(file, access string) string {
	name := url.URL{Scheme: "file", Path: file, RawQuery: url.Values{
		"mode": {access}, "_txlock": {"immediate"},
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)"},
	}.Encode()}
	return name.String()
}

const sqliteSchema = `CREATE TABLE IF NOT EXISTS consensus (
	shard TEXT NOT NULL,
	sequence_number INTEGER NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (shard, sequence_number)
)`

// prepare makes the table, and checks that the file is as durable as was asked for:
// some file systems know no WAL.
func (s *SQLite) prepare(ctx context.Context) error {
	var mode string
	var synchronous int
	if err := s.writing.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if err := s.writing.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return err
	}
	if mode != "wal" || synchronous != 2 {
		return fmt.Errorf("journal_mode is %s and synchronous %d, but wal and 2 are needed: is the file on a local disk?", mode, synchronous)
	}
	_, err := s.writing.ExecContext(ctx, sqliteSchema)
	return err
}

// syncDirectory makes the file's name as durable as what is in it.
func syncDirectory(file string) error {
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Do implements Store.
func (s *SQLite) Do(ctx context.Context, call *consensus.Call, result *consensus.Result) {
	switch {
	case refuse(ctx, call, result):
	case writes(call.Op):
		*result = s.change(ctx, call)
	default:
		*result = s.read(ctx, call)
	}
}

// Stats implements Store.
func (s *SQLite) Stats() Stats { return s.stats() }

// Close implements Store.
func (s *SQLite) Close() error {
	s.once.Do(func() {
		s.queue.close()
		s.writer.Wait()
		s.queue.drain()
		s.connection.close()
		s.closed = s.closeFiles()
	})
	return s.closed
}

func (s *SQLite) closeFiles() error {
	err := errors.Join(s.reading.Close(), s.writing.Close())
	if err != nil {
		return fmt.Errorf("consensus: close SQLite: %w", err)
	}
	return nil
}
