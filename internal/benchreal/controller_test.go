package benchreal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/realdrivers/stash"
)

// controller is one with its stores, as controllerd has them, without its network.
type controller struct {
	*runtime.Controller
	shards *shards
}

// openController boots a controller; url is where its stash and its states are.
func openController(t *testing.T, d *shards, url string, journal bool) *controller {
	t.Helper()
	meta, err := stash.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	o := runtime.ControllerOptions{Persist: d, Stash: meta}
	if journal {
		o.Journal = &runtime.JournalOptions{Dir: t.TempDir(), Build: "bench"}
	}
	c, err := runtime.StartController(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = c.Stop(ctx)
		_ = meta.Close()
	})
	return &controller{c, d}
}

func table(n int) core.GlobalID { return core.GlobalID{Kind: core.IDUser, N: uint64(n) + 1} }

// create makes tables from the first one to before the last.
func (c *controller) create(t *testing.T, first, last int) {
	t.Helper()
	schema := relation.Schema{Columns: []relation.Column{{Name: "n", Type: relation.Uint64}, {Name: "text", Type: relation.Text}}}
	const most = 1000
	for ; first < last; first += most {
		r := core.Request{Op: core.RequestCreate}
		for n := first; n < min(last, first+most); n++ {
			r.Collections = append(r.Collections, core.CollectionSpec{
				ID: table(n), Description: core.Description{Kind: core.KindTable, Schema: schema},
			})
		}
		if _, err := c.Submit(patience(t), &r); err != nil {
			t.Fatal(err)
		}
	}
}

// collection is one that several clients append to. A time is taken when the
// append is on its way: one that arrives after a later one is refused, and tried at
// another.
type collection struct {
	sync.Mutex
	next frontier.Timestamp
}

func (c *collection) time() frontier.Timestamp {
	c.Lock()
	defer c.Unlock()
	c.next++
	return c.next
}

// clients append one row at a time to the tables from first on, each client to all
// of its own, or all to one.
func (c *controller) clients(t *testing.T, first, tables, clients, size int) operation {
	t.Helper()
	collections := make([]collection, tables)
	return func(client, n int) bool {
		i := (client + n*clients) % tables
		at := collections[i].time()
		_, err := c.Submit(t.Context(), &core.Request{Op: core.RequestAppend, Appends: []core.Append{{
			ID: table(first + i), Updates: update(at, size), Upper: frontier.At(at + 1),
		}}})
		if err != nil && !errors.Is(err, core.InvalidUppers) {
			t.Error(err)
		}
		return err == nil
	}
}

// counted is a number of things in words.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// appendLoads are the loads of a controller.
func (c *controller) appendLoads(t *testing.T, b *bare, one, many *subject) []*subject {
	t.Helper()
	blobbed := b.blobbed(t)
	list := []*subject{blobbed}
	first := 0
	for _, size := range []int{inline, large} {
		for _, tables := range []int{1, 64} {
			for _, clients := range []int{1, 8, 32} {
				against, what := one, "in the state"
				if clients > 1 && tables > 1 {
					against = many
				}
				if size == large {
					against, what = blobbed, "with a blob"
				}
				c.create(t, first, first+tables)
				list = append(list, &subject{
					name: fmt.Sprintf("append %s, %s", what, counted(tables, "table")), clients: clients, against: against,
					op: c.clients(t, first, tables, clients, size), statements: func() uint64 { return c.shards.states.Stats().Statements },
				})
				first += tables
			}
		}
	}
	return list
}

func controllerPostgres(t *testing.T, p *printer) {
	url := durable(t).Database(t)
	b := barePostgres(t, url, 8)
	one := &subject{name: "bare UPDATE, 1 row", clients: 1, op: b.op(1, 1)}
	many := &subject{name: "bare UPDATE, 64 rows", clients: 8, op: b.op(8, bareRows)}
	c := openController(t, openShards(t, url), url, true)
	measure(t, p, 10, append([]*subject{one, many}, c.appendLoads(t, b, one, many)...))
}

