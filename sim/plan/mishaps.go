package plan

import "slices"

// faults places faults in time, most of them shortly after something interesting
// was asked for. Each plan has a random subset of the kinds.
func (g *gen) faults() {
	if !g.sh.faulty {
		return
	}
	g.started[0] = true
	weights := g.mishaps()
	var times []int64
	for i := 0; g.moreFaults(i); i++ {
		g.enter("fault time", i)
		times = append(times, g.moment())
		g.leave()
	}
	slices.Sort(times) // who leads is followed in the order of time
	for i, at := range times {
		g.enter("fault", i)
		g.fault(weights, at)
		g.leave()
	}
}

func (g *gen) moreFaults(i int) bool {
	g.enter("faults", i)
	defer g.leave()
	return g.another(i, g.sh.faults, 1<<12)
}

// mishaps draws which kinds of fault this plan has, as weights in the order of
// FaultKinds.
func (g *gen) mishaps() []int {
	g.enter("mishaps", 0)
	defer g.leave()
	base := []int{30, 14, 14, 10, 8, 8, 8, 10, 8, 2, 2, 4}
	on := pick(g, "on", 500, 200, 800)
	weights := make([]int, len(base))
	total := 0
	for i, k := range clientFaultKinds() {
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

// moment is when a fault strikes: mostly a few milliseconds after something.
func (g *gen) moment() int64 {
	if len(g.moments) > 0 && !g.chance("anywhere", 150) {
		at := g.moments[g.n("moment", len(g.moments))]
		return at + pick(g, "after", int64(1), 0, 2, 5, 10, 20, 50, 100, 200, 500)
	}
	return g.between("at", 0, g.sh.chaosMs)
}

// long is a span compared with the configured leases and deadlines.
func (g *gen) long(label string) int64 {
	c := &g.p.Config
	return pick(g, label, int64(500), 5, 50, 2000, c.PersistDeadlineMs, c.StashDeadlineMs,
		c.HoldLeaseMs/3+1, c.HoldLeaseMs+c.ClockMarginMs, c.HoldLeaseMs*2)
}

func (g *gen) fault(weights []int, atMs int64) {
	f := Fault{ID: len(g.p.Faults) + 1, Kind: clientFaultKinds()[g.weighted("kind", weights...)], AtMs: atMs}
	switch f.Kind {
	case FaultCrash:
		g.crashes(f)
		return
	case FaultPause:
		f.Node = g.someNode()
		f.ForMs = g.long("for")
		if g.chance("while it reads", 300) {
			g.pauseReader(f)
			return
		}
		g.pauseAndTakeover(f)
		return
	case FaultTakeover:
		g.takeover(f)
		return
	case FaultPartition:
		f.Node = g.someNode()
		f.ForMs = g.long("for")
		f.Direction = pick(g, "direction", BothWays, ToController, ToClients)
	case FaultPersistDown, FaultStashDown:
		f.Node = pick(g, "node", -1, 0, 1)
		f.ForMs = min(g.long("for"), 20_000)
		f.Unknown = g.chance("unknown", 500)
	case FaultSlowShard:
		f.Node, f.Slot = -1, g.aim("of", anyLive)
		f.ForMs = g.long("for")
		f.DelayMs = pick(g, "delay", int64(0), 0, 50, 500, g.p.Config.ReaderLeaseMs/2)
	case FaultForeignWriter:
		f.Node, f.Slot = -1, g.aim("of", anyLive)
		f.Rows = pick(g, "rows", 0, 1, 3)
		f.AdvanceMs = pick(g, "advance", g.p.GridMs, 1, 3*g.p.GridMs, 1000)
		f.Close = g.chance("close", 80)
	case FaultForeignReader:
		f.Node, f.Slot = -1, g.aim("of", anyLive)
		f.ForMs = g.long("for")
		f.SkewMs = pick(g, "skew", int64(0), 1000, -1000, 10_000, -10_000)
	case FaultForeignEpoch:
		f.Node, f.Slot = -1, g.aim("of", anyLive)
		f.Epochs = uint64(pick(g, "epochs", 1, 2, 5))
	case FaultCompaction:
		f.Node, f.Slot = -1, g.aim("of", anyLive)
	case FaultPoisonShard:
		g.poison(f)
		return
	default:
	}
	g.p.Faults = append(g.p.Faults, f)
}

// someNode is mostly the one that probably leads.
func (g *gen) someNode() Node {
	if g.chance("the other", 200) {
		return g.other()
	}
	return g.leader
}

// other is a node that does not lead: the other one, or one of two.
func (g *gen) other() Node {
	if g.p.Controllers < 3 {
		return 1 - g.leader
	}
	return (g.leader + 1 + g.n("which other", 2)) % 3
}

// crashes kills a controller once, or several times at short intervals, so that
// boots are interrupted too.
func (g *gen) crashes(f Fault) {
	f.Node = g.someNode()
	at := f.AtMs
	for i := 0; i == 0 || g.anotherOf("crash", i, 5, 2); i++ {
		g.enter("crash", i)
		f.ID, f.AtMs = len(g.p.Faults)+1, at
		f.ForMs = pick(g, "down for", int64(100), 0, 1, 1000, 5000)
		f.Effect, f.Before = 0, false
		if g.chance("at an effect", 600) {
			f.Effect = 1 + g.n("effect", pick(g, "within", 3, 10, 40))
			f.Before = g.chance("before it", 500)
		}
		g.p.Faults = append(g.p.Faults, f)
		g.boots = append(g.boots, at+f.ForMs)
		at += f.ForMs + pick(g, "again after", int64(5), 0, 1, 20, 60)
		g.leave()
	}
	g.leader = f.Node
}

// pauseAndTakeover stops a controller and mostly lets the other one take over
// meanwhile, so that it comes back as a zombie.
func (g *gen) pauseAndTakeover(f Fault) {
	g.p.Faults = append(g.p.Faults, f)
	if f.Node == g.leader && g.chance("taken over", 600) {
		g.enter("usurper", 0)
		g.takeover(Fault{AtMs: f.AtMs + g.between("after", 0, f.ForMs)})
		g.leave()
		g.askZombie(f.Node, f.AtMs+f.ForMs)
	}
}

// askZombie asks a controller that comes back from a pause and has been deposed
// meanwhile, before it learns of that.
func (g *gen) askZombie(node Node, atMs int64) {
	g.nowMs = atMs
	for i := 0; g.anotherOf("of the zombie", i, 4, 3); i++ {
		g.enter("of the zombie", i)
		g.nowMs += pick(g, "then", int64(1), 0, 0, 2, 5)
		first := len(g.p.Ops)
		if g.chance("something else", 400) {
			g.use(g.aim("of", anyLive), Hostile)
		} else {
			g.snapshot()
		}
		for k := first; k < len(g.p.Ops); k++ {
			g.p.Ops[k].Node = node
		}
		g.leave()
	}
}

// pauseReader stops a controller that has just begun to read, for longer than its
// reader's lease lasts and than its successor waits for holds to come back, while
// the table goes on and its since follows: when it comes back, its reader has
// lapsed, or it opens one beyond the time that it wants to read.
func (g *gen) pauseReader(f Fault) {
	c := &g.p.Config
	slot := g.aim("reads", liveTable)
	f.Node = g.leader
	f.ForMs = max(c.ReaderLeaseMs, c.HoldLeaseMs+c.ClockMarginMs) + c.SinceEveryMs + pick(g, "beyond", int64(2000), 1000, 4000)
	lag := uint64(0)
	g.nowMs = max(0, f.AtMs-200)
	g.emit(Operation{Kind: OpSetPolicy, As: Admin, Parts: []Part{{Slot: slot, Policy: &Policy{Lag: &lag}}}})
	for i := 0; i == 0 || g.anotherOf("read", i, 6, 4); i++ {
		g.enter("read", i)
		g.nowMs = max(0, f.AtMs-pick(g, "ahead", int64(2), 1, 3, 5, 8, 12, 20))
		g.emit(Operation{Kind: OpSnapshot, As: Reader, Node: f.Node, Parts: []Part{{Slot: slot, Time: Time{Base: Upper, Offset: -1}}}})
		g.p.Ops[len(g.p.Ops)-1].Node = f.Node
		g.leave()
	}
	g.p.Faults = append(g.p.Faults, f)
	g.enter("usurper", 0)
	g.takeover(Fault{AtMs: f.AtMs + pick(g, "after", int64(50), 10, 500)})
	g.leave()
	for i := 0; i == 0 || g.anotherOf("append", i, 4, 3); i++ {
		g.enter("append", i)
		g.nowMs = f.AtMs + pick(g, "while it sleeps", int64(500), 1000, 2000, f.ForMs-c.SinceEveryMs-1000)
		g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{{Slot: slot, Rows: 1, Time: Time{Base: Upper, Offset: 5 * g.p.GridMs}}}})
		g.leave()
	}
}

