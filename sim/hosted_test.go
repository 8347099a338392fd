package sim

import (
	"maps"
	"testing"

	"example.com/tidemark/core"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/sim/plan"
)

// hostedPlan is a plan without faults in which two ingestions, one of them with two
// subsources, follow sources, and an export follows one of them.
func hostedPlan() *plan.Plan {
	p := small()
	p.Profile = "hosted"
	p.Ops, p.Writers, p.Owners = nil, nil, nil
	p.Latency.Orchestrator = plan.Distribution{MinUs: 2_000, MaxUs: 20_000}
	p.Latency.Start = plan.Distribution{MinUs: 50_000, MaxUs: 300_000}
	p.Latency.External = plan.Distribution{MinUs: 500, MaxUs: 5_000}
	p.Machines = []plan.Machine{{ID: 1, OffsetMs: 30}, {ID: 2, OffsetMs: -40}, {ID: 3}}
	p.Sources = []plan.Source{
		{ID: 1, Outputs: 3, StartMs: 200, PeriodMs: 250, Rows: 4, Keys: 10, BurstEvery: 10, Burst: 20, Gap: 3},
		{ID: 2, Outputs: 1, StartMs: 1000, PeriodMs: 700, Rows: 2, ErrorEvery: 9, Together: true, UntilMs: 12_000, Finish: true},
	}
	add := func(op plan.Operation) {
		op.ID, op.Node = len(p.Ops)+1, -1
		p.Ops = append(p.Ops, op)
	}
	add(plan.Operation{AtMs: 100, Kind: plan.OpCreate, As: plan.Admin, Parts: []plan.Part{
		{Slot: 1, Kind: plan.KindIngestion, Schema: 1, Source: 1, Size: 1},
		{Slot: 2, Kind: plan.KindSubsource, Schema: 2, Output: 1, Of: 1},
		{Slot: 3, Kind: plan.KindSubsource, Schema: 3, Output: 2, Of: 1},
	}})
	add(plan.Operation{AtMs: 300, Kind: plan.OpCreate, As: plan.Admin, Parts: []plan.Part{
		{Slot: 4, Kind: plan.KindIngestion, Schema: 2, Source: 2, Remote: 1},
	}})
	lag := uint64(2000)
	add(plan.Operation{AtMs: 400, Kind: plan.OpSetPolicy, As: plan.Admin, Parts: []plan.Part{
		{Slot: 1, Policy: &plan.Policy{Lag: &lag}}, {Slot: 2, Policy: &plan.Policy{Lag: &lag}}, {Slot: 4, Policy: &plan.Policy{Lag: &lag}}}})
	add(plan.Operation{AtMs: 1500, Kind: plan.OpPrepare, As: plan.Admin, Parts: []plan.Part{{Slot: 9, From: 2}}})
	add(plan.Operation{AtMs: 2000, Kind: plan.OpExports, As: plan.Admin, Parts: []plan.Part{
		{Slot: 9, From: 2, Sink: 1, Size: 2, Snapshot: true, Time: plan.Time{Base: plan.Since}}}})
	return p
}

// outputs are the collections of hostedPlan, by source and output.
var outputs = []struct{ slot, source, output int }{{1, 1, 0}, {2, 1, 1}, {3, 1, 2}, {4, 2, 0}}

// net is what is left of a list of changes, whenever they were.
func net(list []relation.Update) map[relation.Row]int64 {
	sum := map[relation.Row]int64{}
	for _, u := range list {
		if sum[u.Data] += u.Diff; sum[u.Data] == 0 {
			delete(sum, u.Data)
		}
	}
	return sum
}

// wantContents wants every record of every source in its collection, once, and
// every change of the exported collection in the sink.
func wantContents(t *testing.T, w *World, why any) {
	t.Helper()
	for _, o := range outputs {
		shard, ok := w.shardOf(o.slot)
		if !ok {
			t.Errorf("%v: u%d has no shard", why, o.slot)
			continue
		}
		said, _, _ := w.hosting.sources.Said(plan.SourceConnection(o.source), w.nowUs)
		var want []relation.Update
		for _, r := range said {
			if int(r.Output) == o.output {
				want = append(want, relation.Update{Data: r.Data, Diff: r.Diff})
			}
		}
		got := w.persist.AppendUpdates(nil, shard)
		if len(want) == 0 || !maps.Equal(net(got), net(want)) {
			t.Errorf("%v: u%d holds %d changes, net %d, the source said %d, net %d", why, o.slot, len(got), len(net(got)), len(want), len(net(want)))
		}
	}
	shard, _ := w.shardOf(2)
	var out []relation.Update
	for _, c := range w.hosting.sinks.Log() {
		if c.Export != (core.GlobalID{Kind: core.IDUser, N: 9}) {
			t.Errorf("%v: a sink got %v", why, c.Export)
		}
		out = append(out, c.Updates...)
	}
	if got, want := net(out), net(w.persist.AppendUpdates(nil, shard)); !maps.Equal(got, want) || len(want) == 0 {
		t.Errorf("%v: the sink has net %d rows, the collection %d", why, len(got), len(want))
	}
}

