package plan

// owner draws an owner of holds.
func (g *gen) owner() int { return 1 + g.n("owner", len(g.p.Owners)) }

// heldOne draws a hold that was probably granted.
func (g *gen) heldOne() (heldGuess, bool) {
	if len(g.holds) == 0 {
		return heldGuess{}, false
	}
	return g.holds[g.n("hold", len(g.holds))], true
}

// acquire takes a hold at a time around the since or the upper.
func (g *gen) acquire() {
	h := heldGuess{owner: g.owner(), slot: g.aim("of", anyLive)}
	if known, ok := g.heldOne(); ok && g.chance("known id", 100) {
		h.owner, h.hold = known.owner, known.hold
	} else {
		g.nextHold++
		h.hold = g.nextHold
		g.holds = append(g.holds, h)
	}
	g.emit(Operation{Kind: OpAcquire, As: Reader, Owner: h.owner, Hold: h.hold, Parts: []Part{{Slot: h.slot, Time: g.holdTime()}}})
	if g.chance("soon", 300) {
		g.interesting()
	}
}

func (g *gen) holdTime() Time {
	switch g.weighted("hold at", 6, 4, 4, 2) {
	case 1:
		return Time{Base: Earliest}
	case 2:
		return Time{Base: Upper, Offset: pick(g, "of upper", int64(-1), 0, 1, -g.p.GridMs, 5*g.p.GridMs)}
	case 3:
		return Time{Base: WallGrid, Offset: g.near("of wall")}
	}
	return Time{Base: Since, Offset: pick(g, "of since", int64(0), 1, -1, g.p.GridMs)}
}

// withHold does something to a hold, mostly naming it as it was granted.
func (g *gen) withHold(kind OpKind, at Time) {
	h, ok := g.heldOne()
	if !ok {
		g.acquire()
		return
	}
	switch g.weighted("naming", 94, 2, 2, 2) {
	case 1:
		h.slot = g.aim("elsewhere", anyLive)
	case 2:
		h.owner = g.owner()
	case 3:
		h.hold = g.nextHold + 1
	}
	g.emit(Operation{Kind: kind, As: Reader, Owner: h.owner, Hold: h.hold, Parts: []Part{{Slot: h.slot, Time: at}}})
}

func (g *gen) move() {
	at := Time{Base: HoldTime, Offset: pick(g, "from hold", g.p.GridMs, 1, 0, -1, 3*g.p.GridMs)}
	switch g.weighted("move to", 6, 3, 1) {
	case 1:
		at = Time{Base: Upper, Offset: pick(g, "of upper", int64(-1), 0, 1)}
	case 2:
		at = Time{Base: Since, Offset: g.near("of since")}
	}
	g.withHold(OpMove, at)
}

func (g *gen) renew() {
	if g.chance("all", 200) {
		g.emit(Operation{Kind: OpRenew, As: Reader, Owner: g.owner(), Parts: []Part{{Slot: g.aim("of", anyLive)}}})
		return
	}
	g.withHold(OpRenew, Time{Base: HoldTime})
}

// release gives a hold up; the collection is dropped around then at times.
func (g *gen) release() {
	g.withHold(OpRelease, Time{})
	if len(g.holds) > 0 && g.chance("forget", 700) {
		g.holds = g.holds[:len(g.holds)-1]
	}
}

// capabilities changes counts, with nets of both signs.
func (g *gen) capabilities() {
	op := Operation{Kind: OpCapabilities, As: Reader, Owner: g.owner()}
	slot := g.aim("of", anyLive)
	for i := 0; i == 0 || g.anotherOf("change", i, 6, 3); i++ {
		g.enter("change", i)
		if g.chance("elsewhere", 250) {
			slot = g.aim("of", anyLive)
		}
		op.Parts = append(op.Parts, g.capability(slot, op.Parts))
		g.leave()
	}
	g.emit(op)
}

func (g *gen) capability(slot int, before []Part) Part {
	v := Part{Slot: slot}
	switch g.weighted("change", 5, 4, 3) {
	case 0:
		v.Diff = pick(g, "acquired", int64(1), 1, 2, 3)
		v.Time = g.capabilityTime()
	case 1:
		v.Diff = -pick(g, "released", int64(1), 1, 2)
		v.Time = Time{Base: HoldTime}
	case 2: // undo what the same request does, fully or in part
		v.Diff = -pick(g, "undone", int64(1), 1, 2)
		v.Time = g.capabilityTime()
		if len(before) > 0 {
			v.Slot, v.Time = before[0].Slot, before[0].Time
		}
	}
	return v
}

func (g *gen) capabilityTime() Time {
	base := pick(g, "base", Since, Upper, HoldTime)
	return Time{Base: base, Offset: pick(g, "offset", int64(0), 1, -1, g.p.GridMs)}
}

// snapshot reads at or around a boundary.
func (g *gen) snapshot() {
	op := Operation{Kind: OpSnapshot, As: Reader, Parts: []Part{{Slot: g.aim("of", anyLive)}}}
	op.WaitMs = pick(g, "wait", int64(0), 0, 50, 500, 2000, g.p.Config.SnapshotWaitMs)
	at := &op.Parts[0].Time
	switch g.weighted("read at", 6, 5, 4, 3, 2) {
	case 0:
		*at = Time{Base: Upper, Offset: -1}
	case 1:
		*at = Time{Base: Since, Offset: pick(g, "of since", int64(0), 1, -1)}
	case 2:
		*at = Time{Base: Upper, Offset: pick(g, "of upper", int64(0), 1, g.p.GridMs, 3*g.p.GridMs)}
	case 3:
		if h, ok := g.heldOne(); ok {
			op.Owner, op.Hold, op.Parts[0].Slot = h.owner, h.hold, h.slot
			*at = Time{Base: HoldTime}
		}
	case 4:
		*at = Time{Base: WallGrid, Offset: g.near("of wall")}
	}
	g.emit(op)
}
