package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/tidemark/invariants"
	"example.com/tidemark/sim"
	"example.com/tidemark/sim/campaign"
	"example.com/tidemark/sim/plan"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Number(0), "0"}, {Number(999), "999"}, {Number(1000), "1,000"}, {Number(1234567), "1,234,567"},
		{Instant(1_234_567), "1.234567 s"}, {Instant(7), "0.000007 s"},
		{Span(900), "0.9 s"}, {Span(61_000), "1 min 1 s"}, {Span(3 * 3_600_000), "3 h 0 min"}, {Span(50 * 3_600_000), "2 d 2 h"},
		{Wall(1234 * time.Millisecond), "1.23 s"}, {Wall(90 * time.Second), "1m30s"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// page prints with f and compares.
func page(t *testing.T, want string, f func(p *Page)) {
	t.Helper()
	var b strings.Builder
	f(NewPage(&b, false))
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFailureIsOneBlockInAFixedOrder(t *testing.T) {
	f := &Failure{
		Violation: invariants.Violation{Invariant: "S5", Step: 1234, AtUs: 5_000_000, Node: 1, Message: "u1: an append is gone"},
		Doc:       invariants.Doc{Name: "S5", Title: "append exactly once", Statement: "Each once.", Meaning: "Rows are lost."},
		Seed:      7, Profile: "tiny", Story: []string{"1.0s one", "2.0s two"},
		Plan: "out/tiny-7.json", Replay: "simrun replay out/tiny-7.json", Shrink: "simrun shrink out/tiny-7.json",
	}
	page(t, `

VIOLATION S5 append exactly once  u1: an append is gone
at        step 1,234, 5.000000 s of simulated time, controller 1, seed 7 of profile tiny
demands   Each once.
what led to it:
  1.0s one
  2.0s two
means     Rows are lost.
plan      out/tiny-7.json
replay    simrun replay out/tiny-7.json
shrink    simrun shrink out/tiny-7.json
`, func(p *Page) { p.Failure(f) })
}

func TestCampaign(t *testing.T) {
	sum := &campaign.Summary{
		Seeds: 3, Events: 30_000, SimMs: 60_000, Last: 12, Interrupted: true,
		Faults:  []sim.Count{{Name: "crash", N: 1500}, {Name: "pause"}},
		Ops:     []sim.Count{{Name: "append", N: 2}},
		Oracles: []invariants.Stat{{Name: "S1", Checked: 2000, Met: 10}, {Name: "S5", Checked: 7}},
	}
	page(t, `
seeds     3 of profile tiny, from 10 to 12
events    30,000 in 1 min 0 s of simulated time, 2.00 s of real time (15,000 events/s, 30 : 1)
faults    crash 1,500
          never: pause
clients   append 2
oracles   S1 10/2,000
          (case met / checked)
          never met: S5
ended     interrupted before it was through
verdict   nothing found
`, func(p *Page) {
		p.Campaign(&Campaign{Summary: sum, Profile: "tiny", First: 10, Wall: 2 * time.Second})
	})
}

func TestRun(t *testing.T) {
	pl := &plan.Plan{Seed: 9, Profile: "tiny", ChaosMs: 2000,
		Rates:   plan.Rates{PersistSlow: 5, SlowFactor: 10, LateMs: 500},
		Clocks:  []plan.Clock{{Node: 1, OffsetMs: -5, DriftPpm: 20}},
		Faults:  []plan.Fault{{Kind: plan.FaultCrash}, {Kind: plan.FaultPause}, {Kind: plan.FaultCrash}},
		Writers: []plan.Writer{{}}, Ops: []plan.Operation{{As: plan.Admin}, {As: plan.Hostile}, {As: plan.Admin}},
	}
	r := &sim.Result{Events: 100, SimMs: 4000, Faults: []sim.Count{{Name: "crash", N: 2}},
		Violations: []invariants.Violation{{Invariant: "S1"}, {Invariant: "S8"}}}
	var b strings.Builder
	NewPage(&b, false).Run(&Run{Plan: pl, Result: r, Wall: time.Second})
	for _, want := range []string{
		"seed      9 of profile tiny\n",
		"cast      2 controllers, 1 writer, 0 owners of holds, 3 operations\n          admin 2, hostile 1\n",
		"controller 1's clock: -5 ms, +20 ppm, 0 jumps\n",
		"chaos     2.0 s of it",
		"planned   crash 2, pause 1\n",
		"rates     persist-slow 5‰, slow ×10, late by up to 0.5 s\n",
		"happened  crash 2\n",
		"clients   nothing\n",
		"verdict   violates S1, S8\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if n := strings.Count(b.String(), "\n"); n > 40 {
		t.Errorf("%d lines are more than a screenful", n)
	}
}

func TestLongListsAreWrapped(t *testing.T) {
	var b strings.Builder
	words := strings.Fields(strings.Repeat("somewhat-long-word ", 30))
	NewPage(&b, false).items("label", words, ", ")
	for line := range strings.Lines(b.String()) {
		if len(line) > lineWidth+2 {
			t.Errorf("%d wide: %q", len(line), line)
		}
	}
	if strings.Count(b.String(), "somewhat-long-word") != len(words) {
		t.Error("words are lost")
	}
}

func TestColourOnlyWhereAsked(t *testing.T) {
	for _, colour := range []bool{false, true} {
		var b strings.Builder
		NewPage(&b, colour).Failure(&Failure{})
		if strings.Contains(b.String(), "\x1b[") != colour {
			t.Errorf("colour %v: %q", colour, b.String())
		}
	}
}

// TestJUnit has a campaign in which one invariant was violated twice, one met its case
// and one did not; the texts have what XML must escape.
func TestJUnit(t *testing.T) {
	j := &JUnit{Profile: "tiny", First: 10, Wall: 48 * time.Second, Rerun: "simrun fuzz --seeds 10..12",
		Summary: &campaign.Summary{
			Seeds: 3, Last: 12,
			Oracles: []invariants.Stat{{Name: "S1", Checked: 2000}, {Name: "S4", Checked: 7, Met: 1}, {Name: "S5"}},
			Failures: []campaign.Failure{
				{Seed: 11, Violation: invariants.Violation{Invariant: "S5", Step: 9, Message: "u1: 1 < 2 & \"gone\"]]>\x00"}},
				{Seed: 12, Violation: invariants.Violation{Invariant: "S5"}}, {Seed: 13, Violation: invariants.Violation{Invariant: "S99"}}},
		},
		Failing: []FailingSeed{{Plan: "11.json", Replay: "simrun replay 11.json", Shrink: "simrun shrink 11.json"}, {Plan: "12.json"}, {Plan: "13.json"}},
	}
	var b strings.Builder
	if err := j.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`tests="25" failures="2" errors="0" skipped="22" time="48.000"`,
		`<testcase name="S1 `, ` classname="tidemark.invariants.S1" time="1.920">`,
		"checked 2,000 times, but in none of 3 runs did its case come up: a since downgrade",
		`<failure message="u1: 1 &lt; 2 &amp; &#34;gone&#34;]]&gt;�" type="S5">`,
		"u1: 1 < 2 & \"gone\"]]]]><![CDATA[>�\n",
		"S5 violated by 2 seeds of profile tiny; the lowest is 11.\n", "reproduce: simrun replay 11.json\nshrink:    simrun shrink 11.json\n",
		"seed 12: 12.json\n", `<testcase name="S99" classname="tidemark.invariants.S99"`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