// poison makes a shard unusable, often while it is still being opened, and mostly
// goes on using it.
func (g *gen) poison(f Fault) {
	f.Node, f.Slot = -1, g.aim("of", anyLive)
	if n := len(g.creates); n > 0 && g.chance("at its creation", 500) {
		op := &g.p.Ops[g.creates[g.n("create", n)]]
		f.Slot = op.Parts[g.n("part", len(op.Parts))].Slot
		f.AtMs = op.AtMs + pick(g, "opening", int64(10), 5, 15, 20, 30, 40, 60, 100)
	}
	g.p.Faults = append(g.p.Faults, f)
	for i := 0; g.anotherOf("of its readers", i, 4, 3); i++ {
		g.enter("of its readers", i)
		g.nowMs = max(0, f.AtMs-pick(g, "ahead", int64(5), 1, 2, 20, 100))
		g.emit(Operation{Kind: OpSnapshot, As: Reader, WaitMs: g.p.Config.SnapshotWaitMs,
			Parts: []Part{{Slot: f.Slot, Time: Time{Base: Upper, Offset: pick(g, "at", int64(-1), 0, 5*g.p.GridMs)}}}})
		g.leave()
	}
	g.nowMs = f.AtMs
	if g.chance("used before", 500) {
		g.nowMs = max(0, f.AtMs-pick(g, "by", int64(5), 1, 2, 10, 20))
	}
	for i := 0; g.anotherOf("of the failed", i, 8, 5); i++ {
		g.enter("of the failed", i)
		g.nowMs += pick(g, "then", int64(20), 0, 5, 100, 1000)
		g.use(f.Slot, Reader)
		g.leave()
	}
}

// takeover starts the node that does not lead. If it ran before, it is killed
// first, unless it has ended already, as a deposed controller does.
func (g *gen) takeover(f Fault) {
	f.Node = g.other()
	if g.started[f.Node] {
		f.ID, f.Kind = len(g.p.Faults)+1, FaultCrash
		f.ForMs = pick(g, "down for", int64(1), 50, 1000)
		g.p.Faults = append(g.p.Faults, f)
		f.AtMs += f.ForMs
	}
	g.started[f.Node] = true
	g.leader = f.Node
	g.p.Faults = append(g.p.Faults, Fault{ID: len(g.p.Faults) + 1, Kind: FaultTakeover, AtMs: f.AtMs, Node: f.Node})
	g.boots = append(g.boots, f.AtMs)
}
