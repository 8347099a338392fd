package plan

// churning is the shape of a plan in which few things move, change, end and begin on
// few hosts in quick succession, and hosts stay away for longer than anybody waits for
// them.
func (g *gen) churning() shape {
	return shape{
		collections: 1 + g.n("collections", 4), ops: 20 + g.n("ops", 60),
		chaosMs: 8000 + 1000*int64(g.n("chaos", 50)), faults: 1 + g.n("faults", 6),
		oddPermille: 10 + g.n("odd", 40), hostile: 2, writers: true, churn: true,
	}
}

// churnWorld shortens, in a plan that churns, what anybody waits for a host.
func (g *gen) churnWorld() {
	c := &g.p.Config
	c.MoveGraceMs = pick(g, "short move grace", int64(1000), 500, 2000, 3000)
	c.DropGraceMs = pick(g, "short drop grace", c.ReaderLeaseMs, 1000, 2000, 4000)
	c.WriterGraceMs = pick(g, "short writer grace", int64(30_000), 4000, 8000, 15_000)
}

// churn is a series of turns of what befalls one thing on a host and those beside it,
// most of them at once or next to it.
func (g *gen) churn() {
	for i := 0; i == 0 || g.anotherOf("turn", i, 8, 4); i++ {
		g.enter("turn", i)
		if i > 0 {
			g.nowMs += g.soon()
		}
		g.turn()
		g.leave()
	}
}

// soon is the time between two turns: mostly none or little, and otherwise just what
// somebody waits for the other.
func (g *gen) soon() int64 {
	c := &g.p.Config
	return pick(g, "soon", int64(20), 0, 0, 1, 5, 100, 500, c.MoveGraceMs+50, c.MoveGraceMs-50, c.DropGraceMs+50)
}

func (g *gen) turn() {
	list := g.hostedSlots()
	if len(list) == 0 {
		g.createIngestion()
		return
	}
	it := list[g.n("which", len(list))]
	switch g.weighted("turn", 10, 6, 4, 4, 3, 3, 4, 2, 2, 2, 3, 4, 6, 4, 4) {
	case 0:
		g.shift(it)
	case 1:
		g.outOfReach(it)
	case 2:
		g.restart()
	case 3:
		g.changeInput()
	case 4:
		g.dropHosted(it)
	case 5:
		g.inPlace(it)
	case 6:
		// Away, and back before anybody has heard of it.
		g.shift(it)
		g.nowMs += g.soon()
		if g.chance("restart between", 300) {
			g.restart()
			g.nowMs += g.soon()
		}
		g.moveTo([]hostedSlot{it}, it.size)
	case 7:
		g.dropAtOnce()
	case 8:
		g.startWhereHeld()
	case 9:
		g.createAtTheEndOfAToken()
	case 10:
		g.leaveAndDrop(it)
	case 11:
		g.endInDoubt(it)
	case 12:
		g.toAndFro(it)
	case 13:
		g.endAndCut(it)
	case 14:
		g.twins(it)
	}
}

// endInDoubt ends or moves something while nobody is told what becomes of its appends;
// then, for a while, none of them is done.
func (g *gen) endInDoubt(it hostedSlot) {
	g.strike(Fault{Kind: FaultPersistDown, ForMs: pick(g, "doubt", int64(500), 200, 1500), Unknown: true})
	g.nowMs += pick(g, "ends after", int64(300), 100, 190)
	if g.chance("moves", 500) {
		g.shift(it)
	} else {
		g.dropHosted(it)
	}
	g.nowMs += pick(g, "fails after", int64(200), 100, 400)
	g.strike(Fault{Kind: FaultPersistDown, ForMs: pick(g, "fails", int64(500), 1000, g.p.Config.DropGraceMs+200)})
}

// leaveAndDrop moves something away from a host that does not hear of it for a while, and
// meanwhile drops it, or a part of it.
func (g *gen) leaveAndDrop(it hostedSlot) {
	g.outOfReach(it)
	g.nowMs += pick(g, "moves after", int64(20), 1, 100)
	g.shift(it)
	g.nowMs += g.soon()
	g.dropPart(it)
}

