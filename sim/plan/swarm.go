package plan

// world draws everything about a run that is no event: configuration, latencies,
// the rates of faults and how wrong the clocks are.
func (g *gen) world() {
	g.enter("world", 0)
	defer g.leave()
	g.p.ChaosMs = g.sh.chaosMs
	g.p.GridMs = pick(g, "grid", int64(1000), 100, 10, 100, 1, 1000)
	if g.sh.faulty {
		g.clocks()
	}
	g.config()
	if g.chance("long calm", 250) {
		c := &g.p.Config
		g.p.CalmMs = c.HoldLeaseMs + c.ClockMarginMs + c.SinceEveryMs + 2000
	}
	g.latency()
	if g.sh.faulty {
		g.rates()
	}
	if g.sh.hosted {
		g.hostedWorld()
	}
	if g.sh.dense {
		g.denseWorld()
	}
	g.inStep()
}

// inStep has everything in some plans take whole milliseconds, or some of them, as
// deadlines and operations do: what is due at an instant and what is answered then meet.
func (g *gen) inStep() {
	if !g.chance("in step", 200) {
		return
	}
	step := pick(g, "step", int64(1000), 5000, 20_000)
	for _, d := range g.p.Latency.each() {
		if *d != (Distribution{}) {
			d.StepUs = step
		}
	}
}

// config draws short periods, so that a short run meets their ends.
func (g *gen) config() {
	c := &g.p.Config
	c.HoldLeaseMs = pick(g, "hold lease", int64(6000), 4000, 5000, 4000, 9000, 12_000, 20_000, 60_000)
	c.ReaderLeaseMs = pick(g, "reader lease", int64(6000), 4000, 9000, 12_000, 20_000, 60_000)
	c.HeartbeatMs = c.ReaderLeaseMs / pick(g, "heartbeats per lease", int64(4), 5, 8, 10)
	c.FetchEveryMs = pick(g, "fetch every", int64(3000), 1000, 2000, 5000, 10_000)
	c.SinceEveryMs = pick(g, "since every", int64(1000), 200, 500, 1000, 2000)
	c.AdvanceEveryMs = pick(g, "advance every", int64(1000), 500, 1000, 2000, 300)
	c.BackoffMinMs = pick(g, "backoff min", int64(20), 10, 50, 100)
	c.BackoffMaxMs = pick(g, "backoff max", int64(1000), 200, 500, 2000)
	c.PersistDeadlineMs = pick(g, "persist deadline", int64(2000), 500, 1000, 5000)
	c.ReadDeadlineMs = pick(g, "read deadline", int64(5000), 1000, 2000, 10_000, c.ReaderLeaseMs+3000, 2*c.ReaderLeaseMs)
	c.StashDeadlineMs = pick(g, "stash deadline", int64(2000), 500, 1000, 5000)
	c.SnapshotWaitMs = pick(g, "snapshot wait", int64(5000), 2000, 10_000, 30_000, 3*c.ReaderLeaseMs)
	c.MaxClockSkewMs = pick(g, "clock skew", int64(5000), 1000, 500)
	c.ClockMarginMs = g.clockMargin()
	g.limits()
	if g.sh.dense {
		g.denseConfig()
	}
}

// clockMargin covers what the nodes' clocks can drift apart within a hold's
// lease, and then some.
func (g *gen) clockMargin() int64 {
	return 2*g.p.DriftMs() + pick(g, "margin", int64(500), 100, 1000, 2000)
}

// limits are generous in most runs, and within reach in some.
func (g *gen) limits() {
	c := &g.p.Config
	c.OpenRequests, c.QueuedAppends, c.QueuedBytes, c.HoldsPerOwner, c.IDsPerRequest = 10_000, 10_000, 1<<24, 10_000, 1000
	if !g.chance("tight limits", 200) {
		return
	}
	generous := *c
	c.OpenRequests = pick(g, "open requests", generous.OpenRequests, generous.OpenRequests, 5, 10, 30)
	c.QueuedAppends = pick(g, "queued appends", generous.QueuedAppends, generous.QueuedAppends, 2, 4, 10)
	c.QueuedBytes = pick(g, "queued bytes", generous.QueuedBytes, generous.QueuedBytes, 64, 256, 1024)
	c.HoldsPerOwner = pick(g, "holds per owner", generous.HoldsPerOwner, generous.HoldsPerOwner, 1, 3, 8)
	c.IDsPerRequest = pick(g, "ids per request", generous.IDsPerRequest, generous.IDsPerRequest, generous.IDsPerRequest, 3, 5, 8)
}

