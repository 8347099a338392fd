package main

import (
	"strings"
	"testing"
	"time"

	"example.com/tidemark/sim/campaign"
)

func TestProgress(t *testing.T) {
	now := &campaign.Progress{Seeds: 50, Events: 12345, SimMs: 90_000, Failures: 1, Total: 100}
	for _, c := range []struct {
		terminal bool
		want     string
	}{
		{true, "\r\x1b[K[============            ]  50% 50 seeds, 12,345 events, 1 min 30 s simulated, 1 failure\r\x1b[K"},
		{false, "simrun: 50 seeds, 12,345 events, 1 min 30 s simulated, 1 failure\n"},
	} {
		var b strings.Builder
		p := &progress{w: &b, terminal: c.terminal, start: time.Now()}
		p.update(now)
		p.next = time.Now().Add(time.Hour) // not due again
		p.update(now)
		p.end()
		if b.String() != c.want {
			t.Errorf("terminal %v: got %q, want %q", c.terminal, b.String(), c.want)
		}
	}
}

func TestProgressOfABudget(t *testing.T) {
	start := time.Now().Add(-15 * time.Second)
	p := &progress{start: start, limit: 30 * time.Second}
	if got := p.done(&campaign.Progress{}, start.Add(15*time.Second)); got != 50 {
		t.Errorf("half of the time is %d %%", got)
	}
	if got := (&progress{}).done(&campaign.Progress{Seeds: 5}, start); got != -1 || bar(got) != "" {
		t.Errorf("of an endless campaign %d %% are known", got)
	}
	if got := p.done(&campaign.Progress{}, start.Add(time.Hour)); got != 100 {
		t.Errorf("after the end it is %d %%", got)
	}
}
