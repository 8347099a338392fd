package consensus

import (
	"errors"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/consensus"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/internal/testpg"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

func newPostgres(t *testing.T, url string) *Postgres {
	t.Helper()
	p, err := OpenPostgres(t.Context(), url, Options{Log: quiet})
	return opened(t, p, err)
}

// Two stores of one database are what two processes are.
func TestPostgresConformance(t *testing.T) {
	url := testpg.Shared(t).Database(t)
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Store {
		return &suite.Store{Do: do(t, newPostgres(t, url)), Others: []func(*consensus.Call, *consensus.Result){do(t, newPostgres(t, url))}}
	})
}

// Several compare-and-sets in one transaction have an outcome each.
func TestPostgresGroup(t *testing.T) {
	p := newPostgres(t, testpg.Shared(t).Database(t))
	for key, n := range map[string]consensus.Seqno{"at-5": 5, "at-7": 7, "x": 1} {
		if got := outcomeOf(t.Context(), p, cas(key, 0, n)); got != outcome.Done {
			t.Fatal(got)
		}
	}
	c := func(key string, expected, next consensus.Seqno, want outcome.Outcome) (*write, outcome.Outcome) {
		call := *cas(key, expected, next)
		call.Data = key
		return &write{call: call, ctx: t.Context()}, want
	}
	var group []*write
	var want []outcome.Outcome
	add := func(w *write, o outcome.Outcome) { group, want = append(group, w), append(want, o) }
	add(c("z", 0, 3, outcome.Done))
	add(c("at-7", 6, 8, outcome.Mismatch))
	add(c("at-5", 5, 9, outcome.Done))
	add(c("x", 0, 2, outcome.Mismatch))
	add(c("none", 4, 5, outcome.Mismatch))
	add(c("a", 0, 1, outcome.Done))
	for i, r := range p.commit(t.Context(), group) {
		if r.Outcome != want[i] {
			t.Errorf("%+v: %v, want %v", group[i].call, r.Outcome, want[i])
		}
	}
	for key, head := range map[string]consensus.Seqno{"z": 3, "at-7": 7, "at-5": 9, "x": 1, "none": 0, "a": 1} {
		var r consensus.Result
		p.Do(t.Context(), &consensus.Call{Op: consensus.OpHead, Key: key}, &r)
		if r.Outcome != outcome.Done || r.Head.Seqno != head || head > 8 && r.Head.Data != key {
			t.Errorf("%s: %+v, want %d", key, r, head)
		}
	}
}

// However many processes open a fresh database at once, the tables are made.
func TestPostgresOpenedByManyAtOnce(t *testing.T) {
	url := testpg.Shared(t).Database(t)
	errs := make(chan error)
	const many = 6
	for range many {
		go func() {
			p, err := OpenPostgres(t.Context(), url, Options{Log: quiet})
			if err == nil {
				err = p.Close()
			}
			errs <- err
		}()
	}
	for range many {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// What cannot be opened says where, and not with which password.
func TestPostgresThatCannotBeOpened(t *testing.T) {
	l, err := Parse("postgres://somebody:hunter2@127.0.0.1:1/nowhere?connect_timeout=2")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), l, Options{Log: quiet})
	if err == nil || s != nil {
		t.Fatal("opened")
	}
	if text := err.Error(); strings.Contains(text, "hunter2") || !strings.Contains(text, "nowhere") {
		t.Error(text)
	}
}

func TestPostgresLeavesNothingBehind(t *testing.T) {
	url := testpg.Shared(t).Database(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	p, err := OpenPostgres(t.Context(), url, Options{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(t.Context(), p, cas("a", 0, 1)); got != outcome.Done {
		t.Error(got)
	}
	if err := errors.Join(p.Close(), p.Close()); err != nil {
		t.Error(err)
	}
	for _, c := range []*consensus.Call{cas("b", 0, 1), {Op: consensus.OpHead, Key: "a"}, {Op: consensus.OpTruncate, Key: "a"}} {
		if got := outcomeOf(t.Context(), p, c); got != outcome.NotDone {
			t.Errorf("closed: %v is %v", c.Op, got)
		}
	}
}

// Whatever a server or a database is set to, a connection waits for the disk and has
// the isolation that the statements were written for.
func TestPostgresSettings(t *testing.T) {
	server := testpg.Shared(t)
	url := server.Database(t)
	name := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	for _, setting := range []string{"synchronous_commit = off", "default_transaction_isolation = 'serializable'"} {
		if err := server.Exec(t.Context(), "ALTER DATABASE "+name+" SET "+setting); err != nil {
			t.Fatal(err)
		}
	}
	p := newPostgres(t, url)
	for setting, want := range map[string]string{"synchronous_commit": "on", "default_transaction_isolation": "read committed"} {
		var got string
		if err := p.pool.QueryRow(t.Context(), "SHOW "+setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", setting, got, want, err)
		}
	}
}

// A database that is set to wait for more than its own disk goes on doing so.
func TestPostgresKeepsStrongerSettings(t *testing.T) {
	server := testpg.Shared(t)
	url := server.Database(t)
	name := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	if err := server.Exec(t.Context(), "ALTER DATABASE "+name+" SET synchronous_commit = remote_apply"); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := newPostgres(t, url).pool.QueryRow(t.Context(), "SHOW synchronous_commit").Scan(&got); err != nil || got != "remote_apply" {
		t.Errorf("%s, %v", got, err)
	}
}
