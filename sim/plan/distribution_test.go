package plan_test

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

const manySeeds = 300

// TestEverythingAppears wants every kind of operation, raw request, fault and
// rate in the default profile's first seeds, each often enough to matter.
func TestEverythingAppears(t *testing.T) {
	ops, raws, faults, rates := map[plan.OpKind]int{}, map[plan.Raw]int{}, map[plan.FaultKind]int{}, map[string]int{}
	bases, characters := map[plan.Base]int{}, map[plan.Character]int{}
	for seed := uint64(1); seed <= manySeeds; seed++ {
		p := generate(t, "default", seed)
		for i := range p.Ops {
			op := &p.Ops[i]
			ops[op.Kind]++
			raws[op.Raw]++
			characters[op.As]++
			for j := range op.Parts {
				bases[op.Parts[j].Time.Base]++
			}
		}
		for i := range p.Faults {
			faults[p.Faults[i].Kind]++
		}
		for _, r := range p.Rates.Each() {
			if *r.Permille > 0 {
				rates[r.Name]++
			}
		}
	}
	for _, k := range plan.OpKinds() {
		atLeast(t, "operation "+string(k), ops[k], manySeeds/3)
	}
	for _, k := range plan.RawKinds() {
		atLeast(t, "raw "+string(k), raws[k], 10)
	}
	for _, k := range plan.FaultKinds() {
		atLeast(t, "fault "+string(k), faults[k], 5)
	}
	for _, r := range new(plan.Rates).Each() {
		atLeast(t, "rate "+r.Name, rates[r.Name], manySeeds/15)
	}
	for _, b := range []plan.Base{plan.Zero, plan.Since, plan.Upper, plan.WallGrid, plan.HoldTime, plan.Earliest, plan.Max} {
		atLeast(t, "base "+string(b), bases[b], 20)
	}
	for _, c := range []plan.Character{plan.Admin, plan.TableWriter, plan.Reader, plan.Reporter, plan.Hostile} {
		atLeast(t, "character "+string(c), characters[c], manySeeds)
	}
}

func atLeast(t *testing.T, what string, n, want int) {
	t.Helper()
	if n < want {
		t.Errorf("%s: %d times in %d seeds, want %d", what, n, manySeeds, want)
	}
}

func TestSizes(t *testing.T) {
	var calm, tiny, large, busy, stacked int
	for seed := uint64(1); seed <= manySeeds; seed++ {
		p := generate(t, "default", seed)
		if len(p.Faults) == 0 && p.Rates == (plan.Rates{}) && len(p.Clocks) == 0 {
			calm++
		}
		if p.Shards == plan.ShardsStack {
			stacked++
		}
		switch created := len(slotsCreated(p)); {
		case len(p.Ops) < 25 && created <= 4:
			tiny++
		case created >= 24 && len(p.Ops) >= 250:
			large++
		case len(p.Ops) >= 60 && len(p.Ops) <= 280:
			busy++
		}
	}
	atLeast(t, "without faults", calm, manySeeds/20)
	atLeast(t, "tiny", tiny, manySeeds/20)
	atLeast(t, "on the real shard machine", stacked, manySeeds/15)
	atLeast(t, "large", large, manySeeds/50)
	atLeast(t, "of ordinary size", busy, manySeeds/2)
	if calm > manySeeds/4 || tiny > manySeeds/3 {
		t.Errorf("too many small plans: %d without faults, %d tiny", calm, tiny)
	}
}

func slotsCreated(p *plan.Plan) map[int]bool {
	made := map[int]bool{}
	for i := range p.Ops {
		if p.Ops[i].Kind == plan.OpCreate {
			for _, v := range p.Ops[i].Parts {
				made[v.Slot] = true
			}
		}
	}
	return made
}

// TestHostileCallsAreMostlyTimely wants a third of the hostile calls to be wrong
// by their timing only: well-formed, and about collections that exist at some
// time of the plan.
func TestHostileCallsAreMostlyTimely(t *testing.T) {
	for _, profile := range []string{"default", "hostile", "large"} {
		hostile, timely, raw := 0, 0, 0
		seeds := uint64(manySeeds)
		if profile == "large" {
			seeds = 10
		}
		for seed := uint64(1); seed <= seeds; seed++ {
			p := generate(t, profile, seed)
			made := slotsCreated(p)
			for i := range p.Ops {
				op := &p.Ops[i]
				if op.As != plan.Hostile {
					continue
				}
				hostile++
				if op.Kind == plan.OpRaw {
					raw++
				}
				if plan.WellFormed(op) && all(op.Parts, func(v plan.Part) bool { return made[v.Slot] }) {
					timely++
				}
			}
		}
		if timely*3 < hostile {
			t.Errorf("%s: only %d of %d hostile calls are wrong by timing alone", profile, timely, hostile)
		}
		if raw*50 < hostile {
			t.Errorf("%s: only %d of %d hostile calls are raw", profile, raw, hostile)
		}
	}
}

