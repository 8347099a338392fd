package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/core/relation"
	"example.com/tidemark/internal/testpg"
)

// with is a database's URL with further parameters, name and value in turn.
func with(database string, parameters ...string) string {
	u, err := url.Parse(database)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// changes is what the output of an export adds up to, in a table of Postgres.
const changes = `SELECT coalesce(string_agg(n || '=' || text || '*' || copies, ', ' ORDER BY n, text), '') FROM
	(SELECT n, text, sum(tidemark_diff) AS copies FROM out GROUP BY n, text HAVING sum(tidemark_diff) <> 0) held`

// A table of Postgres is followed through an ingestion and an export into another
// table, while clients write to it, the host comes and goes, and the server is
// killed: the changes add up to the table.
func TestTableReachesTable(t *testing.T) {
	server := testpg.Start(t, testpg.Options{Durable: true})
	database := server.Database(t)
	ctx := context.Background()
	p, err := pgxpool.New(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, statement := range []string{
		`CREATE TABLE things (n int, text text)`, `ALTER TABLE things REPLICA IDENTITY FULL`,
		`CREATE PUBLICATION all_things FOR TABLE things`, `INSERT INTO things SELECT g, 'first' FROM generate_series(1, 50) g`,
	} {
		if _, err := p.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	w, files := &world{}, t.TempDir()
	address, stopHost := w.host(t, files, "127.0.0.1:0")
	c, _ := w.controller(t)
	ingestion := createIngestion(user(1), with(database, "publication", "all_things", "table", "things"), address)
	ingestion.Collections[0].Description.Schema = relation.Schema{Columns: []relation.Column{
		{Name: "n", Type: relation.Int64}, {Name: "text", Type: relation.Text},
	}}
	must(t, c, ingestion)
	createExport(t, c, user(2), user(1), with(database, "table", "out"), address)
	createExport(t, c, user(3), user(1), "jsonl:"+filepath.Join(files, "out.jsonl"), address)
	r := rand.New(rand.NewPCG(7, 7))
	for round := range 4 {
		for range 60 {
			statement := fmt.Sprintf(`INSERT INTO things VALUES (%d, 'thing %d')`, r.IntN(60), r.IntN(1000))
			switch r.IntN(4) {
			case 0:
				statement = fmt.Sprintf(`DELETE FROM things WHERE n = %d`, r.IntN(60))
			case 1:
				statement = fmt.Sprintf(`UPDATE things SET text = 'changed %d' WHERE n = %d`, r.IntN(1000), r.IntN(60))
			}
			if _, err := p.Exec(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
		switch round {
		case 0, 2:
			stopHost()
			_, stopHost = w.host(t, files, address)
		case 1:
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
	}
	var want string
	if err := p.QueryRow(ctx, `SELECT string_agg(n || '=' || text || '*' || copies, ', ' ORDER BY n, text) FROM
		(SELECT n, text, count(*) AS copies FROM things GROUP BY n, text) held`).Scan(&want); err != nil {
		t.Fatal(err)
	}
	got := ""
	for end := time.Now().Add(2 * time.Minute); got != want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the export adds up to\n%s\nthe table has\n%s", got, want)
		}
		if err := p.QueryRow(ctx, changes).Scan(&got); err != nil {
			got = err.Error()
		}
	}
	var twice int
	if err := p.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM out GROUP BY tidemark_time, n, text HAVING count(*) > 1) twice`).Scan(&twice); err != nil || twice > 0 {
		t.Errorf("%d changes were written twice; %v", twice, err)
	}
}
