package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/report"
)

// progress shows on standard error how far a campaign is: a bar that redraws itself
// on a terminal, else a plain line every ten seconds.
type progress struct {
	w        io.Writer
	terminal bool
	start    time.Time
	limit    time.Duration
	next     time.Time
	drawn    bool
}

const (
	redrawEvery = 100 * time.Millisecond
	printEvery  = 10 * time.Second
	barWidth    = 24
)

func (t *tool) newProgress(start time.Time, limit time.Duration) *progress {
	p := &progress{w: t.stderr, terminal: isTerminal(t.stderr), start: start, limit: limit}
	p.next = start.Add(p.period())
	return p
}

func (p *progress) period() time.Duration {
	if p.terminal {
		return redrawEvery
	}
	return printEvery
}

// update is called after every seed, by one goroutine at a time.
func (p *progress) update(now *campaign.Progress) {
	if instant := time.Now(); p.due(instant) {
		p.draw(bar(p.done(now, instant)), fmt.Sprintf("%s seeds, %s events, %s simulated, %s",
			report.Number(now.Seeds), report.Number(now.Events), report.Span(now.SimMs), failures(now.Failures)))
	}
}

// say shows a text of which nobody knows how far from the end it is.
func (p *progress) say(text string) {
	if p.due(time.Now()) {
		p.draw("", text)
	}
}

// due reports whether it is time to show something again.
func (p *progress) due(instant time.Time) bool {
	if instant.Before(p.next) {
		return false
	}
	p.next = instant.Add(p.period())
	return true
}

func (p *progress) draw(bar, text string) {
	if !p.terminal {
		fmt.Fprintf(p.w, "simrun: %s\n", text)
		return
	}
	p.drawn = true
	fmt.Fprintf(p.w, "\r\x1b[K%s", strings.TrimSpace(bar+" "+text))
}

// done is how much of the campaign is behind us in percent, or -1 if nobody knows.
func (p *progress) done(now *campaign.Progress, instant time.Time) int {
	percent := -1
	if now.Total > 0 {
		percent = int(now.Seeds * 100 / now.Total)
	}
	if p.limit > 0 {
		percent = max(percent, int(instant.Sub(p.start)*100/p.limit))
	}
	return min(percent, 100)
}

// end takes the bar away.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func bar(percent int) string {
	if percent < 0 {
		return ""
	}
	b := make([]byte, barWidth)
	for i := range b {
		b[i] = ' '
		if i < percent*barWidth/100 {
			b[i] = '='
		}
	}
	return fmt.Sprintf("[%s] %3d%%", b, percent)
}

func failures(n int) string {
	if n == 1 {
		return "1 failure"
	}
	return fmt.Sprintf("%d failures", n)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