func (g *gen) latency() {
	l := &g.p.Latency
	l.Network = g.distribution("network", 100, 2000)
	l.Persist = g.distribution("persist", 1000, 12_000)
	l.Stash = g.distribution("stash", 1000, 15_000)
}

// distribution is around what is usual, or none at all, or constant (so that
// things coincide), or with a long tail.
func (g *gen) distribution(label string, lowUs, highUs int64) Distribution {
	g.enter(label, 0)
	defer g.leave()
	switch g.weighted(label, 6, 1, 2, 3, 2) {
	case 1:
		return Distribution{}
	case 2:
		return Distribution{MinUs: 1000, MaxUs: 1000}
	case 3:
		return Distribution{MinUs: lowUs, MaxUs: highUs, TailPermille: pick(g, "tail", 5, 20, 100), TailFactor: pick(g, "factor", int64(5), 20, 100)}
	case 4:
		return Distribution{MinUs: lowUs, MaxUs: 20 * highUs}
	}
	return Distribution{MinUs: lowUs, MaxUs: highUs}
}

// rates switches a random subset of the faults on, each at its own intensity.
func (g *gen) rates() {
	g.enter("rates", 0)
	defer g.leave()
	r := &g.p.Rates
	on := pick(g, "on", 250, 0, 100, 400, 700)
	for _, f := range r.Clients() {
		if g.chance(f.Name, on) {
			*f.Permille = g.intensity(f.Name)
		}
	}
	r.SlowFactor = pick(g, "slow factor", int64(10), 3, 30, 100, 300)
	r.LateMs = pick(g, "late", int64(1000), 200, 5000, 20_000)
}

// intensity is a rate in per mille. What costs a whole deadline stays rare
// enough for a run to get anywhere.
func (g *gen) intensity(name string) int {
	switch name {
	case "persist_never_answered", "stash_never_answered", "session_reset":
		return pick(g, name, 2, 5, 10, 20)
	case "completion_twice", "wake_spurious", "request_twice", "snapshot_unsorted", "wake_late":
		return pick(g, name, 20, 50, 200, 500)
	}
	return pick(g, name, 5, 2, 10, 20, 50, 100, 200)
}

func (g *gen) clocks() {
	for node := range g.p.Slots() {
		g.enter("clock", node)
		if g.chance("wrong", 500) {
			g.p.Clocks = append(g.p.Clocks, g.clock(node))
		}
		g.leave()
	}
}

func (g *gen) clock(node Node) Clock {
	c := Clock{Node: node}
	c.OffsetMs = pick(g, "offset", int64(0), 1, -1, 50, -50, 1000, -1000, 5000, -5000, 20_000, -20_000)
	c.DriftPpm = pick(g, "drift", int64(0), 50, -50, 1000, -1000, 10_000, -10_000)
	for n := 0; g.chance("jump", 250) && n < 4; n++ {
		c.Jumps = append(c.Jumps, Jump{
			AtMs: g.between("jump at", 0, g.sh.chaosMs),
			ByMs: pick(g, "jump by", int64(1000), -1000, 100, -100, 10_000, -10_000, 60_000, -60_000),
		})
	}
	return c
}

// owners are two to five; some vanish without a word, some renew too rarely.
func (g *gen) owners() {
	lease := g.p.Config.HoldLeaseMs
	for i := 0; i < 2 || g.anotherOwner(i); i++ {
		g.enter("owner", i)
		o := Owner{ID: i + 1, RenewMs: lease / pick(g, "renewals per lease", int64(4), 3, 6, 8)}
		if g.sh.dense {
			o.RenewMs = lease / 2
		}
		if g.chance("too late", 80) {
			o.RenewMs = lease + pick(g, "by", int64(0), 1, 500)
		}
		switch {
		case g.chance("vanishes", 300):
			o.VanishMs = g.between("when", 1, g.sh.chaosMs)
		case g.p.CalmMs > 0 && g.chance("vanishes at last", 700):
			o.VanishMs = g.between("at last", g.sh.chaosMs*3/4, g.sh.chaosMs)
		}
		g.p.Owners = append(g.p.Owners, o)
		g.leave()
	}
}

func (g *gen) anotherOwner(i int) bool {
	g.enter("more owners", i)
	defer g.leave()
	return g.another(i, 5, 3)
}
