package benchreal

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

var (
	wanted = flag.Bool("real", false, "measure real stores")
	rounds = flag.Int("rounds", 5, "how often each load is repeated; the median counts")
	slice  = flag.Duration("slice", 600*time.Millisecond, "how long each load is")
	into   = flag.String("into", "", "a document whose tables are replaced")
	only   = flag.String("only", "", "measure only the parts whose names have this in them")
)

// part is a table of its own.
type part struct {
	name string
	run  func(t *testing.T, p *printer)
}

// parts are the tables, in the order in which they are measured.
var parts = []part{
	{"Compare-and-set in Postgres", consensusPostgres},
	{"Compare-and-set in SQLite", consensusSQLite},
	{"Shards: Postgres and files", shardsPostgres},
	{"Shards: SQLite and files", shardsSQLite},
	{"Controller: Postgres and files", controllerPostgres},
	{"Controller: SQLite and files", controllerSQLite},
	{"Journal", journalOverhead},
	{"Once: a large snapshot, many tables", once},
}

// TestReal prints the tables, and then those figures that there are targets for.
func TestReal(t *testing.T) {
	if !*wanted {
		t.Skip("measures for minutes: make bench-real")
	}
	var tables bytes.Buffer
	p := &printer{out: io.MultiWriter(os.Stdout, &tables), measured: map[string][]*subject{}}
	for _, part := range parts {
		if strings.Contains(part.name, *only) {
			t.Run(part.name, func(t *testing.T) {
				p.part = part.name
				p.printf("\n## %s\n\n", part.name)
				part.run(t, p)
			})
		}
	}
	var short bytes.Buffer
	p.out = io.MultiWriter(os.Stdout, &short)
	p.printf("## In short\n\n")
	p.targets()
	p.printf("\n%s, %s/%s, %d processors, medians of %d rounds of %v\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), *rounds, *slice)
	if *into != "" && !t.Failed() {
		document(t, *into, append(short.Bytes(), tables.Bytes()...))
	}
}

// printer writes tables, and keeps what is in them by the name of the part.
type printer struct {
	out      io.Writer
	part     string
	measured map[string][]*subject
}

func (p *printer) printf(format string, arguments ...any) {
	_, _ = fmt.Fprintf(p.out, format, arguments...)
}

// table prints the subjects, each with its ratio to what it is compared to.
func (p *printer) table(subjects ...*subject) {
	p.measured[p.part] = subjects
	p.printf("| what | clients | per second | p50 | p99 | rate / bare | p99 / bare | statements each |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range subjects {
		ratios, sent := "| |", ""
		if s.against != nil {
			ratios = fmt.Sprintf("| %.2f | %.2f", rate(s), tail(s))
		}
		if s.statements != nil {
			sent = fmt.Sprintf("%.3f", statements(s))
		}
		p.printf("| %s | %d | %.0f | %v | %v %s | %s |\n", s.name, s.clients, of(s, func(s sample) float64 { return s.rate }),
			of(s, func(s sample) time.Duration { return s.p50 }).Round(time.Microsecond),
			of(s, func(s sample) time.Duration { return s.p99 }).Round(time.Microsecond), ratios, sent)
	}
}
