package benchreal

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"
)

// payload is what every compare-and-set stores.
var payload = []byte(strings.Repeat("x", 512))

// bareRows is how many rows the bare statements are spread over.
const bareRows = 64

// bare is a table of rows that are compared and set by bare statements, as fast as
// its store can.
type bare struct {
	at  [bareRows]atomic.Int64
	set func(client, row int, from, to int64) bool
}

// op has each client set rows of its own.
func (b *bare) op(clients, rows int) operation {
	return func(client, n int) bool {
		row := (client + n*clients) % rows
		from := b.at[row].Load()
		if !b.set(client, row, from, from+1) {
			return false
		}
		b.at[row].Store(from + 1)
		return true
	}
}

// barePostgres has a connection for each client.
func barePostgres(t *testing.T, url string, clients int) *bare {
	t.Helper()
	b := &bare{}
	connections := make([]*pgx.Conn, clients)
	for i := range connections {
		c, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		connections[i] = c
	}
	exec := func(text string, arguments ...any) {
		if _, err := connections[0].Exec(t.Context(), text, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE IF NOT EXISTS bare (shard text PRIMARY KEY, sequence_number bigint NOT NULL, data bytea NOT NULL) WITH (fillfactor = 25)`)
	exec(`TRUNCATE bare`)
	for row := range bareRows {
		exec(`INSERT INTO bare VALUES ($1, 0, '')`, key(row))
	}
	b.set = func(client, row int, from, to int64) bool {
		done, err := connections[client].Exec(t.Context(), `UPDATE bare SET sequence_number = $3, data = $4 WHERE shard = $1 AND sequence_number = $2`,
			key(row), from, to, payload)
		if err != nil {
			t.Error(err)
		}
		return done.RowsAffected() == 1
	}
	return b
}

func key(row int) string { return fmt.Sprintf("s%06d", row) }

// bareSQLite has one connection.
func bareSQLite(t *testing.T) *bare {
	t.Helper()
	name := url.URL{Scheme: "file", Path: filepath.Join(t.TempDir(), "bare.db"), RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)"},
	}.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE bare (shard TEXT PRIMARY KEY, sequence_number INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID`); err != nil {
		t.Fatal(err)
	}
	for row := range bareRows {
		if _, err := db.Exec(`INSERT INTO bare VALUES (?, 0, x'')`, key(row)); err != nil {
			t.Fatal(err)
		}
	}
	set, err := db.Prepare(`UPDATE bare SET sequence_number = ?3, data = ?4 WHERE shard = ?1 AND sequence_number = ?2`)
	if err != nil {
		t.Fatal(err)
	}
	b := &bare{}
	b.set = func(_, row int, from, to int64) bool {
		done, err := set.Exec(key(row), from, to, payload)
		if err != nil {
			t.Error(err)
			return false
		}
		n, _ := done.RowsAffected()
		return n == 1
	}
	for n, op := 0, b.op(1, bareRows); n < walPages+100; n++ {
		op(0, n)
	}
	return b
}