// dropPart drops some of what an ingestion fills; or all of what runs there, if it fills
// nothing else.
func (g *gen) dropPart(it hostedSlot) {
	op := Operation{Kind: OpDrop, As: Admin}
	for i := range g.collections {
		if c := &g.collections[i]; !c.dropped && c.part.Kind == KindSubsource && c.part.Of == it.slot && (len(op.Parts) == 0 || g.chanceOf("this part", i, 500)) {
			g.gone(c)
			op.Parts = append(op.Parts, Part{Slot: c.slot})
		}
	}
	if len(op.Parts) == 0 {
		g.dropHosted(it)
		return
	}
	g.emit(op)
	g.interesting()
}

// shift moves one thing, now and then with others, to another host of a few.
func (g *gen) shift(it hostedSlot) {
	to := hostedSlot{slot: it.slot}
	if to.remote = pick(g, "to", 1, 2, 1, 2, 3, 0); to.remote == it.remote && to.remote > 0 {
		to.remote = 1 + to.remote%2
	}
	to.size = pick(g, "size", 1, 2)
	moving := []hostedSlot{to}
	for i, other := range g.hostedSlots() {
		if other.slot != it.slot && len(moving) < 3 && g.chanceOf("too", i, 200) {
			moving = append(moving, hostedSlot{slot: other.slot, remote: to.remote})
		}
	}
	g.moveTo(moving, to.size)
}

// chanceOf is a chance in a scope of its own.
func (g *gen) chanceOf(label string, nth, permille int) bool {
	g.enter(label, nth)
	defer g.leave()
	return g.chance(label, permille)
}

// moveTo moves things to their remote hosts, or to managed ones of a size.
func (g *gen) moveTo(list []hostedSlot, size int) {
	op := Operation{Kind: OpAlter, As: Admin}
	for _, it := range list {
		v := Part{Slot: it.slot, Remote: it.remote}
		if v.Remote == 0 {
			v.Size = max(1, size)
		}
		g.remotes = max(g.remotes, v.Remote)
		op.Parts = append(op.Parts, v)
	}
	g.moved(op.Parts)
	g.emit(op)
	g.interesting()
}

// outOfReach takes the host of something away for longer than it is waited for: it is
// cut off, sleeps, or is down.
func (g *gen) outOfReach(it hostedSlot) {
	c := &g.p.Config
	g.strike(Fault{
		Kind: pick(g, "by", FaultHostCut, FaultHostPause, FaultHostCut, FaultHostDown), Slot: it.managed(), Remote: it.remote,
		ForMs: pick(g, "away", c.MoveGraceMs+200, c.MoveGraceMs+1500, c.DropGraceMs+300, c.MoveGraceMs+c.DropGraceMs+2000,
			min(c.WriterGraceMs+c.DropGraceMs+1000, 25_000)),
	})
	if f := g.struck(); f != nil && f.Kind == FaultHostCut {
		f.Direction = pick(g, "direction", BothWays, BothWays, ToController, ToHosts)
	} else if f != nil && f.Kind == FaultHostDown {
		g.strike(Fault{Kind: FaultHostCrash, Slot: it.managed(), Remote: it.remote, ForMs: f.ForMs})
	}
}

// managed is the slot by which a fault names a managed host; 0 for a remote one.
func (it hostedSlot) managed() int {
	if it.remote > 0 {
		return 0
	}
	return it.slot
}

// struck is the latest fault, nil if the plan has none.
func (g *gen) struck() *Fault {
	if len(g.p.Faults) == 0 || !g.sh.faulty {
		return nil
	}
	return &g.p.Faults[len(g.p.Faults)-1]
}

