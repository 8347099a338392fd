package connector

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/source"
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/internal/testpg"
)

// followed is a database with a table, its publication, and the connection of a
// source that follows it.
func followed(t testing.TB, server *testpg.Server, columns string) (p *pgxpool.Pool, connection string) {
	t.Helper()
	database := server.Database(t)
	p = client(t, database)
	exec(t, p, `CREATE TABLE things (`+columns+`)`, `ALTER TABLE things REPLICA IDENTITY FULL`, `CREATE PUBLICATION all_things FOR TABLE things`)
	return p, with(with(database, "publication", "all_things"), "table", "things")
}

// replicating is a server with room for many slots.
func replicating(t testing.TB) *testpg.Server {
	return testpg.Start(t, testpg.Options{Settings: []string{"max_replication_slots=60", "max_wal_senders=60", "synchronous_commit=on"}})
}

func TestPostgresSourceConformance(t *testing.T) {
	server := replicating(t)
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Source {
		sources := NewSources(Config{})
		t.Cleanup(func() { sources.Close() })
		pools := map[string]*pgxpool.Pool{}
		said := 0
		return &suite.Source{
			Do: func(c *source.Call, r *source.Result) {
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				sources.Do(ctx, c, r)
			},
			Connection: func(int) string {
				p, connection := followed(t, server, `n int PRIMARY KEY, text text`)
				exec(t, p, `INSERT INTO things VALUES (-1, 'from the beginning'), (-2, NULL)`)
				pools[connection] = p
				return connection
			},
			More: func(connection string, records int) {
				p := pools[connection]
				for ; records > 0; records -= 3 {
					said += 3
					exec(t, p, fmt.Sprintf(`INSERT INTO things SELECT g, 'thing ' || g FROM generate_series(%d, %d) g`, said, said+2))
					if said%2 == 0 {
						exec(t, p, fmt.Sprintf(`UPDATE things SET text = 'changed' WHERE n = %d`, said-3))
					}
				}
			},
			Restart: func() {
				if err := sources.Close(); err != nil {
					t.Error(err)
				}
				sources = NewSources(Config{})
			},
		}
	})
}

// contents adds records up; a record that leads to a negative count fails.
func contents(t testing.TB, held map[relation.Row]int64, list []source.Record) {
	t.Helper()
	for _, r := range list {
		if held[r.Data] += r.Diff; held[r.Data] == 0 {
			delete(held, r.Data)
		} else if held[r.Data] < 0 {
			t.Fatalf("at %d %v is taken back, and was not there", r.Offset, r.Data)
		}
	}
}

