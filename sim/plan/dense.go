package plan

import "slices"

// Dense is the profile in which much happens to few things of every kind.
const Dense = "dense"

// dense is the plan of that profile with a seed.
func dense(seed uint64) *Plan {
	p, err := Generate(Dense, seed, NewSeedDraws(seed))
	if err != nil {
		panic(err) // it is one of the profiles
	}
	return p
}

// crowded is the shape of a dense plan: few things of all kinds, to which much is done
// within a few seconds.
func (g *gen) crowded() shape {
	return shape{
		collections: 2 + g.n("collections", 5), ops: 30 + g.n("ops", 51),
		chaosMs: 2500 + 500*int64(g.n("chaos", 6)), faults: 1 + g.n("faults", 6),
		oddPermille: 10 + g.n("odd", 60), hostile: 3 + g.n("hostile", 8), writers: g.chance("writers", 250), dense: true,
	}
}

// denseConfig has leases and graces end within a dense plan, and what only repeats itself
// come seldom.
func (g *gen) denseConfig() {
	g.p.PatienceMs = pick(g, "patience", int64(1000), 300, 2000)
	c := &g.p.Config
	c.HoldLeaseMs = pick(g, "dense hold lease", int64(1000), 600, 1500, 2500)
	c.ClockMarginMs = 2*g.p.DriftMs() + pick(g, "dense margin", int64(100), 0, 50, 300)
	c.ReaderLeaseMs = pick(g, "dense reader lease", int64(2000), 1000, 4000, 20_000)
	c.HeartbeatMs = c.ReaderLeaseMs / pick(g, "dense heartbeats per lease", int64(3), 4, 5)
	c.FetchEveryMs = pick(g, "dense fetch every", int64(1500), 1000, 2500)
	c.SinceEveryMs = pick(g, "dense since every", int64(200), 50, 500, 1000)
	c.AdvanceEveryMs = pick(g, "dense advance every", int64(2000), 500, 1000, 5000)
	c.BackoffMaxMs = max(c.BackoffMinMs, pick(g, "dense backoff max", int64(200), 100, 500))
	c.PersistDeadlineMs = pick(g, "dense persist deadline", int64(400), 200, 1000)
	c.ReadDeadlineMs = pick(g, "dense read deadline", int64(500), 200, 1000, 2000, c.ReaderLeaseMs+500)
	c.StashDeadlineMs = pick(g, "dense stash deadline", int64(400), 200, 1000)
	c.SnapshotWaitMs = pick(g, "dense snapshot wait", int64(500), 200, 1000, 3000)
	c.IDsPerRequest = 1000 // without what is made first there is nothing to do
}

// denseHosts does the same for what anybody waits for a host.
func (g *gen) denseHosts() {
	c := &g.p.Config
	c.HostDeadlineMs = pick(g, "dense host deadline", int64(400), 200, 1000)
	c.MoveGraceMs = pick(g, "dense move grace", int64(300), 100, 1000)
	c.DropGraceMs = pick(g, "dense drop grace", int64(500), 200, 1500)
	c.WriterGraceMs = pick(g, "dense writer grace", int64(1500), 500, 4000)
	c.ServicesEveryMs = pick(g, "dense services every", int64(3000), 1000, 5000)
}

// denseWorld has calls take about as long as it is from one operation to the next, and
// less than anybody waits for them; and it ends soon.
func (g *gen) denseWorld() {
	g.enter("dense world", 0)
	defer g.leave()
	if g.p.CalmMs > 0 {
		g.p.CalmMs -= 1500
	}
	if g.sh.faulty {
		g.p.Rates.LateMs = pick(g, "late", int64(300), 100, 1000)
	}
	l := &g.p.Latency
	l.Network = pick(g, "network", Distribution{MinUs: 100, MaxUs: 2000}, Distribution{}, Distribution{MinUs: 1000, MaxUs: 1000}, Distribution{MinUs: 100, MaxUs: 20_000})
	l.Persist = g.denseDistribution("persist")
	l.Stash = g.denseDistribution("stash")
	if g.sh.hosted {
		l.Orchestrator, l.Start, l.External = g.denseDistribution("orchestrator"), g.denseDistribution("start"), g.denseDistribution("external")
	}
}

func (g *gen) denseDistribution(label string) Distribution {
	g.enter(label, 0)
	defer g.leave()
	return pick(g, "latency", Distribution{MinUs: 1000, MaxUs: 15_000}, Distribution{MinUs: 1000, MaxUs: 1000}, Distribution{MinUs: 5000, MaxUs: 60_000},
		Distribution{MinUs: 1000, MaxUs: 15_000, TailPermille: 50, TailFactor: 10}, Distribution{MinUs: 20_000, MaxUs: 40_000})
}

// trim shortens what in a dense plan would last for most of it, and takes out what would
// only happen after its faults.
func (g *gen) trim() {
	if !g.sh.dense {
		return
	}
	g.p.Ops = slices.DeleteFunc(g.p.Ops, func(op Operation) bool { return op.AtMs >= g.p.ChaosMs })
	g.p.Faults = slices.DeleteFunc(g.p.Faults, func(f Fault) bool { return f.AtMs >= g.p.ChaosMs })
	for i := range g.p.Faults {
		f := &g.p.Faults[i]
		switch f.Kind {
		case FaultCrash, FaultHostCrash, FaultMachineDown, FaultPersistDown, FaultStashDown:
			f.ForMs = min(f.ForMs, 200)
		default:
			f.ForMs = min(f.ForMs, 1200)
		}
	}
}