// restart kills whoever leads, or lets another controller take over.
func (g *gen) restart() {
	if !g.sh.faulty {
		return
	}
	if g.chance("take-over", 300) {
		g.takeover(Fault{AtMs: g.nowMs})
		return
	}
	f := Fault{Kind: FaultCrash, ForMs: pick(g, "down for", int64(1), 100, 1000)}
	g.strike(f)
	g.struck().Node = g.leader
	g.boots = append(g.boots, g.nowMs+f.ForMs)
}

// changeInput gives an export another input, on the host where it is or on another,
// and now and then the first one again.
func (g *gen) changeInput() {
	e := g.exportWhich("whose", created)
	if e == nil {
		g.prepare()
		return
	}
	if g.chance("of what is new", 200) {
		g.readWhatIsNew(e)
		return
	}
	if g.chance("at the edge", 200) {
		g.readAtTheEdge(e)
		return
	}
	was := e.part.From
	for i := 0; i == 0 || i == 1 && g.chance("and back", 400); i++ {
		g.enter("input", i)
		if e.part.From = g.aim("from", anyLive); i == 1 {
			g.nowMs += g.soon()
			e.part.From = was
		}
		if g.chance("moves, too", 250) {
			e.part.Size, e.part.Remote = 0, pick(g, "to", 1, 2)
			g.remotes = max(g.remotes, e.part.Remote)
		}
		g.emit(Operation{Kind: OpAlterExports, As: Admin, Parts: []Part{e.part}})
		g.interesting()
		g.leave()
	}
}

// readWhatIsNew gives an export an input that is created in the same moment and can be
// read from now on only, while a move of the export and a slow stash are in the way.
func (g *gen) readWhatIsNew(e *exportGuess) {
	g.strike(Fault{Kind: FaultStashDown, ForMs: pick(g, "slowly", int64(100), 20, 400), Unknown: g.chance("unknown", 300)})
	moved := Part{Slot: e.part.Slot, Remote: e.part.Remote, Size: e.part.Size}
	if g.chance("moves to nowhere", 500) {
		moved.Remote, moved.Size = 0, 0
	}
	g.emit(Operation{Kind: OpAlter, As: Admin, Parts: []Part{moved}})
	g.nowMs += pick(g, "altered after", int64(3), 0, 1, 10)
	e.part.From = g.freshSlot()
	g.emit(Operation{Kind: OpAlterExports, As: Admin, Parts: []Part{e.part}})
	g.nowMs += pick(g, "made after", int64(5), 0, 1, 20)
	made := Part{Slot: e.part.From, Kind: KindTable, Since: &Time{Base: WallGrid, Offset: -g.p.GridMs}}
	g.collections = append(g.collections, guess{slot: made.Slot, part: made, madeMs: g.nowMs})
	g.creates = append(g.creates, g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{made}}))
	g.interesting()
}

// dropHosted drops what runs somewhere.
func (g *gen) dropHosted(it hostedSlot) {
	if c := g.find(it.slot); c == nil {
		g.dropExports()
	} else {
		g.dropIngestion()
	}
}

// inPlace makes something new on the host of another thing, which often ends just then.
func (g *gen) inPlace(it hostedSlot) {
	if g.chance("ends", 500) {
		g.dropHosted(it)
		g.nowMs += g.soon()
	}
	g.createIngestion()
	n := len(g.collections)
	if n == 0 || it.remote == 0 {
		return
	}
	for i := range g.collections {
		if c := &g.collections[i]; c.part.Kind == KindIngestion && c.madeMs == g.nowMs && c.part.Remote != it.remote {
			g.nowMs += pick(g, "settles", int64(0), 5, 300)
			g.moveTo([]hostedSlot{{slot: c.slot, remote: it.remote}}, 0)
			return
		}
	}
}