// While others write, the first reading and what follows give the table as it is,
// through restarts and confirmations.
func TestPostgresSourceFollowsWriters(t *testing.T) {
	server := replicating(t)
	p, connection := followed(t, server, `n int, text text`)
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 9))
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				statement := fmt.Sprintf(`INSERT INTO things VALUES (%d, repeat('x%d ', %d))`, r.IntN(40), i, r.IntN(3000))
				switch r.IntN(4) {
				case 0:
					statement = fmt.Sprintf(`DELETE FROM things WHERE n = %d`, r.IntN(40))
				case 1:
					statement = fmt.Sprintf(`UPDATE things SET n = n + 1 WHERE n = %d`, r.IntN(40))
				}
				if _, err := p.Exec(context.Background(), statement); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	held := map[relation.Row]int64{}
	s := NewSources(Config{})
	defer func() { s.Close() }()
	r := rand.New(rand.NewPCG(5, 5))
	exec(t, p, `SELECT pg_sleep(0.05)`) // some writing precedes the first reading
	from, records, all := source.Offset(0), 0, ^source.Offset(0)
	for end := time.Now().Add(2 * time.Minute); from < all; {
		if time.Now().After(end) {
			t.Fatalf("the source has come to %d, not to %d", from, all)
		}
		v := poll(t, s, connection, from)
		if v.Outcome != outcome.Done {
			continue
		}
		contents(t, held, v.Records)
		records += len(v.Records)
		from = v.Upto
		switch r.IntN(12) {
		case 0:
			s.Close()
			s = NewSources(Config{})
		case 1:
			c := source.Call{Op: source.OpConfirm, Connection: connection, Ingestion: core.GlobalID{Kind: core.IDUser, N: 1}, From: from}
			var v source.Result
			if s.Do(t.Context(), &c, &v); v.Outcome != outcome.Done {
				t.Errorf("a confirmation ended %v", v.Outcome)
			}
		}
		if records > 3000 && all == ^source.Offset(0) {
			close(stop)
			writers.Wait()
			if err := p.QueryRow(t.Context(), `SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint`).Scan(&all); err != nil {
				t.Fatal(err)
			}
		}
	}
	rows, err := p.Query(t.Context(), `SELECT n, text FROM things`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var text string
		if err := rows.Scan(&n, &text); err != nil {
			t.Fatal(err)
		}
		row := relation.Pack(relation.Value{Type: relation.Int64, Bits: uint64(n)}, relation.Value{Type: relation.Text, Text: text})
		if held[row]--; held[row] == 0 {
			delete(held, row)
		}
	}
	for row, n := range held {
		t.Fatalf("%+d of %.60s", n, row)
	}
	t.Logf("%d records", records)
}

