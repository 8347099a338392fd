package sim

import (
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/plan"
)

// TestEveryFaultFires gives each kind of fault a small plan in which it must be
// met, and wants the world to come to rest nevertheless.
func TestEveryFaultFires(t *testing.T) {
	for _, c := range []struct {
		fault plan.Fault
		// also is what must have followed from it.
		also string
	}{
		{plan.Fault{Kind: plan.FaultCrash, AtMs: 3000, ForMs: 500}, ""},
		{plan.Fault{Kind: plan.FaultCrash, AtMs: 3000, ForMs: 500, Effect: 3}, "completion-dropped"},
		{plan.Fault{Kind: plan.FaultCrash, AtMs: 3000, ForMs: 500, Effect: 3, Before: true}, "crash-at-effect"},
		{plan.Fault{Kind: plan.FaultPause, AtMs: 3000, ForMs: 12_000}, "client-timeout"},
		{plan.Fault{Kind: plan.FaultTakeover, AtMs: 3000, Node: 1}, "zombie-step"},
		{plan.Fault{Kind: plan.FaultPartition, AtMs: 3000, ForMs: 3000, Direction: plan.BothWays}, "message-cut"},
		{plan.Fault{Kind: plan.FaultPartition, AtMs: 3000, ForMs: 3000, Direction: plan.ToClients}, "message-clogged"},
		{plan.Fault{Kind: plan.FaultPartition, AtMs: 3000, ForMs: 3000, Direction: plan.ToController}, "message-clogged"},
		{plan.Fault{Kind: plan.FaultPersistDown, AtMs: 3000, ForMs: 3000, Node: -1}, ""},
		{plan.Fault{Kind: plan.FaultPersistDown, AtMs: 3000, ForMs: 3000, Unknown: true}, ""},
		{plan.Fault{Kind: plan.FaultStashDown, AtMs: 3000, ForMs: 3000, Unknown: true, Node: -1}, ""},
		{plan.Fault{Kind: plan.FaultSlowShard, AtMs: 3000, ForMs: 3000, Slot: 1}, ""},
		{plan.Fault{Kind: plan.FaultForeignWriter, AtMs: 3000, Slot: 1, Rows: 3, AdvanceMs: 2000}, ""},
		{plan.Fault{Kind: plan.FaultForeignWriter, AtMs: 3000, Slot: 1, Close: true}, ""},
		{plan.Fault{Kind: plan.FaultForeignReader, AtMs: 3000, Slot: 1, ForMs: 2000, SkewMs: -5000}, ""},
		{plan.Fault{Kind: plan.FaultForeignEpoch, AtMs: 3000, Slot: 1, Epochs: 2}, "halted-exit"},
		{plan.Fault{Kind: plan.FaultPoisonShard, AtMs: 3000, Slot: 1}, ""},
		{plan.Fault{Kind: plan.FaultCompaction, AtMs: 3000, Slot: 1}, ""},
	} {
		p := small()
		c.fault.ID = 1
		p.Faults = []plan.Fault{c.fault}
		r := Run(p, Options{})
		if count(t, r.Faults, string(c.fault.Kind)) == 0 {
			t.Errorf("%+v did not happen", c.fault)
		}
		if c.also != "" && count(t, r.Faults, c.also) == 0 {
			t.Errorf("%+v led to no %s", c.fault, c.also)
		}
		if r.Stuck {
			t.Errorf("%+v: stuck, waiting for %s", c.fault, r.Waiting)
		}
	}
}

// TestEveryRateFires turns on one rate at a time.
func TestEveryRateFires(t *testing.T) {
	p := small()
	for i, rate := range p.Rates.Clients() {
		q := small()
		*q.Rates.Each()[i].Permille = 500
		r := Run(q, Options{})
		for j, c := range r.Faults[:rateCount] {
			if c.Name != p.Rates.Each()[j].Name {
				t.Fatalf("fault %d is counted as %s, the rate is %s", j, c.Name, p.Rates.Each()[j].Name)
			}
			if (c.N > 0) != (i == j) {
				t.Errorf("with %s alone, %s fired %d times", rate.Name, c.Name, c.N)
			}
		}
		if r.Stuck {
			t.Errorf("%s: stuck, waiting for %s", rate.Name, r.Waiting)
		}
	}
}

