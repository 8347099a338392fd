package plan

// manage makes a part a managed collection: mostly one of a type that nothing is
// bound to. The schema of a shard mapping is seldom another than that of its rows.
func (g *gen) manage(v *Part) {
	kind := pick(g, "managed kind", KindShardMapping, KindShardMapping, KindSourceStatus, KindSinkStatus)
	if g.bound(kind) != nil && !g.chance("all the same", 200) {
		return
	}
	v.Kind = kind
	if kind == KindShardMapping && !g.chance("odd schema", 30) {
		v.Schema = g.n("mapping schema", mappingSchemas)
	}
}

// mappingSchemas is how many of the schemas fit a shard mapping; the next one does
// not.
const mappingSchemas = 3

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
	switch g.weighted("what", 6, 4, 5, 2, 2, 2, 1, 1) {
	case 0:
		g.createOne(Part{Kind: KindTable, Schema: g.n("schema", schemas)})
	case 1:
		if c := g.choose("which", anyLive); c != nil && g.live() > 2 && !Managed(c.part.Kind) {
			g.gone(c)
			g.emit(Operation{Kind: OpDrop, As: Admin, Parts: []Part{{Slot: c.slot}}})
		}
	case 2:
		g.strike(Fault{Kind: FaultForeignWriter, Slot: slot, AdvanceMs: pick(g, "by", int64(1), g.p.GridMs, 1000, 5000)})
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
	}
}

// replaceMapping drops the mapping, and makes another at once or with the same
// breath.
func (g *gen) replaceMapping() {
	m := g.bound(KindShardMapping)
	if m == nil {
		return
	}
	g.gone(m)
	g.emit(Operation{Kind: OpDrop, As: Admin, Parts: []Part{{Slot: m.slot}}})
	g.nowMs += pick(g, "then", int64(0), 0, 1, 5, 50)
	g.createOne(Part{Kind: KindShardMapping, Schema: g.n("mapping schema", mappingSchemas)})
}

// createOne makes a collection of a fresh id.
func (g *gen) createOne(part Part) {
	part.Slot = g.freshSlot()
	g.collections = append(g.collections, guess{slot: part.Slot, part: part, madeMs: g.nowMs})
	g.creates = append(g.creates, g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{part}}))
}