// A server says unasked that it has nothing new, whenever anybody has written to its log.
// However often it has said so, a few polls read what it has.
func TestPostgresSourceKeepsUpWithABusyServer(t *testing.T) {
	server := replicating(t)
	p, connection := followed(t, server, `n int PRIMARY KEY`)
	other := client(t, server.Database(t))
	exec(t, other, `CREATE TABLE busy (n int)`)
	s := NewSources(Config{})
	defer s.Close()
	from, records := source.Offset(0), 0
	read := func() {
		v := poll(t, s, connection, from)
		if v.Outcome == outcome.Done {
			from, records = v.Upto, records+len(v.Records)
		}
	}
	for from == 0 {
		read()
	}
	stop := make(chan struct{})
	var busy sync.WaitGroup
	defer busy.Wait()
	defer close(stop)
	for range 4 {
		busy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := other.Exec(context.Background(), `INSERT INTO busy VALUES (1)`); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 30 {
		read()
	}
	const changes = 60
	for n := range changes {
		exec(t, p, fmt.Sprintf(`INSERT INTO things VALUES (%d)`, n))
	}
	polls := 0
	for ; records < changes; polls++ {
		if polls == 50 {
			t.Fatalf("%d records of %d after %d polls", records, changes, polls)
		}
		read()
	}
	t.Logf("%d polls", polls)
}

// Every type is the same, whether it was there at first or came later.
func TestPostgresSourceTypes(t *testing.T) {
	server := replicating(t)
	p, connection := followed(t, server, `a bool, b smallint, c bigint, d real, e float8, f text, g bytea, h numeric, i timestamptz, j jsonb, k "char", l interval, gen int GENERATED ALWAYS AS (1) STORED`)
	insert := `INSERT INTO things (a, b, c, d, e, f, g, h, i, j, k, l) VALUES
		(true, -3, 9000000000, 1.5, 0.1, E'a\n"b\\', '\xff00', 12.50, '2026-01-02 03:04:05.6+02', '{"x": [1, null]}', 'q', '1 day 2 hours'),
		(NULL, NULL, NULL, 'NaN', '-Infinity', '', '', NULL, NULL, NULL, NULL, NULL)`
	exec(t, p, insert)
	s := NewSources(Config{})
	defer s.Close()
	var first []source.Record
	from := source.Offset(0)
	for len(first) < 2 {
		v := poll(t, s, connection, from)
		first, from = append(first, v.Records...), v.Upto
	}
	exec(t, p, `DELETE FROM things`)
	held := map[relation.Row]int64{}
	contents(t, held, first)
	for len(held) > 0 {
		v := poll(t, s, connection, from)
		contents(t, held, v.Records)
		from = v.Upto
	}
	values, _ := first[0].Data.Unpack(nil)
	want := []relation.Value{
		{Type: relation.Bool, Bits: 1}, {Type: relation.Int64, Bits: 1<<64 - 3}, {Type: relation.Int64, Bits: 9000000000},
		{Type: relation.Float64, Bits: 0x3ff8000000000000}, {Type: relation.Float64, Bits: 0x3fb999999999999a},
		{Type: relation.Text, Text: "a\n\"b\\"}, {Type: relation.Bytes, Text: "\xff\x00"}, {Type: relation.Text, Text: "12.50"},
		{Type: relation.Text, Text: "2026-01-02 01:04:05.6+00"}, {Type: relation.Text, Text: `{"x": [1, null]}`},
		{Type: relation.Text, Text: "q"}, {Type: relation.Text, Text: "1 day 02:00:00"},
	}
	if len(values) != len(want) {
		t.Fatalf("%v", first[0].Data)
	}
	for i := range want {
		if values[i] != want[i] {
			t.Errorf("column %d: %v, want %v", i, values[i], want[i])
		}
	}
}

// What the log does not tell becomes an error in the collection, and what cannot be
// followed is refused, by name.
func TestPostgresSourceLimits(t *testing.T) {
	server := replicating(t)
	p, connection := followed(t, server, `n int PRIMARY KEY`)
	s := NewSources(Config{})
	defer s.Close()
	exec(t, p, `INSERT INTO things VALUES (1)`, `CREATE TABLE other (n int PRIMARY KEY)`, `ALTER PUBLICATION all_things ADD TABLE other`)
	var list []source.Record
	from := source.Offset(0)
	until := func(n int) {
		t.Helper()
		for len(list) < n {
			v := poll(t, s, connection, from)
			list, from = append(list, v.Records...), v.Upto
		}
	}
	until(1)
	exec(t, p, `INSERT INTO other VALUES (5)`, `TRUNCATE things`)
	until(2)
	if m, bad := list[1].Data.UnpackError(); !bad || m == "" {
		t.Errorf("after a truncation: %+v", list[1])
	}
	exec(t, p, `INSERT INTO things VALUES (2)`, `ALTER TABLE things REPLICA IDENTITY DEFAULT`, `DELETE FROM things`)
	until(4)
	if _, bad := list[3].Data.UnpackError(); !bad {
		t.Errorf("after a deletion without the old row: %+v", list[3])
	}
	for _, c := range []string{
		with(with(connection, "slot", "another"), "table", "nothing"),
		with(with(connection, "slot", "another2"), "table", "other"),
		with(with(connection, "slot", "another3"), "publication", "nothing"),
	} {
		if v := poll(t, s, c, 0); v.Outcome != outcome.NotDone {
			t.Errorf("%s: %v", Redact(c), v.Outcome)
		}
	}
	for _, c := range []string{with(connection, "slot", "Bad-Name"), with(connection, "publication", ""), with(connection, "table", "")} {
		if err := CheckSource(c); err == nil {
			t.Errorf("%s is taken", Redact(c))
		}
	}
	s.Close()
	s = NewSources(Config{})
	defer s.Close()
	for { // the server may take a moment to notice that nobody follows the slot any more
		if _, err := p.Exec(t.Context(), `SELECT pg_drop_replication_slot('tidemark_u1')`); err == nil {
			break
		}
	}
	if v := poll(t, s, connection, from); v.Outcome != outcome.NotDone {
		t.Errorf("without its slot: %+v", v)
	}
	if v := poll(t, s, connection, 0); v.Outcome != outcome.NotDone {
		t.Errorf("without its slot, from the beginning: %+v", v)
	}
}
