package plan

import "slices"

// hostedWorld draws what a plan with hosts has besides: machines, their clocks, spans
// and latencies.
func (g *gen) hostedWorld() {
	g.enter("hosted world", 0)
	defer g.leave()
	c := &g.p.Config
	c.HostDeadlineMs = pick(g, "host deadline", int64(2000), 500, 1000, 5000)
	c.MoveGraceMs = pick(g, "move grace", int64(3000), 1000, 10_000)
	c.DropGraceMs = pick(g, "drop grace", c.ReaderLeaseMs, 2000, 10_000)
	c.WriterGraceMs = pick(g, "writer grace", int64(30_000), 60_000)
	c.ServicesEveryMs = pick(g, "services every", int64(3000), 1000, 10_000)
	if g.sh.churn {
		g.churnWorld()
	}
	if g.sh.dense {
		g.denseHosts()
	}
	l := &g.p.Latency
	l.Orchestrator = g.distribution("orchestrator", 5000, 50_000)
	l.Start = g.distribution("start", 20_000, 300_000)
	l.External = g.distribution("external", 500, 8000)
	for i := 0; i == 0 || g.anotherOf("machine", i, 4, 3); i++ {
		g.enter("machine", i)
		m := Machine{ID: i + 1}
		if g.sh.faulty && g.chance("wrong", 400) {
			v := g.clock(0)
			m.OffsetMs, m.DriftPpm, m.Jumps = v.OffsetMs, v.DriftPpm, v.Jumps
		}
		g.p.Machines = append(g.p.Machines, m)
		g.leave()
	}
	if !g.sh.faulty {
		return
	}
	on := pick(g, "on", 250, 0, 100, 400, 700)
	for _, f := range g.p.Rates.Hosts() {
		if g.chance(f.Name, on) {
			*f.Permille = g.hostIntensity(f.Name)
		}
	}
}

// hostIntensity is a rate in per mille. What costs a whole session or a deadline stays
// rare enough for a run to get anywhere.
func (g *gen) hostIntensity(name string) int {
	switch name {
	case "orchestrator_never_answered", "source_never_answered", "sink_never_answered", "hello_unanswered":
		return pick(g, name, 5, 20, 50, 100)
	case "host_session_lost":
		return pick(g, name, 5, 2, 10, 30)
	case "orchestrator_twice", "orchestrator_orphan", "orchestrator_late_stop", "host_slow_start", "report_stale":
		return pick(g, name, 100, 50, 300, 700)
	case "hello_lost", "hello_late":
		return pick(g, name, 50, 20, 100, 300)
	}
	return pick(g, name, 20, 10, 50, 100, 200)
}

// hostFaults places faults about hosts in time, most of them shortly after something
// interesting was asked for.
func (g *gen) hostFaults() {
	if !g.sh.faulty || !g.sh.hosted {
		return
	}
	weights := g.hostMishaps()
	var times []int64
	for i := 0; g.moreHostFaults(i); i++ {
		g.enter("host fault time", i)
		times = append(times, g.moment())
		g.leave()
	}
	slices.Sort(times)
	for i, at := range times {
		g.enter("host fault", i)
		g.hostFault(weights, at)
		g.leave()
	}
	if g.sh.beyond {
		g.enter("gone", 0)
		g.p.Faults = append(g.p.Faults, Fault{ID: len(g.p.Faults) + 1, Kind: FaultHostGone, AtMs: g.moment(), Node: -1, Remote: max(1, g.remotes)})
		g.leave()
	}
}

func (g *gen) moreHostFaults(i int) bool {
	g.enter("host faults", i)
	defer g.leave()
	return g.another(i, g.sh.faults, 1<<12)
}

// hostMishaps draws which kinds of fault this plan has, as weights in the order of
// HostFaultKinds; what exceeds the budget comes on its own.
func (g *gen) hostMishaps() []int {
	base := []int{20, 14, 12, 8, 6, 10, 8, 5, 5, 4, 4}
	on := pick(g, "hosts on", 600, 300, 900)
	weights := make([]int, len(base))
	total := 0
	for i, k := range HostFaultKinds()[:len(base)] {
		if g.chance(string(k), on) {
			weights[i] = base[i]
		}
		total += weights[i]
	}
	if total == 0 {
		weights[0] = 1
	}
	return weights
}

func (g *gen) hostFault(weights []int, atMs int64) {
	f := Fault{ID: len(g.p.Faults) + 1, Kind: HostFaultKinds()[g.weighted("kind", weights...)], AtMs: atMs, Node: -1}
	g.aimAtHost(&f)
	f.ForMs = g.long("for")
	switch f.Kind {
	case FaultHostCrash:
		f.ForMs = pick(g, "down for", int64(100), 0, 1000, 5000)
		if g.chance("at an effect", 500) {
			f.Effect, f.Before = 1+g.n("effect", pick(g, "within", 3, 10, 40)), g.chance("before it", 500)
		}
	case FaultHostCut:
		f.Node = pick(g, "node", -1, 0, 1)
		f.Direction = pick(g, "direction", BothWays, ToController, ToHosts)
	case FaultMachineDown:
		f.Machine = g.n("machine", max(1, len(g.p.Machines)))
		f.ForMs = pick(g, "down for", int64(500), 1, 3000, 8000)
	case FaultOrchestratorDown, FaultSourceDown, FaultSinkDown:
		f.Slot, f.Remote = 0, 0
		f.ForMs = min(f.ForMs, 20_000)
		f.Unknown = g.chance("unknown", 500)
	case FaultHostReplace:
		g.rolling(f)
		return
	case FaultHostDown, FaultHostTwice, FaultHostPause, FaultOrphan:
		f.ForMs = min(f.ForMs, 30_000)
	default:
	}
	g.p.Faults = append(g.p.Faults, f)
}

// aimAtHost names a host by what runs there, or by its number.
func (g *gen) aimAtHost(f *Fault) {
	list := g.hostedSlots()
	if len(list) == 0 {
		f.Remote = 1
		return
	}
	at := list[g.n("host of", len(list))]
	if at.remote > 0 && g.remotes > 0 {
		f.Remote = at.remote
		return
	}
	f.Slot = at.slot
}

// rolling replaces one host, or one after the other, and the controller among them.
func (g *gen) rolling(f Fault) {
	g.p.Faults = append(g.p.Faults, f)
	if !g.chance("all of them", 500) {
		return
	}
	gap := pick(g, "gap", int64(500), 100, 2000)
	at := f.AtMs
	for i, h := range g.hostedSlots() {
		if i >= 8 {
			break
		}
		at += gap
		next := f
		next.ID, next.AtMs, next.Slot, next.Remote = len(g.p.Faults)+1, at, h.slot, h.remote
		if h.remote > 0 {
			next.Slot = 0
		}
		g.p.Faults = append(g.p.Faults, next)
	}
	g.enter("and the controller", 0)
	g.takeover(Fault{AtMs: at + gap})
	g.leave()
}
