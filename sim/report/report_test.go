package report

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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
		Rates:  plan.Rates{PersistSlow: 5, SlowFactor: 10, LateMs: 500},
		Clocks: []plan.Clock{{Node: 1, OffsetMs: -5, DriftPpm: 20}},
		Faults: []plan.Fault{{Kind: plan.FaultCrash, AtMs: 200, Node: 1}, {Kind: plan.FaultCrash},
			{Kind: plan.FaultHostCrash, Slot: 3, AtMs: 100}},
		Writers: []plan.Writer{{}},
		Ops: []plan.Operation{
			{As: plan.Admin, Kind: plan.OpCreate, Parts: []plan.Part{{Slot: 1, Kind: plan.KindTable}, {Slot: 3, Kind: plan.KindIngestion, Size: 1}}},
			{As: plan.Hostile, Kind: plan.OpCreate, Parts: []plan.Part{{Slot: 1, Kind: plan.KindTable}, {Slot: 4, Kind: plan.KindSubsource, Of: 3}}},
			{As: plan.Admin, Kind: plan.OpExports, Parts: []plan.Part{{Slot: 5, Sink: 1, Remote: 2}}},
			{As: plan.Admin, Kind: plan.OpExports, Parts: []plan.Part{{Slot: 6, Sink: 1, Remote: 2}}},
			{As: plan.Admin, Kind: plan.OpExports, Parts: []plan.Part{{Slot: 5, Sink: 1, Remote: 2}}},
		}}
	r := &sim.Result{Events: 100, SimMs: 4000, Counters: sim.Counters{Boots: 3, Halts: 1, Acked: 7},
		Faults:     []sim.Count{{Name: "persist_slow", N: 4}, {Name: "crash", N: 1}, {Name: "host-crash", N: 1}, {Name: "pause"}},
		Ops:        []sim.Count{{Name: "create", N: 2}, {Name: "raw", N: 3}, {Name: "raw:bad-id", N: 3}},
		Oracles:    []invariants.Stat{{Name: "S1", Checked: 9, Met: 2}},
		Violations: []invariants.Violation{{Invariant: "S1"}, {Invariant: "S8"}}}
	var b strings.Builder
	NewPage(&b, false).Run(&Run{Plan: pl, Result: r, Wall: time.Second})
	for _, want := range []string{
		"seed      9 of profile tiny, one to three collections and a dozen operations\n",
		"cast      2 controllers that take over from each other, 3 starts of one, 1 halt, on 1 machine\n",
		"          clocks that are wrong: controller 1's by -5 ms +20 ppm\n",
		"hosts     1 object on a managed host of its own, 1 remote host\n",
		"data      1 table, 1 ingestion, 1 subsource\n",
		"exports   2 exports asked for, 1 external system to write to\n",
		"clients   operations of admin 4, hostile 1, 1 writer that appends all the time\n",
		"chaos     for 2.0 s; ",
		"planned   0.0 s crash of controller 0, 0.1 s host-crash of the host of u3,\n          0.2 s crash of controller 1\n",
		"happened  controllers: crash 1 of 2\n          shards: persist-slow 4 (5‰)\n          hosts: host-crash 1\n",
		"done      raw 3, create 2\nso that   7 appends were acknowledged, 0 reads were answered, ",
		"oracles   1 judges checked 9 times; the case that each guards against came up for 1 of them\n",
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
		`tests="26" failures="2" errors="0" skipped="23" time="48.000"`,
		`<testcase name="S1 `, ` classname="tidemark.invariants.S1" time="1.846">`,
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

// TestEveryFaultBefallsSomebody wants no fault left out of the story.
func TestEveryFaultBefallsSomebody(t *testing.T) {
	p, err := plan.Generate("tiny", 1, plan.NewSeedDraws(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range sim.Run(p, sim.Options{}).Faults {
		if befalls(c.Name) == "" {
			t.Errorf("%s befalls nobody", c.Name)
		}
	}
}

// TestScreenful runs seeds of every kind: their story fits on a screen.
func TestScreenful(t *testing.T) {
	for _, c := range []struct {
		profile string
		seeds   uint64
	}{{"default", 30}, {"hosts", 30}, {"tiny", 10}, {"hostile", 10}, {"calm", 10}} {
		for seed := uint64(1); seed <= c.seeds; seed++ {
			p, err := plan.Generate(c.profile, seed, plan.NewSeedDraws(seed))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			NewPage(&b, false).Run(&Run{Plan: p, Result: sim.Run(p, sim.Options{Judged: true}), Wall: time.Second})
			if n := strings.Count(b.String(), "\n"); n > 45 {
				t.Errorf("%s %d: %d lines are more than a screenful\n%s", c.profile, seed, n, b.String())
			}
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > lineWidth {
					t.Errorf("%s %d: a line of %d columns: %s", c.profile, seed, n, line)
				}
			}
		}
	}
}
