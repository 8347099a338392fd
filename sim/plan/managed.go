package plan

// manage makes a part a managed collection: mostly one of a type that nothing is
// bound to. The schema of a shard mapping is seldom another than that of its rows.
func (g *gen) manage(v *Part) {
	kind := pick(g, "managed kind", KindShardMapping, KindShardMapping, KindSourceStatus, KindSinkStatus)
	if g.bound(kind) != nil && !g.chance("all the same", 200) {
		return
	}
	v.Kind = kind
	if kind != KindShardMapping {
		return
	}
	v.Schema = g.n("mapping schema", mappingSchemas)
	if g.chance("odd schema", 60) {
		v.Schema = mappingSchemas + g.n("which odd schema", oddMappingSchemas)
	}
}

// mappingSchemas is how many of the schemas fit a shard mapping; the next ones do
// not.
const mappingSchemas, oddMappingSchemas = 3, 4

// farSince puts a managed collection's since where no tick will come, so that only
// the controller's own step past it makes its shard readable.
func (g *gen) farSince(v *Part) {
	if Managed(v.Kind) && g.chance("far since", 120) {
		since := pick(g, "how far", Time{Base: WallGrid, Offset: 3_600_000}, Time{Base: WallGrid, Offset: 100_000}, Time{Base: Max, Offset: -1}, Time{Base: Max})
		v.Since = &since
	}
}

// bound is the live collection of a managed kind, or nil.
func (g *gen) bound(kind string) *guess {
	for i := range g.collections {
		if c := &g.collections[i]; !c.dropped && c.part.Kind == kind {
			return c
		}
	}
	return nil
}

// boundBefore reports that a create will be refused for its managed collections.
func (g *gen) boundBefore(parts []Part) bool {
	for i := range parts {
		if !Managed(parts[i].Kind) {
			continue
		}
		if g.bound(parts[i].Kind) != nil || parts[i].Kind == KindShardMapping && parts[i].Schema >= mappingSchemas {
			return true
		}
		for k := range parts[:i] {
			if parts[k].Kind == parts[i].Kind && parts[k].Slot != parts[i].Slot {
				return true
			}
		}
	}
	return false
}

// mappingRace makes and drops collections in a row while somebody else moves the
// upper of the shard mapping, or its shard is slow, so that what one read found has
// to be looked for again; now and then the mapping itself is dropped and another
// takes its place.
func (g *gen) mappingRace() {
	if g.bound(KindShardMapping) == nil {
		g.createOne(Part{Kind: KindShardMapping, Schema: g.n("mapping schema", mappingSchemas)})
		g.nowMs += pick(g, "soon", int64(20), 0, 5, 100)
	}
	for i := 0; i < 3 || g.anotherOf("turn", i, 9, 5); i++ {
		g.enter("turn", i)
		g.mappingTurn()
		g.nowMs += pick(g, "then", int64(2), 0, 0, 1, 5, 10, 30, 100, 1000)
		g.leave()
	}
	g.interesting()
}

func (g *gen) mappingTurn() {
	slot := g.nextSlot
	if m := g.bound(KindShardMapping); m != nil {
		slot = m.slot
	}
	switch g.weighted("what", 6, 4, 5, 2, 2, 2, 1, 1, 2) {
	case 0:
		g.createOne(Part{Kind: KindTable, Schema: g.n("schema", schemas)})
	case 1:
		if c := g.choose("which", anyLive); c != nil && g.live() > 2 && !Managed(c.part.Kind) {
			g.gone(c)
			g.emit(Operation{Kind: OpDrop, As: Admin, Parts: []Part{{Slot: c.slot}}})
		}
	case 2:
		f := Fault{Kind: FaultForeignWriter, Slot: slot, AdvanceMs: pick(g, "by", int64(1), g.p.GridMs, 1000, 5000), Close: g.chance("close", 60)}
		if m := g.find(slot); m != nil {
			m.closed = m.closed || f.Close
		}
		g.strike(f)
	case 3:
		g.strike(Fault{Kind: FaultSlowShard, Slot: slot, ForMs: pick(g, "for", int64(100), 500, 3000), DelayMs: pick(g, "delay", int64(50), 300, 1500)})
	case 4:
		g.createAgain()
	case 5:
		g.readSome(slot)
	case 6:
		g.replaceMapping()
	case 7:
		lag := uint64(pick(g, "lag", g.p.GridMs, 0, 1, 1000))
		g.emit(Operation{Kind: OpSetPolicy, As: Admin, Parts: []Part{{Slot: slot, Policy: &Policy{Lag: &lag}}}})
	case 8:
		g.crashSoon()
	}
}

// crashSoon lets the controller that leads fall at one of its next effects.
func (g *gen) crashSoon() {
	if !g.sh.faulty {
		return
	}
	g.strike(Fault{Kind: FaultCrash, ForMs: pick(g, "down for", int64(100), 1, 1000), Effect: 1 + g.n("effect", 6), Before: g.chance("before it", 500)})
	g.p.Faults[len(g.p.Faults)-1].Node = g.leader
}

// lastMapping changes what is true shortly before the chaos ends, while others move
// the mapping's upper, or the controller falls, so that nothing that comes later
// covers up what is missing.
func (g *gen) lastMapping() {
	g.enter("last mapping", 0)
	defer g.leave()
	g.nowMs = max(g.nowMs, g.sh.chaosMs-4000)
	m := g.bound(KindShardMapping)
	if m == nil || m.closed || g.nowMs >= g.sh.chaosMs || !g.chance("at last", 500) {
		return
	}
	slot := m.slot
	if g.chance("crash", 400) {
		g.crashSoon()
		g.createOne(Part{Kind: KindTable, Schema: g.n("schema", schemas)})
		return
	}
	g.strike(Fault{Kind: FaultSlowShard, Slot: slot, ForMs: 3000, DelayMs: pick(g, "delay", int64(100), 50, 300)})
	g.createOne(Part{Kind: KindTable, Schema: g.n("schema", schemas)})
	for i := 0; i < 10; i++ {
		g.enter("other", i)
		g.nowMs += pick(g, "then", int64(60), 20, 110, 230, 310)
		g.strike(Fault{Kind: FaultForeignWriter, Slot: slot, AdvanceMs: pick(g, "by", int64(1), g.p.GridMs)})
		g.leave()
	}
}

// replaceMapping drops the mapping and makes another at once, or two of them, of
// which one is too many.
func (g *gen) replaceMapping() {
	m := g.bound(KindShardMapping)
	if m == nil {
		return
	}
	g.gone(m)
	g.emit(Operation{Kind: OpDrop, As: Admin, Parts: []Part{{Slot: m.slot}}})
	g.nowMs += pick(g, "then", int64(0), 0, 1, 5, 50)
	g.createOne(Part{Kind: KindShardMapping, Schema: g.n("mapping schema", mappingSchemas)})
	if g.chance("and another", 400) {
		g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{{Slot: g.freshSlot(), Kind: KindShardMapping}}})
	}
}

// createOne makes a collection of a fresh id.
func (g *gen) createOne(part Part) {
	part.Slot = g.freshSlot()
	g.collections = append(g.collections, guess{slot: part.Slot, part: part, madeMs: g.nowMs})
	g.creates = append(g.creates, g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{part}}))
}
