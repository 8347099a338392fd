package sim

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

// generated is the plan of a seed.
func generated(t testing.TB, profile string, seed uint64) *plan.Plan {
	t.Helper()
	p, err := plan.Generate(profile, seed, plan.NewSeedDraws(seed))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// small is a plan without faults: three tables and a reported collection, a writer
// for each table, a reporter, and a reader with a hold and snapshots.
func small() *plan.Plan {
	p := &plan.Plan{
		Version: plan.Version, Seed: 7, Profile: "test", ChaosMs: 20_000, GridMs: 1000,
		Config: plan.Config{
			ReaderLeaseMs: 15_000, HeartbeatMs: 4_000, HoldLeaseMs: 9_000, ClockMarginMs: 500,
			FetchEveryMs: 3_000, SinceEveryMs: 300, BackoffMinMs: 20, BackoffMaxMs: 500,
			PersistDeadlineMs: 1_500, ReadDeadlineMs: 4_000, StashDeadlineMs: 1_500,
			SnapshotWaitMs: 5_000, MaxClockSkewMs: 2_000, OpenRequests: 1000, QueuedAppends: 1000,
			QueuedBytes: 1 << 20, HoldsPerOwner: 100, IDsPerRequest: 100,
		},
		Latency: plan.Latency{
			Network: plan.Distribution{MinUs: 200, MaxUs: 2_000},
			Persist: plan.Distribution{MinUs: 1_000, MaxUs: 9_000, TailPermille: 20, TailFactor: 5},
			Stash:   plan.Distribution{MinUs: 1_000, MaxUs: 5_000},
		},
		Rates:  plan.Rates{SlowFactor: 10, LateMs: 700},
		Owners: []plan.Owner{{ID: 1, RenewMs: 2_000}},
	}
	var create []plan.Part
	for slot := 1; slot <= 3; slot++ {
		create = append(create, plan.Part{Slot: slot, Kind: plan.KindTable, Schema: slot})
		p.Writers = append(p.Writers, plan.Writer{ID: slot, Slot: slot, StartMs: 500, PeriodMs: 400, RowsEvery: 2, Rows: 3, Keys: 9})
	}
	create = append(create, plan.Part{Slot: 4, Kind: plan.KindReported})
	add := func(op plan.Operation) {
		op.ID, op.Node = len(p.Ops)+1, -1
		p.Ops = append(p.Ops, op)
	}
	add(plan.Operation{AtMs: 100, Kind: plan.OpCreate, As: plan.Admin, Parts: create})
	lag := uint64(2000)
	add(plan.Operation{AtMs: 600, Kind: plan.OpSetPolicy, As: plan.Admin, Parts: []plan.Part{{Slot: 1, Policy: &plan.Policy{Lag: &lag}}}})
	add(plan.Operation{AtMs: 700, Kind: plan.OpAcquire, As: plan.Reader, Owner: 1, Hold: 1, Parts: []plan.Part{{Slot: 2, Time: plan.Time{Base: plan.Earliest}}}})
	for i := range int64(8) {
		at := 1_000 + i*2_000
		add(plan.Operation{AtMs: at, Kind: plan.OpReport, As: plan.Reporter,
			Parts: []plan.Part{{Slot: 4, Rows: 2, Time: plan.Time{Base: plan.WallGrid}}}})
		add(plan.Operation{AtMs: at + 300, Kind: plan.OpSnapshot, As: plan.Reader,
			Parts: []plan.Part{{Slot: 1 + int(i)%3, Time: plan.Time{Base: plan.Upper, Offset: -1}}}})
		add(plan.Operation{AtMs: at + 600, Kind: plan.OpCollection, As: plan.Reader, Parts: []plan.Part{{Slot: 1 + int(i)%4}}})
	}
	return p
}

// count is the count with a name.
func count(t testing.TB, counts []Count, name string) uint64 {
	t.Helper()
	for _, c := range counts {
		if c.Name == name {
			return c.N
		}
	}
	t.Fatalf("nothing is counted as %q", name)
	return 0
}