// TestHostsEndToEnd lets controller, orchestrator, hosts, sources and sinks play
// together, and wants the data to arrive.
func TestHostsEndToEnd(t *testing.T) {
	w := NewWorld()
	r := RunIn(w, hostedPlan(), Options{})
	if r.Stuck || r.Interrupted {
		t.Errorf("stuck: %s", r.Waiting)
	}
	wantContents(t, w, "without faults")
}

// TestEveryHostFaultFires gives each kind of fault about hosts a plan in which it must
// be met, and wants all of the data to arrive nevertheless.
func TestEveryHostFaultFires(t *testing.T) {
	w := NewWorld()
	for _, c := range []struct {
		fault plan.Fault
		// also is what must have followed from it.
		also string
	}{
		{plan.Fault{Kind: plan.FaultHostCrash, AtMs: 5000, ForMs: 700, Slot: 1}, ""},
		{plan.Fault{Kind: plan.FaultHostCrash, AtMs: 5000, ForMs: 700, Remote: 1}, ""},
		{plan.Fault{Kind: plan.FaultHostCrash, AtMs: 5000, ForMs: 700, Slot: 1, Effect: 4}, "crash-at-effect"},
		{plan.Fault{Kind: plan.FaultHostCrash, AtMs: 2500, ForMs: 100, Slot: 9, Effect: 2, Before: true}, "crash-at-effect"},
		{plan.Fault{Kind: plan.FaultHostPause, AtMs: 5000, ForMs: 4000, Slot: 1}, ""},
		{plan.Fault{Kind: plan.FaultHostTwice, AtMs: 5000, ForMs: 4000, Slot: 1}, "host-two-copies"},
		{plan.Fault{Kind: plan.FaultHostTwice, AtMs: 5000, ForMs: 4000, Slot: 9}, "host-two-copies"},
		{plan.Fault{Kind: plan.FaultHostTwice, AtMs: 5000, ForMs: 4000, Remote: 1}, "host-two-copies"},
		{plan.Fault{Kind: plan.FaultHostReplace, AtMs: 5000, ForMs: 2000, Slot: 1}, ""},
		{plan.Fault{Kind: plan.FaultHostDown, AtMs: 100, ForMs: 4000, Slot: 1}, ""},
		{plan.Fault{Kind: plan.FaultHostCut, AtMs: 4000, ForMs: 3000, Slot: 1, Node: -1, Direction: plan.BothWays}, "host-message-cut"},
		{plan.Fault{Kind: plan.FaultHostCut, AtMs: 4000, ForMs: 3000, Remote: 1, Direction: plan.ToController}, "host-message-cut"},
		{plan.Fault{Kind: plan.FaultHostCut, AtMs: 4000, ForMs: 3000, Slot: 1, Node: -1, Direction: plan.ToHosts}, ""},
		{plan.Fault{Kind: plan.FaultMachineDown, AtMs: 4000, ForMs: 1500, Machine: 0}, "host-outlived-controller"},
		{plan.Fault{Kind: plan.FaultOrchestratorDown, AtMs: 50, ForMs: 3000, Node: -1, Unknown: true}, ""},
		{plan.Fault{Kind: plan.FaultSourceDown, AtMs: 3000, ForMs: 3000, Node: -1}, ""},
		{plan.Fault{Kind: plan.FaultSinkDown, AtMs: 3000, ForMs: 3000, Node: -1, Unknown: true}, ""},
		{plan.Fault{Kind: plan.FaultCrash, AtMs: 4000, ForMs: 1500}, "host-outlived-controller"},
		{plan.Fault{Kind: plan.FaultPause, AtMs: 4000, ForMs: 12_000}, ""},
		{plan.Fault{Kind: plan.FaultTakeover, AtMs: 4000, Node: 1}, ""},
		{plan.Fault{Kind: plan.FaultOrphan, AtMs: 5000, ForMs: 6000, Slot: 1}, "host-left-behind"},
	} {
		p := hostedPlan()
		if c.fault.Kind == plan.FaultOrphan {
			p.Ops = append(p.Ops, plan.Operation{ID: 100, AtMs: 6000, Kind: plan.OpAlter, As: plan.Admin, Node: -1,
				Parts: []plan.Part{{Slot: 1, Size: 3}}})
		}
		c.fault.ID = 1
		p.Faults = []plan.Fault{c.fault}
		r := RunIn(w, p, Options{})
		if count(t, r.Faults, string(c.fault.Kind)) == 0 {
			t.Errorf("%+v did not happen", c.fault)
		}
		if c.also != "" && count(t, r.Faults, c.also) == 0 {
			t.Errorf("%+v led to no %s", c.fault, c.also)
		}
		if r.Stuck || len(r.Violations) > 0 {
			t.Errorf("%+v: stuck, waiting for %s %v", c.fault, r.Waiting, r.Violations)
		}
		wantContents(t, w, c.fault)
	}
}

