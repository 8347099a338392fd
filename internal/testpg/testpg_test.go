package testpg

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// count is how many rows a table has; it is made if it is not there.
func count(t *testing.T, url string) int {
	t.Helper()
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(ctx)
	if _, err := connection.Exec(ctx, "CREATE TABLE IF NOT EXISTS rows (n bigint)"); err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Exec(ctx, "INSERT INTO rows VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := connection.QueryRow(ctx, "SELECT count(*) FROM rows").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDatabasesAreApart(t *testing.T) {
	s := Shared(t)
	if other := Shared(t); other != s {
		t.Error("two shared servers")
	}
	first, second := s.Database(t), s.Database(t)
	for _, url := range []string{first, second} {
		if n := count(t, url); n != 1 {
			t.Errorf("%s: %d rows in a fresh database", url, n)
		}
	}
}

func TestContentsSurviveStopAndKill(t *testing.T) {
	s := Start(t, Options{Durable: true})
	url := s.Database(t)
	for n, end := range []func() error{s.Stop, s.Kill, s.Kill} {
		if got := count(t, url); got != n+1 {
			t.Fatalf("start %d: %d rows", n+1, got)
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := end(); err != nil {
			t.Fatalf("ended twice: %v", err)
		}
		if _, err := pgx.Connect(context.Background(), url); err == nil {
			t.Fatal("a server that was ended answers")
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServerThatCannotStartSaysWhy(t *testing.T) {
	s := Start(t, Options{})
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	s.options.Settings = []string{"wal_level=sideways"}
	if err := s.Start(); err == nil || !strings.Contains(err.Error(), "sideways") {
		t.Fatalf("started: %v", err)
	}
}