func all(parts []plan.Part, ok func(plan.Part) bool) bool {
	for _, v := range parts {
		if !ok(v) {
			return false
		}
	}
	return true
}

// TestUsefulWorkDominates wants most operations of ordinary clients to aim at
// collections that were created before and not dropped.
func TestUsefulWorkDominates(t *testing.T) {
	useful, total := 0, 0
	for seed := uint64(1); seed <= manySeeds; seed++ {
		p := generate(t, "default", seed)
		live := map[int]bool{}
		for i := range p.Ops {
			op := &p.Ops[i]
			for _, v := range op.Parts {
				switch op.Kind {
				case plan.OpCreate:
					live[v.Slot] = true
				case plan.OpDrop:
					delete(live, v.Slot)
				default:
					total++
					if live[v.Slot] {
						useful++
					}
				}
			}
		}
	}
	if useful*10 < total*7 || useful*100 > total*97 {
		t.Errorf("%d of %d parts aim at live collections, want 70…97 %%", useful, total)
	}
}

// TestFaultsAreAimed wants a good share of the faults shortly after an
// administrator's act or a burst of appends, or at what is left of a collection that
// was dropped.
func TestFaultsAreAimed(t *testing.T) {
	aimed, total := 0, 0
	for seed := uint64(1); seed <= manySeeds; seed++ {
		p := generate(t, "default", seed)
		for i := range p.Faults {
			f := &p.Faults[i]
			total++
			for j := range p.Ops {
				d := f.AtMs - p.Ops[j].AtMs
				if d >= 0 && (d <= 500 && (p.Ops[j].As == plan.Admin || burst(p, j)) || p.Ops[j].Kind == plan.OpDrop && f.Slot > 0 && names(&p.Ops[j], f.Slot)) {
					aimed++
					break
				}
			}
		}
	}
	if aimed*10 < total*6 {
		t.Errorf("only %d of %d faults strike within half a second of an administrator's act or a burst, or at what was dropped", aimed, total)
	}
}

// burst reports whether the j-th operation is the second of two appends to one
// table within a round trip.
func burst(p *plan.Plan, j int) bool {
	return j > 0 && p.Ops[j].Kind == plan.OpAppend && p.Ops[j-1].Kind == plan.OpAppend &&
		p.Ops[j].AtMs-p.Ops[j-1].AtMs <= 2 && p.Ops[j].Parts[0].Slot == p.Ops[j-1].Parts[0].Slot
}

// TestReferenceLoad wants the load that the benchmark is defined by.
func TestReferenceLoad(t *testing.T) {
	p := generate(t, "reference", 1)
	seconds := p.ChaosMs / 1000
	runs := int64(0)
	for i := range p.Loops {
		runs += p.Loops[i].Runs(p.ChaosMs)
	}
	if len(p.Writers) != 64 || seconds != 3*3600 || runs < 99*seconds/10 || runs > 10*seconds {
		t.Errorf("%d writers, %d s, %d further operations", len(p.Writers), seconds, runs)
	}
	ids := map[int]bool{}
	var op plan.Operation
	for i := range p.Loops {
		for k := range p.Loops[i].Runs(p.ChaosMs) {
			p.Loops[i].Expand(k, &op)
			if ids[op.ID] || op.AtMs >= p.ChaosMs || op.Parts[0].Slot < 1 || op.Parts[0].Slot > 64 {
				t.Fatalf("loop %d run %d: %+v", i, k, op)
			}
			ids[op.ID] = true
		}
	}
	quiet := p.Quiet()
	if err := quiet.Validate(); err != nil || len(quiet.Faults) != 0 || quiet.Rates != (plan.Rates{}) {
		t.Errorf("quiet: %v", err)
	}
	if p.Rates == (plan.Rates{}) || p.Writers[0].PeriodMs != 1000 {
		t.Error("Quiet changed the plan that it was asked of")
	}
}
