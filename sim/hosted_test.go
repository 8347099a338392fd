package sim

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

// hostedPlan is a plan without faults in which two ingestions, one of them with two
// subsources, follow sources, and an export follows one of them.
func hostedPlan() *plan.Plan {
	p := small()
	p.Ops, p.Writers, p.Owners = nil, nil, nil
	p.Latency.Orchestrator = plan.Distribution{MinUs: 2_000, MaxUs: 20_000}
	p.Latency.Start = plan.Distribution{MinUs: 50_000, MaxUs: 300_000}
	p.Latency.External = plan.Distribution{MinUs: 500, MaxUs: 5_000}
	p.Sources = []plan.Source{
		{ID: 1, Outputs: 3, StartMs: 200, PeriodMs: 250, Rows: 4, Keys: 10, BurstEvery: 10, Burst: 20, Gap: 3},
		{ID: 2, Outputs: 1, StartMs: 1000, PeriodMs: 700, Rows: 2, ErrorEvery: 9, UntilMs: 12_000, Finish: true},
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
	add(plan.Operation{AtMs: 3000, Kind: plan.OpPrepare, As: plan.Admin, Parts: []plan.Part{{Slot: 9, From: 1}}})
	add(plan.Operation{AtMs: 3500, Kind: plan.OpExports, As: plan.Admin, Parts: []plan.Part{
		{Slot: 9, From: 1, Sink: 1, Size: 2, Snapshot: true, Time: plan.Time{Base: plan.Since}}}})
	return p
}

// TestHostsEndToEnd lets controller, orchestrator, hosts, source and sink play
// together, and wants the data to arrive.
func TestHostsEndToEnd(t *testing.T) {
	p := hostedPlan()
	w := NewWorld()
	r := RunIn(w, p, Options{Judged: testing.Verbose() && false, Trace: func(s string) { t.Log(s) }})
	for _, v := range r.Violations {
		t.Errorf("%v", v)
	}
	if r.Stuck || r.Interrupted {
		t.Errorf("stuck: %s", r.Waiting)
	}
}
