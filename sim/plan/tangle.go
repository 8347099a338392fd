package plan

import "slices"

// beside plays a scene that takes nothing from the others: its operations come on top, and
// what follows it in the story does not wait for its end.
func (g *gen) beside(scene func()) {
	now, ops := g.nowMs, len(g.p.Ops)
	scene()
	g.sh.ops += len(g.p.Ops) - ops
	g.nowMs = now
}

// tangle asks many things of a few tables within a few milliseconds, some of which are
// still to be created, while the stash or a shard is slow: what waits for what, what shares
// a transaction and what can still be given up depends on the order alone then.
func (g *gen) tangle() {
	parts := g.tangled()
	as := pick(g, "whose", Hostile, Admin)
	switch g.weighted("slow is", 4, 2, 2) {
	case 1:
		g.queueUp()
	case 2:
		g.strike(Fault{Kind: FaultSlowShard, Slot: parts[0].Slot, ForMs: pick(g, "slow for", int64(60), 20, 200), DelayMs: pick(g, "delay", int64(20), 5, 100)})
	}
	first := g.nextID
	for k := 0; k < 3 || g.anotherOf("knot", k, 14, 7); k++ {
		g.enter("knot", k)
		g.knot(parts, as)
		if g.chance("gives up", 200) {
			g.nowMs += pick(g, "after", int64(1), 0, 0, 2, 4)
			target := g.p.Ops[len(g.p.Ops)-1-g.n("back", min(3, g.nextID-first))]
			g.emit(Operation{Kind: OpCancel, As: target.As, Target: target.ID})
		}
		g.nowMs += pick(g, "then", int64(1), 0, 0, 0, 2, 3, 8)
		g.leave()
	}
	g.interesting()
}

// tangled are up to two tables that are there and one to three that are not yet.
func (g *gen) tangled() (parts []Part) {
	for i := range 2 {
		g.enter("old", i)
		if c := g.choose("which", liveTable); c != nil && !slices.ContainsFunc(parts, func(p Part) bool { return p.Slot == c.slot }) {
			parts = append(parts, c.part)
		}
		g.leave()
	}
	for i := 0; i < 2 || i < 3 && g.chanceOf("one more", i, 300); i++ {
		g.enter("new", i)
		parts = append(parts, Part{Slot: g.freshSlot(), Kind: KindTable, Schema: g.n("schema", schemas)})
		g.leave()
	}
	return parts
}

// some are one or more of the parts, in any order.
func (g *gen) some(parts []Part) (list []Part) {
	for i := range parts {
		if g.chanceOf("this one", i, 450) {
			list = append(list, parts[i])
		}
	}
	if len(list) == 0 {
		list = append(list, parts[g.n("which", len(parts))])
	}
	if g.chance("reverse", 500) {
		slices.Reverse(list)
	}
	return list
}

// knot is one of the things that a tangle is made of.
func (g *gen) knot(parts []Part, as Character) {
	op := Operation{As: as}
	switch g.weighted("knot", 6, 7, 6, 2, 2, 3) {
	case 0:
		op.Kind, op.Parts = OpCreate, g.some(parts)
		for i := range op.Parts {
			if p := op.Parts[i]; g.find(p.Slot) == nil {
				g.collections = append(g.collections, guess{slot: p.Slot, part: p, madeMs: g.nowMs})
			}
		}
		g.emit(op)
	case 1:
		op.Kind = OpAppend
		if as == Admin {
			op.As = TableWriter
		}
		for i, p := range g.some(parts) {
			g.enter("append", i)
			op.Parts = append(op.Parts, g.appendTo(p.Slot))
			g.leave()
		}
		g.emit(op)
	case 2:
		op.Kind = OpSetPolicy
		for i, p := range g.some(parts) {
			g.enter("policy", i)
			v := g.policy(0)
			op.Parts = append(op.Parts, Part{Slot: p.Slot, Policy: &v})
			g.leave()
		}
		g.emit(op)
	case 3:
		op.Kind, op.Owner = OpCapabilities, g.owner()
		for i, p := range g.some(parts) {
			g.enter("count", i)
			op.Parts = append(op.Parts, g.capability(p.Slot, op))
			g.leave()
		}
		g.emit(op)
	case 4:
		op.Kind = OpDrop
		for _, p := range g.some(parts) {
			if c := g.find(p.Slot); c != nil && g.live() > 1 {
				g.gone(c)
				op.Parts = append(op.Parts, Part{Slot: p.Slot})
			}
		}
		if len(op.Parts) == 0 {
			op.Parts = append(op.Parts, Part{Slot: parts[len(parts)-1].Slot})
		}
		g.emit(op)
	case 5:
		g.use(parts[g.n("of", len(parts))].Slot, Hostile)
	}
}

// errorTakenBack writes an error into a table, mostly takes it back soon, and reads it
// before and afterwards.
func (g *gen) errorTakenBack() {
	c := g.choose("of", liveTable)
	if c == nil {
		g.createMore()
		return
	}
	slot := c.slot
	read := func(label string) {
		if g.chance(label, 600) {
			g.emit(Operation{Kind: OpSnapshot, As: Reader, Parts: []Part{{Slot: slot, Time: Time{Base: Upper, Offset: -1}}}})
		}
	}
	ahead := Time{Base: Upper, Offset: pick(g, "ahead", g.p.GridMs, 3*g.p.GridMs, 1)}
	g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{{Slot: slot, Rows: 1, ErrorRow: true, Time: ahead}}})
	g.nowMs += pick(g, "answered after", int64(100), 40, 300)
	read("reads the error")
	g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{{Slot: slot, Rows: 1, Retract: true, Time: ahead}}})
	g.nowMs += pick(g, "settled after", int64(100), 40, 300, 1000)
	read("reads without it")
	read("reads once more")
	g.interesting()
}
