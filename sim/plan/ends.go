package plan

import "slices"

// ends has visitors come to dropped collections just when their shards are closed and
// finalized: somebody who still writes or reads there, whoever destroys the shard, a
// successor while the controller sleeps, and crashes between the steps.
func (g *gen) ends() {
	if !g.sh.faulty {
		return
	}
	for i := range g.collections {
		if c := &g.collections[i]; c.dropped {
			g.enter("end", c.slot)
			if g.chance("visited", 400) {
				g.visit(c.slot, g.releasedAt(c.droppedMs))
			}
			g.leave()
		}
	}
}

// releasedAt guesses when a collection that is dropped at an instant is let go: not
// while the time after a boot runs.
func (g *gen) releasedAt(atMs int64) int64 {
	quiet := g.p.Config.HoldLeaseMs + g.p.Config.ClockMarginMs
	at := max(atMs, quiet)
	slices.Sort(g.boots)
	for _, boot := range g.boots {
		if boot > at {
			break
		}
		at = max(at, boot+quiet)
	}
	return at
}

// visit places what happens around one end.
func (g *gen) visit(slot int, atMs int64) {
	g.nowMs = max(0, atMs-pick(g, "ahead", int64(1), 5, 20))
	delay := pick(g, "delay", int64(20), 100, 300)
	if g.chance("slowly", 600) {
		g.strike(Fault{Kind: FaultSlowShard, Slot: slot, ForMs: 20*delay + 100, DelayMs: delay})
	}
	for i := 0; i == 0 || g.anotherOf("visitor", i, 5, 3); i++ {
		g.enter("visitor", i)
		g.nowMs += pick(g, "after", delay/2, 1, 3, delay, delay+5, 2*delay)
		g.visitor(slot)
		g.leave()
	}
}

func (g *gen) visitor(slot int) {
	switch g.weighted("visitor is", 10, 6, 2, 2, 2) {
	case 0:
		g.strike(Fault{Kind: FaultForeignWriter, Slot: slot, Rows: pick(g, "rows", 0, 1),
			AdvanceMs: pick(g, "advance", g.p.GridMs, 1), Close: g.chance("close", 100)})
	case 1:
		g.strike(Fault{Kind: FaultForeignReader, Slot: slot, ForMs: pick(g, "for", int64(500), 50, 5000)})
	case 2:
		g.strike(Fault{Kind: FaultCrash, ForMs: pick(g, "down for", int64(100), 1)})
		// A fault without a place befalls everybody; a crash befalls who probably leads.
		f := &g.p.Faults[len(g.p.Faults)-1]
		f.Node, f.Effect, f.Before = g.leader, 1+g.n("effect", 6), g.chance("before it", 500)
	case 3:
		g.strike(Fault{Kind: FaultPoisonShard, Slot: slot})
	case 4:
		// It sleeps, or cannot reach the shard, while its successor opens it.
		kind := pick(g, "by", FaultPersistDown, FaultPersistDown, FaultPause)
		g.strike(Fault{Kind: kind, ForMs: pick(g, "kept away", int64(300), 100, 800, 3000)})
		g.p.Faults[len(g.p.Faults)-1].Node = g.leader
		g.takeover(Fault{AtMs: g.nowMs + pick(g, "taken over after", int64(5), 1, 50)})
	}
}