func TestNamesMatchCounts(t *testing.T) {
	if n := len(faultNames()); n != int(faultCount) {
		t.Errorf("%d names for %d faults", n, faultCount)
	}
	if n := len(purposeNames()); n != int(purposeCount) {
		t.Errorf("%d names for %d purposes", n, purposeCount)
	}
	for _, k := range plan.FaultKinds() {
		if faultNames()[faultOf(k)] != string(k) {
			t.Errorf("%s is counted as %s", k, faultNames()[faultOf(k)])
		}
	}
}

// TestSwarmMeetsEverything wants every fault and every operation met among a
// handful of seeds.
func TestSwarmMeetsEverything(t *testing.T) {
	w := NewWorld()
	met := map[string]uint64{}
	for _, profile := range []string{"default", "hostile", "hosts"} {
		for seed := uint64(1); seed <= 60; seed++ {
			r := RunIn(w, generated(t, profile, seed), Options{MaxEvents: 30_000})
			for _, c := range append(r.Faults, r.Ops...) {
				met[c.Name] += c.N
			}
		}
	}
	for _, name := range append(faultNames(), opNames()...) {
		if met[name] == 0 {
			t.Errorf("%s was never met", name)
		}
	}
}

// TestCrashAtEveryEffect crashes at each of the first effects of the run, boot
// included, on either side of it: an effect is seen by a judge exactly if it was
// released.
func TestCrashAtEveryEffect(t *testing.T) {
	for n := 1; n <= 40; n++ {
		for _, before := range []bool{false, true} {
			p := small()
			p.ChaosMs = 6_000
			p.Faults = []plan.Fault{{ID: 1, Kind: plan.FaultCrash, Effect: n, Before: before, ForMs: 200}}
			released, crashed := 0, false
			r := Run(p, Options{OnObserve: func(o *invariants.Observation) {
				switch o.Kind {
				case invariants.Issued, invariants.Responded:
					if !crashed {
						released++
					}
				case invariants.Crashed:
					crashed = true
				default:
				}
			}})
			want := n
			if before {
				want--
			}
			if !crashed || released != want {
				t.Errorf("crash at effect %d, before %v: %v after %d", n, before, crashed, released)
			}
			if r.Stuck {
				t.Errorf("crash at effect %d, before %v: stuck, waiting for %s", n, before, r.Waiting)
			}
		}
	}
}

// TestObservationsInOrder checks what judges rely on: incarnations count up, a
// step's input comes before its effects, and completions belong to effects that
// were issued by the same incarnation.
func TestObservationsInOrder(t *testing.T) {
	p := small()
	p.Rates.CompletionDup, p.Rates.PersistUnknownLate = 100, 100
	p.Faults = []plan.Fault{
		{ID: 1, Kind: plan.FaultTakeover, AtMs: 3000, Node: 1},
		{ID: 2, Kind: plan.FaultCrash, AtMs: 6000, ForMs: 300, Node: 1},
	}
	type call struct {
		incarnation uint32
		effect      core.EffectID
	}
	issued := map[call]bool{}
	var last uint32
	var lastUs int64
	applied, completed := 0, 0
	Run(p, Options{OnObserve: func(o *invariants.Observation) {
		if o.AtUs < lastUs {
			t.Fatalf("time went back to %d", o.AtUs)
		}
		lastUs = o.AtUs
		switch o.Kind {
		case invariants.Booted:
			if o.Incarnation != last+1 || o.Config == nil {
				t.Fatalf("incarnation %d after %d", o.Incarnation, last)
			}
			last = o.Incarnation
		case invariants.Issued:
			issued[call{o.Incarnation, o.Effect.ID}] = true
		case invariants.Completed:
			completed++
			results := 0
			for _, told := range []bool{o.PersistResult != nil, o.StashResult != nil, o.Hosted != nil} {
				if told {
					results++
				}
			}
			if !issued[call{o.Incarnation, o.Effect.ID}] || results != 1 {
				t.Fatalf("completion of effect %d of incarnation %d, which was not issued", o.Effect.ID, o.Incarnation)
			}
		case invariants.PersistApplied:
			applied++
			if o.Before == nil || o.After == nil || o.PersistCall == nil || o.PersistResult == nil {
				t.Fatal("a call without what it did")
			}
		default:
		}
	}})
	if last < 3 || applied == 0 || completed == 0 {
		t.Fatalf("%d incarnations, %d calls, %d completions", last, applied, completed)
	}
}
