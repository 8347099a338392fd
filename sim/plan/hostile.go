package plan

// hostileAct is one act of the hostile client. Most of what it asks is well-formed
// and comes at the wrong time; that is what a controller that validates its
// arguments still has to survive.
func (g *gen) hostileAct() {
	switch g.weighted("malice", 48, 20, 18, 14) {
	case 0:
		g.untimely()
	case 1:
		g.raw()
	case 2:
		g.odd()
	case 3:
		g.malformed()
	}
}

// untimely asks something valid at the wrong time.
func (g *gen) untimely() {
	switch g.n("untimely", 6) {
	case 0: // exactly what was asked before
		if n := min(len(g.asked), 12); n > 0 {
			g.again(&g.p.Ops[g.asked[len(g.asked)-1-g.n("back", n)]], Hostile)
			return
		}
		g.use(g.aim("any", anyLive), Hostile)
	case 1, 2: // something on what was dropped
		if c := g.choose("gone", goneOnes); c != nil {
			g.useOf(c)
			return
		}
		g.dropAndUse()
	case 3: // something on what is just being created
		g.createAndUse()
	case 4: // something on what is just being dropped
		g.dropAndUse()
	case 5: // a storm of the same
		slot := g.aim("storm", anyLive)
		for i := 0; i < 3 || g.anotherOf("call", i, 12, 6); i++ {
			g.enter("call", i)
			g.use(slot, Hostile)
			g.leave()
		}
	}
}

func (g *gen) createAndUse() {
	part := Part{Slot: g.freshSlot(), Kind: KindTable, Schema: g.n("schema", schemas)}
	g.collections = append(g.collections, guess{slot: part.Slot, part: part, madeMs: g.nowMs})
	i := g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{part}})
	g.creates = append(g.creates, i)
	g.interesting()
	for k := 0; k == 0 || g.anotherOf("use", k, 5, 3); k++ {
		g.enter("use", k)
		g.nowMs += pick(g, "then", int64(0), 1, 2, 5, 10, 30)
		g.use(part.Slot, Hostile)
		g.leave()
	}
}

func (g *gen) dropAndUse() {
	c := g.choose("victim", anyLive)
	if c == nil {
		return
	}
	g.gone(c)
	gone := *c
	g.emit(Operation{Kind: OpDrop, As: Admin, Parts: []Part{{Slot: gone.slot}}})
	g.interesting()
	for k := 0; k == 0 || g.anotherOf("use", k, 5, 3); k++ {
		g.enter("use", k)
		g.nowMs += pick(g, "then", int64(0), 1, 2, 5, 10, 30)
		g.useOf(&gone)
		g.leave()
	}
}

// useOf uses a collection that was there, or creates it again.
func (g *gen) useOf(c *guess) {
	if g.chance("create again", 200) {
		g.emit(Operation{Kind: OpCreate, As: Hostile, Parts: []Part{c.part}})
		return
	}
	g.use(c.slot, Hostile)
}

// use is a well-formed request that names a collection.
func (g *gen) use(slot int, as Character) {
	op := Operation{As: as, Parts: []Part{{Slot: slot}}}
	part := &op.Parts[0]
	op.Kind = pick(g, "kind", OpAppend, OpSnapshot, OpAcquire, OpSetPolicy, OpReport,
		OpCapabilities, OpCollection, OpDrop, OpRenew, OpMove, OpRelease)
	switch op.Kind {
	case OpAppend:
		part.Rows = pick(g, "rows", 1, 0, 2)
		part.Time = g.newUpper()
	case OpReport:
		part.Rows = pick(g, "rows", 0, 1)
		part.Time = g.newUpper()
	case OpSnapshot:
		part.Time = Time{Base: pick(g, "base", Upper, Since), Offset: g.near("near")}
	case OpSetPolicy:
		v := g.policy(0)
		part.Policy = &v
	case OpCapabilities:
		op.Owner = g.owner()
		part.Diff = pick(g, "diff", int64(1), -1)
		part.Time = g.capabilityTime()
	case OpDrop:
		op.Unvalidated = g.chance("unvalidated", 300)
		if c := g.find(slot); c != nil && g.live() > 1 {
			g.gone(c)
		}
	case OpAcquire, OpRenew, OpMove, OpRelease:
		op.Owner, op.Hold = g.owner(), 1+g.n("hold", g.nextHold+1)
		if h, ok := g.heldOne(); ok && g.chance("known", 600) {
			op.Owner, op.Hold = h.owner, h.hold
		}
		part.Time = g.holdTime()
		if part.Time.Base == Earliest && op.Kind != OpAcquire {
			part.Time = Time{Base: HoldTime}
		}
	default:
	}
	g.emit(op)
}

