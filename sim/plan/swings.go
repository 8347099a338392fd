package plan

// toAndFro moves something away and back, several times, while its host hears of that and
// cannot answer yet: several of its ends are owed at once.
func (g *gen) toAndFro(it hostedSlot) {
	g.busy(it)
	for i := 0; i < 2 || g.anotherOf("swing", i, 7, 5); i++ {
		g.enter("swing", i)
		to := hostedSlot{slot: it.slot, remote: 1 + it.remote%2}
		if i%2 == 1 {
			to.remote = it.remote
		}
		g.moveTo([]hostedSlot{to}, it.size)
		g.nowMs += pick(g, "swings after", int64(20), 5, 50, 100, 10, 1)
		if g.chance("cut off", 150) {
			g.cutOff(it)
		}
		g.leave()
	}
	if g.chance("dropped", 250) {
		g.dropHosted(it)
	}
}

// busy lets what something writes take long, or end nobody knows how.
func (g *gen) busy(it hostedSlot) {
	switch g.weighted("busy", 3, 3, 1, 2) {
	case 0:
		g.strike(Fault{Kind: FaultSlowShard, Slot: it.slot, ForMs: pick(g, "slow for", int64(1000), 300, 3000), DelayMs: pick(g, "delay", int64(200), 100, 500)})
	case 1:
		g.strike(Fault{Kind: FaultPersistDown, ForMs: pick(g, "doubt", int64(500), 200, 1000), Unknown: true})
	case 2:
		g.strike(Fault{Kind: pick(g, "outside", FaultSinkDown, FaultSourceDown), ForMs: pick(g, "down for", int64(500), 200, 1500), Unknown: true})
	}
	g.nowMs += pick(g, "busy after", int64(100), 20, 300)
}

// cutOff cuts a host off for just long enough to lose what is on its way, and with it the
// session.
func (g *gen) cutOff(it hostedSlot) {
	g.strike(Fault{Kind: FaultHostCut, Slot: it.managed(), Remote: it.remote, ForMs: pick(g, "cut for", int64(20), 2, 5, 100)})
	if f := g.struck(); f != nil {
		f.Direction = pick(g, "direction", BothWays, ToController, ToHosts)
	}
}

// endAndCut drops something on a host, or a part of it, and cuts the host off when it is
// being told of that, or answers.
func (g *gen) endAndCut(it hostedSlot) {
	g.dropPart(it)
	if g.chance("when it is let go", 400) {
		g.nowMs = max(g.nowMs, g.releasedAt(g.nowMs))
	}
	for i := 0; i == 0 || g.anotherOf("cut", i, 4, 3); i++ {
		g.enter("cut", i)
		g.nowMs += pick(g, "cut after", int64(10), 5, 20, 2, 40, 100)
		g.cutOff(it)
		g.leave()
	}
}

// twins has two processes of one host write the same things, and what they write is slow or
// of unknown outcome; then one of them ends, or all of it moves on.
func (g *gen) twins(it hostedSlot) {
	g.strike(Fault{Kind: FaultHostTwice, Slot: it.managed(), Remote: it.remote, ForMs: pick(g, "two for", int64(2000), 500, 5000)})
	g.nowMs += pick(g, "both run after", int64(300), 50, 1000)
	g.busy(it)
	switch g.weighted("then", 4, 2, 2, 2) {
	case 1:
		g.shift(it)
	case 2:
		g.restart()
	case 3:
		g.cutOff(it)
	}
}

// readAtTheEdge gives an export an input that can be read from just where the export has
// come to, from the next time, or from the one before.
func (g *gen) readAtTheEdge(e *exportGuess) {
	edge := Time{Base: WallGrid, Offset: pick(g, "edge", 2*g.p.GridMs, g.p.GridMs, 1000)}
	g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{{Slot: e.part.From, Rows: 1, Time: edge}}})
	edge.Offset += pick(g, "beside", int64(0), 0, -1, 1)
	made := Part{Slot: g.freshSlot(), Kind: KindTable, Since: &edge}
	g.collections = append(g.collections, guess{slot: made.Slot, part: made, madeMs: g.nowMs})
	g.creates = append(g.creates, g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{made}}))
	g.nowMs += pick(g, "altered after", int64(500), 200, 1500)
	e.part.From = made.Slot
	g.emit(Operation{Kind: OpAlterExports, As: Admin, Parts: []Part{e.part}})
	g.interesting()
}

// lastBoot changes something just before the last controller starts, shortly before the
// chaos ends: what it has forgotten then nothing makes good any more.
func (g *gen) lastBoot() {
	g.enter("last boot", 0)
	defer g.leave()
	if !g.sh.faulty || !g.chance("at last", 350) {
		return
	}
	g.nowMs = max(1, g.sh.chaosMs-pick(g, "before the end", int64(1000), 300, 3000, 6000))
	switch g.weighted("changes", 3, 2, 3, 2) {
	case 1:
		g.createOne(Part{Kind: KindTable, Schema: g.n("schema", schemas)})
	case 2:
		if list := g.hostedSlots(); len(list) > 0 && g.chance("moves", 500) {
			g.shift(list[g.n("which", len(list))])
		} else if len(list) > 0 {
			g.dropPart(list[g.n("which", len(list))])
		}
	case 3:
		g.drop()
	}
	g.nowMs += pick(g, "starts after", int64(20), 1, 5, 10, 50, 150)
	g.restart()
}