// TestEveryHostRateFires turns on one rate about hosts at a time, at a level that
// everything survives, in a plan in which hosts come and go, and wants all of the data
// to arrive.
func TestEveryHostRateFires(t *testing.T) {
	w := NewWorld()
	names := new(plan.Plan).Rates.Hosts()
	for i, rate := range names {
		p := hostedPlan()
		p.Seed = 11
		for k := range int64(8) {
			p.Ops = append(p.Ops, plan.Operation{ID: 100 + int(k), AtMs: 4000 + 1500*k, Kind: plan.OpAlter, As: plan.Admin, Node: -1,
				Parts: []plan.Part{{Slot: 1, Size: 2 + int(k)%2}, {Slot: 9, Size: 3 + int(k)%2}}})
		}
		*p.Rates.Hosts()[i].Permille = 250
		r := RunIn(w, p, Options{})
		if count(t, r.Faults, rate.Name) == 0 {
			t.Errorf("%s never fired", rate.Name)
		}
		if r.Stuck || len(r.Violations) > 0 {
			t.Errorf("%s: stuck, waiting for %s %v", rate.Name, r.Waiting, r.Violations)
		}
		wantContents(t, w, rate.Name)
	}
}

// TestHostedTwins runs plans with hosts twice, copied in the middle, and traced, and
// wants one and the same run.
func TestHostedTwins(t *testing.T) {
	for seed := uint64(1); seed < 6; seed++ {
		p := hostedPlan()
		p.Seed = seed
		for _, r := range p.Rates.Each() {
			*r.Permille = 20
		}
		p.Faults = []plan.Fault{
			{ID: 1, Kind: plan.FaultHostTwice, AtMs: 3000, ForMs: 2000, Slot: 1},
			{ID: 2, Kind: plan.FaultMachineDown, AtMs: 6000, ForMs: 900, Machine: 1},
			{ID: 3, Kind: plan.FaultHostPause, AtMs: 8000, ForMs: 2500, Remote: 1},
			{ID: 4, Kind: plan.FaultHostCrash, AtMs: 11_000, ForMs: 300, Slot: 9, Effect: 3},
		}
		if diff, ok := Twin(p); !ok {
			t.Errorf("seed %d: %s", seed, diff)
		}
		whole := Run(p, Options{RecordDraws: true})
		w, clone := NewWorld(), NewWorld()
		RunIn(clone, hostedPlan(), Options{})
		w.Reset(p, Options{})
		for w.Events() < whole.Events/2 && w.Next() {
		}
		clone.CopyFrom(w)
		if clone.Digest() != w.Digest() {
			t.Fatalf("seed %d: the copy differs at once", seed)
		}
		for clone.Next() {
			if w.Next(); clone.Digest() != w.Digest() {
				t.Fatalf("seed %d: the copy differs after %d events", seed, clone.Events())
			}
		}
		for w.Next() {
		}
		if w.Result().TraceHash != whole.TraceHash || clone.Result().TraceHash != whole.TraceHash {
			t.Errorf("seed %d: a run and its copy differ", seed)
		}
		q := p.Clone()
		q.Rates = plan.Rates{SlowFactor: p.Rates.SlowFactor, LateMs: p.Rates.LateMs}
		q.Draws, q.OnlyPinned = whole.Pins, true
		if pinned := Run(q, Options{}); pinned.TraceHash != whole.TraceHash {
			t.Errorf("seed %d: the run with its draws pinned is another one", seed)
		}
	}
}
