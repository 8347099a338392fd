package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/plan"
	"example.com/tidemark/sim/replay"
	"example.com/tidemark/sim/report"
	"example.com/tidemark/sim/report/page"
)

// replayJournal lets the core go through a production journal again.
func (t *tool) replayJournal(path string, trace, asJSON bool, drawn string) (int, error) {
	segments, err := replay.Segments(path)
	if err != nil {
		return 0, err
	}
	options := sim.Options{Judged: true, Stop: t.interrupted.Load}
	if trace {
		w := bufio.NewWriterSize(t.stdout, 1<<16)
		defer w.Flush()
		options.Trace = func(line string) {
			w.WriteString(line)
			w.WriteByte('\n')
		}
	}
	p := &plan.Plan{Profile: "journal"}
	c := drawing(p, drawn)
	if c != nil {
		c.Listen(&options)
	}
	start := time.Now()
	found, err := replay.Play(segments, options)
	if err != nil {
		return 0, err
	}
	one := &replayed{path: path, report: found, wall: time.Since(start)}
	if c != nil {
		about := &page.About{Plan: p, Result: one.result(), Title: "replay of " + path, Cast: one.lives(),
			Commands: []page.Command{{Label: "replay it", Line: t.replayCommand(path)}}}
		if err := t.write(c, about, drawn); err != nil {
			return 0, err
		}
	}
	return t.tellJournal(one, asJSON)
}

// replayed is a journal and what came of it.
type replayed struct {
	path   string
	report *replay.Report
	wall   time.Duration
}

// result is what the page is drawn from: a divergence is something that was found.
func (o *replayed) result() *sim.Result {
	r := *o.report.Result
	if d := o.report.Divergence; d != nil {
		r.Violations = append([]invariants.Violation{{Invariant: "replay", Step: r.Events, AtUs: r.SimMs * 1000, Message: d.Error()}}, r.Violations...)
	}
	return &r
}

func (o *replayed) code() int {
	switch {
	case o.report.Divergence != nil || len(o.report.Result.Violations) > 0:
		return exitFound
	case !o.report.Whole():
		return exitUsage
	}
	return exitClean
}

// lives says what the journal is of.
func (o *replayed) lives() []string {
	var list []string
	for i, l := range o.report.Lives {
		line := fmt.Sprintf("controller %d: epoch %d, steps %s to %s, %d collections, %s, written by %s", i+1, l.Epoch,
			report.Number(l.First), report.Number(l.Last), l.Collections, l.Ended, named(l.Build))
		if !l.Judged {
			line += ", not judged: its beginning is missing"
		}
		list = append(list, line)
	}
	return list
}

func named(build string) string {
	if build == "" {
		return "a nameless build"
	}
	return build
}

// verdict in words.
func (o *replayed) verdict() string {
	r := o.report
	switch {
	case r.Divergence != nil:
		return "diverges: " + r.Divergence.Error()
	case len(r.Result.Violations) > 0:
		v := &r.Result.Violations[0]
		return fmt.Sprintf("violates %s: %s", v.Invariant, v.Message)
	case !r.Whole():
		return "not whole: " + r.Damage[0].String()
	case r.Interrupted:
		return "interrupted, nothing found so far"
	}
	return "nothing found"
}

// tellJournal prints what came of a replay.
func (t *tool) tellJournal(o *replayed, asJSON bool) (int, error) {
	r := o.report
	for _, d := range r.Damage {
		fmt.Fprintf(t.stderr, "simrun: %s\n", d)
	}
	if asJSON {
		return o.code(), t.printJSON(journalJSON(o))
	}
	fmt.Fprintf(t.stdout, "journal   %s, %d segments\n", o.path, r.Segments)
	for _, line := range o.lives() {
		fmt.Fprintf(t.stdout, "          %s\n", line)
	}
	for _, g := range r.Gaps {
		fmt.Fprintf(t.stdout, "gap       %s\n", g)
	}
	came := "all came out as they are recorded"
	if r.Divergence != nil {
		came = "up to one that did not come out as it is recorded"
	}
	fmt.Fprintf(t.stdout, "effects   %s of %s steps, %s\n", report.Number(r.Effects), report.Number(r.Steps), came)
	var judged []string
	for _, s := range r.Result.Oracles {
		judged = append(judged, fmt.Sprintf("%s %s times", s.Name, report.Number(s.Checked)))
	}
	if judged == nil {
		judged = []string{"nothing"}
	}
	fmt.Fprintf(t.stdout, "judged    %s\n", strings.Join(judged, ", "))
	fmt.Fprintf(t.stdout, "replay    %s of real time in %s\n", report.Span(r.Result.SimMs), report.Wall(o.wall))
	fmt.Fprintf(t.stdout, "verdict   %s\n", o.verdict())
	return o.code(), nil
}

type journalLine struct {
	Segments   int             `json:"segments"`
	Steps      uint64          `json:"steps"`
	Effects    uint64          `json:"effects"`
	WallMs     int64           `json:"wall_ms"`
	Lives      []lifeLine      `json:"lives"`
	Gaps       []string        `json:"gaps"`
	Damage     []string        `json:"damage"`
	Divergence string          `json:"divergence"`
	Violations []violationLine `json:"violations"`
	Oracles    stats           `json:"oracles"`
	Verdict    string          `json:"verdict"`
}

type lifeLine struct {
	Build  string `json:"build"`
	Epoch  uint64 `json:"epoch"`
	First  uint64 `json:"first"`
	Last   uint64 `json:"last"`
	Judged bool   `json:"judged"`
	Ended  string `json:"ended"`
}

func journalJSON(o *replayed) *journalLine {
	r := o.report
	line := &journalLine{
		Segments: r.Segments, Steps: r.Steps, Effects: r.Effects, WallMs: o.wall.Milliseconds(), Verdict: o.verdict(),
		Oracles: r.Result.Oracles, Lives: []lifeLine{}, Gaps: []string{}, Damage: []string{}, Violations: []violationLine{},
	}
	for _, l := range r.Lives {
		line.Lives = append(line.Lives, lifeLine{l.Build, l.Epoch, l.First, l.Last, l.Judged, l.Ended.String()})
	}
	for _, g := range r.Gaps {
		line.Gaps = append(line.Gaps, g.String())
	}
	for _, d := range r.Damage {
		line.Damage = append(line.Damage, d.String())
	}
	if r.Divergence != nil {
		line.Divergence = r.Divergence.Error()
	}
	for _, v := range r.Result.Violations {
		line.Violations = append(line.Violations, violationLine{v.Invariant, v.Step, v.AtUs / 1000, v.Node, v.Message})
	}
	return line
}
