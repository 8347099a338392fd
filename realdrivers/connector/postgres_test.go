package connector

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/sink"
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/internal/testpg"
)

// with is a database's URL with a further parameter.
func with(database, name, value string) string {
	u, err := url.Parse(database)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// client is a connection to a test's database.
func client(t testing.TB, database string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(context.Background(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func exec(t testing.TB, p *pgxpool.Pool, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := p.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestPostgresSinkConformance(t *testing.T) {
	server := testpg.Shared(t)
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Sink {
		database := server.Database(t)
		sinks := NewSinks(Config{})
		t.Cleanup(func() { sinks.Close() })
		p := client(t, database)
		return &suite.Sink{
			Do:         func(c *sink.Call, r *sink.Result) { sinks.Do(context.Background(), c, r) },
			Connection: func(n int) string { return with(database, "table", fmt.Sprintf("out%d", n)) },
			Output: func(connection string, _ core.GlobalID) []relation.Update {
				u, _ := url.Parse(connection)
				return readTable(t, p, u.Query().Get("table"))
			},
			Restart: func() {
				if err := sinks.Close(); err != nil {
					t.Error(err)
				}
				sinks = NewSinks(Config{})
			},
		}
	})
}

// readTable is a sink's table as the suite's schema has it.
func readTable(t testing.TB, p *pgxpool.Pool, table string) (list []relation.Update) {
	t.Helper()
	var there bool
	if err := p.QueryRow(context.Background(), `SELECT to_regclass($1) IS NOT NULL`, table).Scan(&there); err != nil || !there {
		return nil
	}
	rows, err := p.Query(context.Background(), `SELECT tidemark_time::text, tidemark_diff, tidemark_error, name, n FROM `+table+` ORDER BY tidemark_seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var at string
		var u relation.Update
		var failed, name *string
		var n *int64
		if err := rows.Scan(&at, &u.Diff, &failed, &name, &n); err != nil {
			t.Fatal(err)
		}
		fmt.Sscan(at, (*uint64)(&u.Time))
		switch {
		case failed != nil:
			u.Data = relation.PackError(*failed)
		case n == nil:
			u.Data = relation.Pack(relation.Value{Type: relation.Text, Text: *name}, relation.Value{})
		default:
			u.Data = relation.Pack(relation.Value{Type: relation.Text, Text: *name}, relation.Value{Type: relation.Int64, Bits: uint64(*n)})
		}
		list = append(list, u)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return list
}

// pgCall is a call of an export u3 into a table.
func pgCall(op sink.Op, connection string) sink.Call {
	return sink.Call{
		Op: op, Connection: connection, Export: core.GlobalID{Kind: core.IDUser, N: 3}, Schema: suite.Schema(),
		Fence: sink.Fence{Lo: 1}, Epoch: 1, To: frontier.At(5),
	}
}

func TestPostgresSinkRefusals(t *testing.T) {
	database := testpg.Shared(t).Database(t)
	p := client(t, database)
	exec(t, p, `CREATE TABLE diary (entry text)`, `CREATE SCHEMA other`)
	s := NewSinks(Config{})
	defer s.Close()
	if o := outcomeOf(t, s, pgCall(sink.OpOpen, with(database, "table", "diary"))); o != outcome.Invalid {
		t.Errorf("somebody's table: %v", o)
	}
	if o := outcomeOf(t, s, pgCall(sink.OpOpen, with(database, "table", "other.out"))); o != outcome.Done {
		t.Errorf("another schema: %v", o)
	}
	c := pgCall(sink.OpOpen, with(database, "table", "other.out"))
	c.Export.N = 4
	if o := outcomeOf(t, s, c); o != outcome.Invalid {
		t.Errorf("another export's table: %v", o)
	}
	c = pgCall(sink.OpOpen, with(database, "table", "own"))
	c.Schema.Columns = []relation.Column{{Name: "tidemark_seq", Type: relation.Text}}
	if o := outcomeOf(t, s, c); o != outcome.Invalid {
		t.Errorf("a column of our own: %v", o)
	}
	for _, connection := range []string{database, with(database, "table", "a.b.c"), with(database, "table", ".a"), with(with(database, "table", "a"), "tabel", "b")} {
		if err := CheckSink(connection); err == nil {
			t.Errorf("%s is taken", Redact(connection))
		}
	}
	if o := outcomeOf(t, s, pgCall(sink.OpOpen, with("postgres://nobody@127.0.0.1:1/x?connect_timeout=1", "table", "a"))); o != outcome.NotDone {
		t.Errorf("a server that is not there: %v", o)
	}
}

// A transaction whose end is not told has happened, or has not: the server is killed
// while writes go on, and what is there afterwards is what the progress says.
func TestPostgresSinkWhenTheServerIsKilled(t *testing.T) {
	server := testpg.Start(t, testpg.Options{})
	database := server.Database(t)
	connection := with(database, "table", "out")
	s := NewSinks(Config{})
	defer s.Close()
	if o := outcomeOf(t, s, pgCall(sink.OpOpen, connection)); o != outcome.Done {
		t.Fatal(o)
	}
	progress, unknown, stop := uint64(0), 0, atomic.Bool{}
	write := func() {
		c := pgCall(sink.OpWrite, connection)
		c.From, c.To = frontier.At(frontier.Timestamp(progress)), frontier.At(frontier.Timestamp(progress+1))
		c.Updates = []relation.Update{{
			Data: relation.Pack(relation.Value{Type: relation.Text, Text: fmt.Sprint(progress)}, relation.Value{}),
			Time: frontier.Timestamp(progress), Diff: 1,
		}}
		switch o := outcomeOf(t, s, c); o {
		case outcome.Done:
			progress++
			return
		case outcome.NotDone:
			return
		case outcome.Unknown:
			unknown++
		default:
			t.Errorf("a write ended %v", o)
			stop.Store(true)
			return
		}
		for { // the server is there again soon
			var r sink.Result
			c := pgCall(sink.OpProgress, connection)
			if s.Do(context.Background(), &c, &r); r.Outcome == outcome.Done {
				progress = uint64(r.Progress.T)
				return
			}
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			write()
		}
	}()
	p := client(t, database)
	for range 3 {
		for start := len(readTable(t, p, "out")); len(readTable(t, p, "out")) < start+20; {
			runtime.Gosched()
		}
		p.Reset()
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(time.Minute); server.Start() != nil; { // what it has left behind may still be ending
			if time.Now().After(end) {
				t.Fatal("the server does not start again")
			}
		}
	}
	stop.Store(true)
	<-done
	list := readTable(t, p, "out")
	if len(list) != int(progress) || progress < 60 {
		t.Fatalf("%d rows, the progress is %d", len(list), progress)
	}
	for i, u := range list {
		if u.Time != frontier.Timestamp(i) {
			t.Fatalf("row %d has the time %d", i, u.Time)
		}
	}
	t.Logf("%d writes, %d of unknown outcome", progress, unknown)
}
