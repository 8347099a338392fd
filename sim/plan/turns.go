package plan

// turns are things that depend on what came just before them: a reference to what is
// being dropped, one id that is created, dropped and used at once, an append that waits
// in two queues and is given up, many ids of nothing.
func (g *gen) turns() {
	switch g.weighted("turn of", 3, 3, 3, 2, 4, 3) {
	case 0:
		g.referToGone()
	case 1:
		g.makeDropUse()
	case 2:
		g.cancelQueued()
	case 3:
		g.useOfExport()
	case 4:
		g.giveUp()
	case 5:
		g.nameTwo()
	}
}

// giveUp asks something that takes a while, and cancels it while it waits or is under way.
func (g *gen) giveUp() {
	slot := g.aim("of", anyLive)
	lag := uint64(pick(g, "lag", g.p.GridMs, 0, 1))
	switch g.n("asks", 4) {
	case 0, 1:
		g.queueUp()
		g.emit(Operation{Kind: OpSetPolicy, As: Admin, Parts: []Part{{Slot: slot, Policy: &Policy{Lag: &lag}}}})
	case 2:
		g.emit(Operation{Kind: OpSnapshot, As: Reader, WaitMs: g.p.Config.SnapshotWaitMs, Parts: []Part{{Slot: slot, Time: Time{Base: Upper, Offset: 5 * g.p.GridMs}}}})
	case 3:
		g.strike(Fault{Kind: FaultSlowShard, Slot: slot, ForMs: pick(g, "slow for", int64(200), 50, 500), DelayMs: pick(g, "delay", int64(100), 30, 300)})
		g.readSome(slot)
	}
	g.nowMs += pick(g, "gives up after", int64(5), 0, 1, 2, 20, 60)
	g.emit(Operation{Kind: OpCancel, As: g.p.Ops[len(g.p.Ops)-1].As, Target: g.nextID})
	g.interesting()
}

// nameTwo makes two collections one after the other, and at once asks something of both.
func (g *gen) nameTwo() {
	g.queueUp()
	var two [2]Part
	for i := range two {
		g.enter("made", i)
		g.createOne(Part{Kind: KindTable, Schema: g.n("schema", schemas)})
		two[i] = g.appendTo(g.collections[len(g.collections)-1].slot)
		g.nowMs += pick(g, "then", int64(1), 0, 2, 5)
		g.leave()
	}
	op := Operation{Kind: OpAppend, As: TableWriter, Parts: two[:]}
	if g.chance("the later first", 600) {
		two[0], two[1] = two[1], two[0]
	}
	if g.chance("policies", 300) {
		lag := uint64(g.p.GridMs)
		op.Kind, op.As = OpSetPolicy, Admin
		for i := range two {
			two[i] = Part{Slot: two[i].Slot, Policy: &Policy{Lag: &lag}}
		}
	}
	g.emit(op)
	g.interesting()
}

// queueUp lets the stash fail for a while, so that what is asked of it meanwhile goes out
// together.
func (g *gen) queueUp() {
	if g.chance("stash is slow", 700) {
		g.strike(Fault{Kind: FaultStashDown, ForMs: pick(g, "slow for", int64(60), 20, 150, 400), Unknown: g.chance("unknown", 300)})
		g.nowMs += pick(g, "then", int64(2), 0, 1, 5)
	}
}

// referToGone drops a collection and at once makes something that refers to it.
func (g *gen) referToGone() {
	c := g.choose("which", anyLive)
	if c == nil || g.live() < 2 {
		g.createMore()
		return
	}
	slot := c.slot
	g.queueUp()
	g.gone(c)
	g.emit(Operation{Kind: OpDrop, As: Admin, Parts: []Part{{Slot: slot}}})
	g.nowMs += pick(g, "refers after", int64(1), 0, 2, 5, 20)
	part := Part{Slot: g.freshSlot(), Kind: KindTable, Status: slot}
	if g.sh.hosted && g.chance("an export", 400) {
		g.emit(Operation{Kind: OpPrepare, As: Admin, Owner: g.owner(), Parts: []Part{{Slot: part.Slot, From: slot}}})
	} else {
		g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{part}})
	}
	g.interesting()
}

// makeDropUse creates a collection, drops it and uses it, while the first of these may
// still be on its way.
func (g *gen) makeDropUse() {
	part := Part{Slot: g.freshSlot(), Kind: KindTable, Schema: g.n("schema", schemas)}
	g.queueUp()
	i := g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{part}})
	g.creates = append(g.creates, i)
	g.nowMs += pick(g, "drops after", int64(1), 0, 2, 5)
	g.emit(Operation{Kind: OpDrop, As: Admin, Parts: []Part{{Slot: part.Slot}}})
	g.collections = append(g.collections, guess{slot: part.Slot, part: part, madeMs: g.nowMs, dropped: true, droppedMs: g.nowMs})
	for k := 0; k == 0 || g.anotherOf("use", k, 4, 3); k++ {
		g.enter("use", k)
		g.nowMs += pick(g, "uses after", int64(1), 0, 2, 5)
		g.use(part.Slot, Hostile)
		g.leave()
	}
	g.interesting()
}

// cancelQueued appends to two tables that are being written, and gives that up before
// its turn has come.
func (g *gen) cancelQueued() {
	op := Operation{Kind: OpAppend, As: TableWriter}
	for i := range 2 {
		g.enter("table", i)
		if c := g.choose("which", liveTable); c != nil && (i == 0 || len(op.Parts) == 1 && op.Parts[0].Slot != c.slot) {
			g.strike(Fault{Kind: FaultSlowShard, Slot: c.slot, ForMs: pick(g, "slow for", int64(200), 80, 500), DelayMs: pick(g, "delay", int64(150), 60, 300)})
			v := g.appendTo(c.slot)
			g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{v}})
			v.Time.Offset += 2 * g.p.GridMs
			op.Parts = append(op.Parts, v)
		}
		g.leave()
	}
	if len(op.Parts) == 0 {
		g.createMore()
		return
	}
	g.nowMs += pick(g, "queues after", int64(5), 2, 20)
	g.emit(op)
	g.nowMs += pick(g, "gives up after", int64(5), 1, 2, 20)
	g.emit(Operation{Kind: OpCancel, As: TableWriter, Target: g.nextID})
}

// useOfExport creates a collection under the id of an export, or asks something of it
// that is for collections.
func (g *gen) useOfExport() {
	e := g.exportWhich("whose", func(e *exportGuess) bool { return e.created })
	if e == nil {
		g.referToGone()
		return
	}
	if g.chance("uses it", 300) {
		g.use(e.part.Slot, Hostile)
		return
	}
	g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{{Slot: e.part.Slot, Kind: KindTable}}})
}
