package benchreal

import (
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
	rounds = flag.Int("rounds", 7, "how often each load is repeated; the median counts")
	slice  = flag.Duration("slice", 300*time.Millisecond, "how long each load is")
	into   = flag.String("into", "", "a file that the tables are written to, too")
	only   = flag.String("only", "", "measure only the parts whose names have this in them")
)

// part is a table of its own.
type part struct {
	name string
	run  func(t *testing.T, p *printer)
}

// TestReal prints the tables.
func TestReal(t *testing.T) {
	if !*wanted {
		t.Skip("measures for minutes: make bench-real")
	}
	p := &printer{out: os.Stdout}
	if *into != "" {
		file, err := os.Create(*into)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		p.out = io.MultiWriter(os.Stdout, file)
	}
	p.printf("%s, %s/%s, %d processors, medians of %d rounds of %v\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), *rounds, *slice)
	for _, part := range []part{
		{"Compare-and-set in Postgres", consensusPostgres},
		{"Compare-and-set in SQLite", consensusSQLite},
		{"Shards: Postgres and files", shardsPostgres},
		{"Shards: SQLite and files", shardsSQLite},
		{"Controller: Postgres and files", controllerPostgres},
		{"Controller: SQLite and files", controllerSQLite},
		{"Journal", journalOverhead},
		{"Once: a large snapshot, many tables", once},
	} {
		if strings.Contains(part.name, *only) {
			t.Run(part.name, func(t *testing.T) {
				p.printf("\n### %s\n\n", part.name)
				part.run(t, p)
			})
		}
	}
}

// printer writes tables.
type printer struct{ out io.Writer }

func (p *printer) printf(format string, arguments ...any) {
	_, _ = fmt.Fprintf(p.out, format, arguments...)
}

// table prints the subjects, each with its ratio to what it is compared to.
func (p *printer) table(subjects ...*subject) {
	p.printf("| what | clients | per second | p50 | p99 | rate / bare | p99 / bare | statements each |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range subjects {
		ratios, statements := "| |", ""
		if s.against != nil {
			ratios = fmt.Sprintf("| %.2f | %.2f", s.ratio(func(s sample) float64 { return s.rate }),
				s.ratio(func(s sample) float64 { return float64(s.p99) }))
		}
		if s.statements != nil {
			statements = fmt.Sprintf("%.3f", float64(s.sent)/float64(s.done))
		}
		p.printf("| %s | %d | %.0f | %v | %v %s | %s |\n", s.name, s.clients, of(s, func(s sample) float64 { return s.rate }),
			of(s, func(s sample) time.Duration { return s.p50 }).Round(time.Microsecond),
			of(s, func(s sample) time.Duration { return s.p99 }).Round(time.Microsecond), ratios, statements)
	}
}