// raw is a request that no client library would let through.
func (g *gen) raw() {
	op := Operation{Kind: OpRaw, As: Hostile, Raw: pick(g, "raw", RawKinds()...)}
	op.Parts = []Part{{Slot: g.aim("of", anyLive)}}
	if n := min(len(g.p.Ops), 5); op.Raw == RawReusedRequestID && n > 0 {
		op.Target = g.p.Ops[len(g.p.Ops)-1-g.n("back", n)].ID
	}
	g.emit(op)
}

// odd is a request whose arguments are wrong whenever it comes.
func (g *gen) odd() {
	i := len(g.p.Ops)
	g.use(g.aim("of", anyLive), Hostile)
	op := &g.p.Ops[i]
	part := &op.Parts[0]
	if n := len(g.asked); n > 0 && g.asked[n-1] == i {
		g.asked = g.asked[:n-1]
	}
	switch g.n("how", 7) {
	case 0:
		part.Slot = 0
	case 1:
		part.System = true
	case 2:
		part.Transient = true
	case 3:
		op.Kind, part.Policy = OpSetPolicy, g.badPolicy()
	case 4:
		op.Kind, part.Rows = OpAppend, 2
		part.BadRow, part.Beyond = g.chance("bad", 500), g.chance("beyond", 500)
	case 5:
		op.Kind, part.Time = OpSnapshot, Time{Base: Max}
	case 6:
		part.Slot = g.nextSlot + 100 + g.n("far", 100)
	}
	if op.Kind != OpSetPolicy {
		part.Policy = nil
	} else if part.Policy == nil {
		v := g.policy(0)
		part.Policy = &v
	}
}

// badPolicy is a multiple of nothing or an empty frontier, at any depth.
func (g *gen) badPolicy() *Policy {
	bad := Policy{FromEmpty: true}
	switch g.n("bad", 4) {
	case 1:
		bad = Policy{Of: &[]Policy{}}
	case 2, 3:
		// What has a form of its own cannot be the member of another.
		return &Policy{Nodes: g.badNodes()}
	}
	for i := g.n("depth", 3); i > 0; i-- {
		bad = Policy{Of: &[]Policy{g.policy(2), bad}}
	}
	return &bad
}

// storms lets the hostile client speak while controllers boot: valid requests
// that come too early.
func (g *gen) storms() {
	for i, at := range g.boots {
		g.enter("storm", i)
		for k := 0; g.anotherOf("call", k, 4, 2); k++ {
			g.enter("call", k)
			g.nowMs = at + pick(g, "when", int64(0), 1, 3, 10, 30, 100)
			if g.sh.hosted && g.chance("of hosts", 350) {
				g.hostedStorm()
			} else {
				g.use(g.aim("of", anyLive), Hostile)
			}
			g.leave()
		}
		g.leave()
	}
}

// hostedStorm ends or changes what runs on hosts, before a controller that boots has
// heard of them.
func (g *gen) hostedStorm() {
	switch g.weighted("of hosts", 3, 3, 2, 2) {
	case 0:
		g.dropExports()
	case 1:
		g.alter()
	case 2:
		g.dropIngestion()
	case 3:
		g.alterExports()
	}
}