// dropAtOnce makes something and drops it before it can have begun.
func (g *gen) dropAtOnce() {
	g.createIngestion()
	if g.chance("orchestrator is slow", 400) {
		g.strike(Fault{Kind: FaultOrchestratorDown, ForMs: pick(g, "for", int64(1500), 300, 5000), Unknown: true})
	}
	made := g.nowMs
	g.nowMs += pick(g, "dropped after", int64(5), 0, 1, 30, 200)
	op := Operation{Kind: OpDrop, As: Admin}
	for i := range g.collections {
		c := &g.collections[i]
		if c.madeMs == made && !c.dropped && (c.part.Kind == KindIngestion || c.part.Kind == KindSubsource) {
			g.gone(c)
			op.Parts = append(op.Parts, Part{Slot: c.slot})
		}
	}
	if len(op.Parts) == 0 {
		return
	}
	g.emit(op)
	g.interesting()
	if g.chance("restart", 400) {
		g.nowMs += g.soon()
		g.restart()
	}
}

// startWhereHeld begins an export at a time that only somebody's hold keeps readable,
// and lets go of that while the export becomes durable.
func (g *gen) startWhereHeld() {
	h := heldGuess{owner: g.owner(), slot: g.aim("of", liveTable)}
	g.nextHold++
	h.hold = g.nextHold
	lag := uint64(0)
	g.emit(Operation{Kind: OpAcquire, As: Reader, Owner: h.owner, Hold: h.hold, Parts: []Part{{Slot: h.slot, Time: Time{Base: Since}}}})
	g.emit(Operation{Kind: OpSetPolicy, As: Admin, Parts: []Part{{Slot: h.slot, Policy: &Policy{Lag: &lag}}}})
	g.nowMs += pick(g, "moves on", int64(300), 50, 1000)
	g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{{Slot: h.slot, Rows: 1, Time: Time{Base: Upper, Offset: 3 * g.p.GridMs}}}})
	g.nowMs += pick(g, "after it", int64(100), 30, 500)
	e := exportGuess{owner: g.owner(), created: true}
	e.part = Part{Slot: g.freshSlot(), From: h.slot, Sink: 1 + g.n("sink", 3), Remote: 1, Time: Time{Base: Since}}
	e.part.Snapshot = g.chance("snapshot", 300)
	g.remotes = max(g.remotes, 1)
	g.emit(Operation{Kind: OpPrepare, As: Admin, Owner: e.owner, Parts: []Part{{Slot: e.part.Slot, From: e.part.From}}})
	g.nowMs += pick(g, "creates after", int64(30), 100)
	g.exports = append(g.exports, e)
	g.emit(Operation{Kind: OpExports, As: Admin, Parts: []Part{e.part}})
	g.strike(Fault{Kind: FaultStashDown, ForMs: pick(g, "slowly", int64(100), 20, 400)})
	g.nowMs += pick(g, "lets go after", int64(2), 0, 1, 5, 15)
	g.emit(Operation{Kind: OpRelease, As: Reader, Owner: h.owner, Hold: h.hold, Parts: []Part{{Slot: h.slot}}})
	g.interesting()
}

// createAtTheEndOfAToken creates an export just before its token lapses, and takes
// longer than that.
func (g *gen) createAtTheEndOfAToken() {
	e := exportGuess{owner: g.owner(), created: true}
	e.part = Part{Slot: g.freshSlot(), From: g.aim("from", anyLive), Sink: 1 + g.n("sink", 3), Remote: 1 + g.n("remote", 2), Snapshot: true, Time: Time{Base: Since}}
	g.remotes = max(g.remotes, e.part.Remote)
	g.emit(Operation{Kind: OpPrepare, As: Admin, Owner: e.owner, Parts: []Part{{Slot: e.part.Slot, From: e.part.From}}})
	g.nowMs += g.p.Config.HoldLeaseMs - pick(g, "before its end", int64(100), 20, 300)
	g.exports = append(g.exports, e)
	g.strike(Fault{Kind: FaultStashDown, ForMs: pick(g, "slowly", int64(400), 1000, 2500), Unknown: g.chance("unknown", 500)})
	g.emit(Operation{Kind: OpExports, As: Admin, Parts: []Part{e.part}})
	g.interesting()
}