func controllerSQLite(t *testing.T, p *printer) {
	b := bareSQLite(t)
	one := &subject{name: "bare UPDATE, 1 connection", clients: 1, op: b.op(1, 1)}
	d := openShards(t, "sqlite://"+filepath.Join(t.TempDir(), "states.db"))
	c := openController(t, d, "sqlite://"+filepath.Join(t.TempDir(), "stash.db"), true)
	measure(t, p, walPages/4, append([]*subject{one}, c.appendLoads(t, b, one, one)...))
}

// journalOverhead compares a controller that keeps a journal with one that keeps
// none, over stores in memory, where nothing else costs much, and over SQLite.
func journalOverhead(t *testing.T, p *printer) {
	var list []*subject
	for _, states := range []string{inMemory, "sqlite://" + filepath.Join(t.TempDir(), "states.db")} {
		d := openShards(t, states)
		for _, clients := range []int{1, 32} {
			var without *subject
			for _, journal := range []bool{false, true} {
				c := openController(t, d, "sqlite://"+filepath.Join(t.TempDir(), "stash.db"), journal)
				c.create(t, 0, 64)
				name := map[bool]string{false: "no journal, ", true: "journal, "}[journal] + states[:strings.Index(states, ":")]
				s := &subject{name: name, clients: clients, op: c.clients(t, 0, 64, clients, inline), against: without}
				without, list = s, append(list, s)
			}
		}
	}
	measure(t, p, 100, list)
}

// once measures what is done once: a large snapshot, and starting again with many
// collections.
func once(t *testing.T, p *printer) {
	const rows, most, tables = 1_000_000, 10_000, 10_000
	url := durable(t).Database(t)
	p.printf("| what | takes | |\n|---|---|---|\n")
	d := openShards(t, url)
	c := openController(t, d, url, true)
	report := func(what string, began time.Time, n int) {
		took, rate := time.Since(began), ""
		if n > 1 {
			rate = fmt.Sprintf("%.0f per second", float64(n)/took.Seconds())
		}
		p.printf("| %s | %v | %s |\n", what, took.Round(time.Millisecond), rate)
	}
	began := time.Now()
	c.create(t, 0, 1)
	for at := frontier.Timestamp(0); at < rows/most; at++ {
		var updates []relation.Update
		for n := range most {
			updates = append(updates, relation.Update{
				Data: relation.Row(relation.AppendText(relation.AppendUint64(nil, uint64(at)*most+uint64(n)), "a row of a table")), Time: at, Diff: 1,
			})
		}
		if _, err := c.Submit(patience(t), &core.Request{Op: core.RequestAppend, Appends: []core.Append{{
			ID: table(0), Updates: updates, Upper: frontier.At(at + 1),
		}}}); err != nil {
			t.Fatal(err)
		}
	}
	report(fmt.Sprintf("appending %d rows, %d at a time (Postgres, files)", rows, most), began, rows)
	began = time.Now()
	answer, err := c.Submit(patience(t), &core.Request{Op: core.RequestSnapshot, GlobalID: table(0), AsOf: rows/most - 1})
	if err != nil || len(answer.Rows) != rows {
		t.Fatalf("%v, %d rows", err, len(answer.Rows))
	}
	report("a snapshot of them", began, rows)
	began = time.Now()
	c.create(t, 1, tables)
	report(fmt.Sprintf("creating %d tables", tables-1), began, tables-1)
	if err := c.Stop(patience(t)); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	again := openController(t, openShards(t, url), url, true)
	// A table's upper is known when it was read from its shard.
	for n := range tables {
		if _, err := again.Submit(patience(t), &core.Request{Op: core.RequestCollection, GlobalID: table(n)}); err != nil {
			t.Fatal(err)
		}
	}
	report(fmt.Sprintf("starting again with %d tables, until each was asked for", tables), began, tables)
	began = time.Now()
	if _, err := again.Submit(patience(t), &core.Request{Op: core.RequestAppend, Appends: []core.Append{{
		ID: table(tables - 1), Updates: update(1<<40, inline), Upper: frontier.At(1<<40 + 1),
	}}}); err != nil {
		t.Fatal(err)
	}
	report("the first append after it", began, 1)
}
