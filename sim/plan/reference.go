package plan

// Sizes of the reference plan.
const (
	referenceTables  = 64
	referenceHolds   = 2 * referenceTables
	referenceChaosMs = 3 * 3600 * 1000
	referenceGridMs  = 1000
)

// reference is the plan that speed is measured on. It is the same for every seed
// but for what is drawn while it runs.
func (g *gen) reference() {
	p := g.p
	p.ChaosMs, p.GridMs = referenceChaosMs, referenceGridMs
	p.Config = Config{
		ReaderLeaseMs: 15 * 60_000, HeartbeatMs: 60_000, HoldLeaseMs: 5 * 60_000, ClockMarginMs: 10_000,
		FetchEveryMs: 60_000, SinceEveryMs: 1000, BackoffMinMs: 50, BackoffMaxMs: 10_000,
		PersistDeadlineMs: 30_000, ReadDeadlineMs: 300_000, StashDeadlineMs: 30_000,
		SnapshotWaitMs: 300_000, MaxClockSkewMs: 5000, OpenRequests: 100_000, QueuedAppends: 100_000,
		QueuedBytes: 256 << 20, HoldsPerOwner: 100_000, IDsPerRequest: 10_000,
	}
	p.Latency = Latency{
		Network: Distribution{MinUs: 100, MaxUs: 1000, TailPermille: 5, TailFactor: 20},
		Persist: Distribution{MinUs: 1000, MaxUs: 10_000, TailPermille: 5, TailFactor: 20},
		Stash:   Distribution{MinUs: 1000, MaxUs: 10_000, TailPermille: 5, TailFactor: 20},
	}
	p.Rates = referenceRates()
	p.Clocks = []Clock{{Node: 0, OffsetMs: 3, DriftPpm: 20}, {Node: 1, OffsetMs: -5, DriftPpm: -30}}
	p.Faults = []Fault{{ID: 1, Kind: FaultTakeover, AtMs: 60_000, Node: 1}}
	p.Owners = []Owner{{ID: 1, RenewMs: 60_000}, {ID: 2, RenewMs: 60_000}}
	g.referenceTables()
	p.Loops = referenceLoops()
}

// referenceRates are a few per mille of everything that may befall a call.
func referenceRates() Rates {
	r := Rates{SlowFactor: 20, LateMs: 2000}
	for _, f := range r.Clients() {
		*f.Permille = 2
	}
	r.PersistNeverAnswered, r.StashNeverAnswered, r.SessionReset = 1, 1, 0
	r.SnapshotUnsorted = 100
	return r
}

// referenceTables creates the tables in batches and gives each a lag of a few
// seconds and a writer. Every second writer's appends carry rows at times.
func (g *gen) referenceTables() {
	p := g.p
	const batch = 16
	for first := 1; first <= referenceTables; first += batch {
		create := Operation{ID: len(p.Ops) + 1, AtMs: int64(first), Kind: OpCreate, As: Admin, Node: -1}
		lag := Operation{ID: len(p.Ops) + 2, AtMs: 2000 + int64(first), Kind: OpSetPolicy, As: Admin, Node: -1}
		for slot := first; slot < first+batch; slot++ {
			create.Parts = append(create.Parts, Part{Slot: slot, Kind: KindTable, Schema: slot % schemas})
			ms := uint64(2000 + 1000*(slot%4))
			lag.Parts = append(lag.Parts, Part{Slot: slot, Policy: &Policy{Lag: &ms}})
		}
		p.Ops = append(p.Ops, create, lag)
	}
	for slot := 1; slot <= referenceTables; slot++ {
		w := Writer{ID: slot, Slot: slot, StartMs: 5000 + int64(slot)*1000/referenceTables, PeriodMs: 1000}
		if slot%2 == 0 {
			w.RowsEvery, w.Rows, w.Keys = 4, 2, 8
		}
		p.Writers = append(p.Writers, w)
	}
}

// referenceLoops are ten operations a second.
func referenceLoops() []Loop {
	lag := uint64(3000)
	reader := func(kind OpKind, at Time) Operation {
		return Operation{Kind: kind, As: Reader, Node: -1, Parts: []Part{{Slot: 1, Time: at}}}
	}
	hold := func(kind OpKind, at Time) Operation {
		op := reader(kind, at)
		op.Owner, op.Hold = 1, 1
		return op
	}
	count := func(at Time, diff int64) Operation {
		op := reader(OpCapabilities, at)
		op.Owner = 2
		op.Parts[0].Diff = diff
		return op
	}
	policy := Operation{Kind: OpSetPolicy, As: Admin, Node: -1, Parts: []Part{{Slot: 1, Policy: &Policy{Lag: &lag}}}}
	loops := []Loop{
		{StartMs: 10_000, Holds: referenceHolds, Op: hold(OpAcquire, Time{Base: Earliest})},
		{StartMs: 18_100, Holds: referenceHolds, Op: hold(OpMove, Time{Base: HoldTime, Offset: 4000})},
		{StartMs: 25_200, Holds: referenceHolds, Op: hold(OpRenew, Time{Base: HoldTime})},
		{StartMs: 40_300, Holds: referenceHolds, Op: hold(OpRelease, Time{})},
		{StartMs: 10_400, Op: reader(OpSnapshot, Time{Base: Upper, Offset: -1})},
		{StartMs: 10_500, Op: reader(OpSnapshot, Time{Base: Since})},
		{StartMs: 10_600, Op: reader(OpCollection, Time{})},
		{StartMs: 10_700, Op: reader(OpCollection, Time{})},
		{StartMs: 10_800, Op: policy},
		{StartMs: 10_900, PeriodMs: 2000, Op: count(Time{Base: Upper}, 1)},
		{StartMs: 31_900, PeriodMs: 2000, Op: count(Time{Base: HoldTime}, -1)},
	}
	for i := range loops {
		loops[i].ID, loops[i].Slots = i+1, referenceTables
		if loops[i].PeriodMs == 0 {
			loops[i].PeriodMs = 1000
		}
	}
	return loops
}

// Quiet is the plan without faults and with idle writers: each advances its table
// once a minute and writes no rows.
func (p *Plan) Quiet() *Plan {
	q := p.Clone()
	q.Profile = p.Profile + "-quiet"
	q.Rates, q.Clocks, q.Faults, q.Draws = Rates{}, nil, nil, nil
	for i := range q.Writers {
		w := &q.Writers[i]
		w.PeriodMs, w.RowsEvery, w.Rows, w.Keys = 60_000, 0, 0, 0
	}
	return q
}
