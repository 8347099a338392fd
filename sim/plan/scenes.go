package plan

// strike adds a fault at the present moment, if the plan has faults at all.
func (g *gen) strike(f Fault) {
	if !g.sh.faulty {
		return
	}
	f.ID, f.AtMs, f.Node = len(g.p.Faults)+1, g.nowMs, -1
	g.p.Faults = append(g.p.Faults, f)
}

// lostRace appends, lets somebody else be faster, and drops the table meanwhile, so
// that a batch is out when the drop comes and then turns out to be lost.
func (g *gen) lostRace() {
	c := g.choose("which", liveTable)
	if c == nil {
		g.appendOne()
		return
	}
	slot := c.slot
	for i := 0; i == 0 || g.anotherOf("append", i, 4, 2); i++ {
		g.enter("append", i)
		v := g.appendTo(slot)
		v.Time = Time{Base: Upper, Offset: int64(i+2) * g.p.GridMs}
		g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{v}})
		g.leave()
	}
	if g.chance("slowly", 500) {
		g.strike(Fault{Kind: FaultSlowShard, Slot: slot, ForMs: pick(g, "for", int64(100), 500, 20), DelayMs: pick(g, "delay", int64(50), 200)})
	}
	g.nowMs += pick(g, "then", int64(1), 0, 2, 3, 5)
	g.strike(Fault{Kind: FaultForeignWriter, Slot: slot, AdvanceMs: pick(g, "by", g.p.GridMs, 1, 5*g.p.GridMs), Close: g.chance("close", 100)})
	if g.live() > 1 && g.chance("drop", 700) {
		g.nowMs += pick(g, "drop after", int64(0), 0, 1, 2, 5)
		g.gone(g.find(slot))
		g.emit(Operation{Kind: OpDrop, As: Admin, Parts: []Part{{Slot: slot}}})
	}
	g.interesting()
}

// slowRead reads from a shard that answers more slowly than the lease of a reader
// lasts, as far as reads may take that long.
func (g *gen) slowRead() {
	slot, c := g.aim("of", anyLive), &g.p.Config
	before := g.chance("read before", 400)
	if before {
		g.readSome(slot)
		g.nowMs += pick(g, "then", int64(1), 2, 5, 10)
	}
	g.strike(Fault{Kind: FaultSlowShard, Slot: slot, ForMs: pick(g, "for", int64(10), c.ReaderLeaseMs/2, c.ReaderLeaseMs+2000),
		DelayMs: pick(g, "delay", c.ReaderLeaseMs+500, c.ReaderLeaseMs/2+100, c.HeartbeatMs+100, 500)})
	if !before || g.chance("and after", 300) {
		g.nowMs += pick(g, "soon", int64(0), 1, 5)
		g.readSome(slot)
	}
	g.interesting()
}

// readSome reads one or more times what is there.
func (g *gen) readSome(slot int) {
	for i := 0; i == 0 || g.anotherOf("read", i, 3, 2); i++ {
		g.enter("read", i)
		g.emit(Operation{Kind: OpSnapshot, As: Reader, Parts: []Part{{Slot: slot, Time: Time{Base: pick(g, "base", Upper, Upper, Since), Offset: pick(g, "off", int64(-1), 0, 1)}}}})
		g.leave()
	}
}

// dropUnderReaders drops a collection for whose upper somebody waits.
func (g *gen) dropUnderReaders() {
	c := g.choose("which", anyLive)
	if c == nil || g.live() < 2 {
		g.snapshot()
		return
	}
	slot := c.slot
	for i := 0; i == 0 || g.anotherOf("reader", i, 3, 2); i++ {
		g.enter("reader", i)
		g.emit(Operation{Kind: OpSnapshot, As: Reader, WaitMs: pick(g, "wait", g.p.Config.SnapshotWaitMs, 500, 0),
			Parts: []Part{{Slot: slot, Time: Time{Base: Upper, Offset: pick(g, "ahead", 5*g.p.GridMs, 0, g.p.GridMs, 100*g.p.GridMs)}}}})
		g.leave()
	}
	g.nowMs += pick(g, "then", int64(10), 0, 1, 3, 100, 600)
	g.gone(g.find(slot))
	g.emit(Operation{Kind: OpDrop, As: Admin, Parts: []Part{{Slot: slot}}})
	g.interesting()
}

// heldBack takes a hold, lets the table go on without it, and then gives up or
// moves what has held its since back.
func (g *gen) heldBack() {
	h := heldGuess{owner: g.owner(), slot: g.aim("of", liveTable)}
	g.nextHold++
	h.hold = g.nextHold
	g.emit(Operation{Kind: OpAcquire, As: Reader, Owner: h.owner, Hold: h.hold, Parts: []Part{{Slot: h.slot, Time: Time{Base: pick(g, "at", Earliest, Since)}}}})
	lag := uint64(pick(g, "lag", g.p.GridMs, 0, 1))
	g.emit(Operation{Kind: OpSetPolicy, As: Admin, Parts: []Part{{Slot: h.slot, Policy: &Policy{Lag: &lag}}}})
	for i := 0; i == 0 || g.anotherOf("append", i, 4, 3); i++ {
		g.enter("append", i)
		g.nowMs += pick(g, "gap", int64(50), 20, 200)
		g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{{Slot: h.slot, Rows: 1, Time: Time{Base: Upper, Offset: 3 * g.p.GridMs}}}})
		g.leave()
	}
	g.nowMs += pick(g, "held for", int64(100), 20, 500)
	op := Operation{Kind: OpRelease, As: Reader, Owner: h.owner, Hold: h.hold, Parts: []Part{{Slot: h.slot}}}
	if g.chance("move", 500) {
		op.Kind, op.Parts[0].Time = OpMove, Time{Base: Upper, Offset: pick(g, "to", int64(-1), 0, 1)}
		g.holds = append(g.holds, h)
	}
	g.emit(op)
	g.interesting()
}
