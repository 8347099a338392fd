package benchreal

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

// target is a figure that must be reached, of one load of one part.
type target struct {
	what, part, load string
	clients          int
	// must is the least that a ratio of rates must be, or the most that anything else may
	// be.
	must float64
	of   func(*subject) float64
	most bool
}

func rate(s *subject) float64 { return s.ratio(func(s sample) float64 { return s.rate }) }

func tail(s *subject) float64 { return s.ratio(func(s sample) float64 { return float64(s.p99) }) }

func statements(s *subject) float64 { return float64(s.sent) / float64(s.done) }

// targets are what the tables are there for.
var targets = []target{
	{"compare-and-set in Postgres, 1 client / bare", "Compare-and-set in Postgres", "driver, 1 key", 1, 0.8, rate, false},
	{"the same, 64 keys, 8 clients / bare with 8 connections", "Compare-and-set in Postgres", "driver, 64 keys", 8, 0.8, rate, false},
	{"the same, p99", "Compare-and-set in Postgres", "driver, 64 keys", 8, 1.5, tail, true},
	{"the same, 64 clients, by groups (wanted in the end)", "Compare-and-set in Postgres", "driver, 64 keys", 64, 3, rate, false},
	{"compare-and-set in SQLite, 1 client / bare", "Compare-and-set in SQLite", "driver, 1 key", 1, 0.8, rate, false},
	{"append to a shard in Postgres, 1 client / bare", "Shards: Postgres and files", "append, 1 shard", 1, 0.8, rate, false},
	{"append to a shard in SQLite, 1 client / bare", "Shards: SQLite and files", "append, 1 shard", 1, 0.8, rate, false},
	{"append to 64 shards in Postgres, 8 clients / bare with 8 connections", "Shards: Postgres and files", "append, 64 shards", 8, 0.8, rate, false},
	{"the same, p99", "Shards: Postgres and files", "append, 64 shards", 8, 1.5, tail, true},
	{"8 clients on one table through a controller, Postgres / bare with 1 connection", "Controller: Postgres and files", "append in the state, 1 table", 8, 0.8, rate, false},
	{"8 clients on one table through a controller, SQLite / bare with 1 connection", "Controller: SQLite and files", "append in the state, 1 table", 8, 0.8, rate, false},
	{"append with a blob, Postgres, 1 client / bare file and bare statement", "Shards: Postgres and files", "append with a blob, 1 shard", 1, 0.8, rate, false},
	{"append with a blob, SQLite, 1 client / bare file and bare statement", "Shards: SQLite and files", "append with a blob, 1 shard", 1, 0.8, rate, false},
	{"statements per append, Postgres", "Shards: Postgres and files", "append, 1 shard", 1, 1.05, statements, true},
	{"statements per append, SQLite", "Shards: SQLite and files", "append, 1 shard", 1, 1.05, statements, true},
	{"statements per append with a blob, Postgres", "Shards: Postgres and files", "append with a blob, 1 shard", 1, 1.05, statements, true},
	{"statements per append with a blob, SQLite", "Shards: SQLite and files", "append with a blob, 1 shard", 1, 1.05, statements, true},
	{"journal / none, SQLite, 1 client", "Journal", "journal, sqlite", 1, 0.95, rate, false},
	{"journal / none, SQLite, 32 clients", "Journal", "journal, sqlite", 32, 0.95, rate, false},
}

// met reports whether a figure is what it must be.
func (w *target) met(figure float64) bool {
	if w.most {
		return figure <= w.must
	}
	return figure >= w.must
}

// targets prints those whose load was measured.
func (p *printer) targets() {
	p.printf("| target | must | measured |\n|---|---|---|\n")
	for i := range targets {
		w := &targets[i]
		for _, s := range p.measured[w.part] {
			if s.name != w.load || s.clients != w.clients {
				continue
			}
			bound, mark, figure := "at least", "**", w.of(s)
			if w.most {
				bound = "at most"
			}
			if w.met(figure) {
				mark = ""
			}
			p.printf("| %s | %s %v | %s%.2f%s |\n", w.what, bound, w.must, mark, figure, mark)
		}
	}
}

// marker begins the part of a document that is written by measuring.
const marker = "<!-- What follows is written by make bench-docs. -->\n"

// document replaces what follows the marker in a file.
func document(t *testing.T, name string, text []byte) {
	t.Helper()
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := bytes.Cut(before, []byte(marker))
	if !found {
		t.Fatalf("%s has no line %q", name, strings.TrimSpace(marker))
	}
	if err := os.WriteFile(name, fmt.Appendf(nil, "%s%s\n%s", head, marker, text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestTargetsAreMeasured: each target is of a part that there is.
func TestTargetsAreMeasured(t *testing.T) {
	for _, w := range targets {
		found := false
		for _, p := range parts {
			found = found || p.name == w.part
		}
		if !found {
			t.Errorf("%s: there is no part %q", w.what, w.part)
		}
	}
}
