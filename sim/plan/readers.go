package plan

// owner draws an owner of holds.
func (g *gen) owner() int { return 1 + g.n("owner", len(g.p.Owners)) }

// heldOne draws a hold that was probably granted, mostly one of the latest: older
// ones may have lapsed.
func (g *gen) heldOne() (heldGuess, bool) {
	n := len(g.holds)
	if n == 0 {
		return heldGuess{}, false
	}
	if !g.chance("an old one", 100) {
		return g.holds[n-1-g.n("recent hold", min(n, 5))], true
	}
	return g.holds[g.n("hold", n)], true
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
	if kind == OpRelease {
		g.forget(h)
	}
	g.emit(Operation{Kind: kind, As: Reader, Owner: h.owner, Hold: h.hold, Parts: []Part{{Slot: h.slot, Time: at}}})
}

// forget mostly forgets a hold, but seldom goes on using what was released.
func (g *gen) forget(h heldGuess) {
	for i := range g.holds {
		if g.holds[i] == h && !g.chance("use it nevertheless", 150) {
			g.holds = append(g.holds[:i], g.holds[i+1:]...)
			return
		}
	}
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

func (g *gen) release() { g.withHold(OpRelease, Time{}) }

// capabilities changes counts, with nets of both signs. What is released was
// mostly acquired before.
func (g *gen) capabilities() {
	if g.p.Config.HoldsPerOwner <= fewHolds && g.chance("crowd", 300) {
		g.crowd()
		return
	}
	op := Operation{Kind: OpCapabilities, As: Reader, Owner: g.owner()}
	slot := g.aim("of", anyLive)
	if n := len(g.counts); n > 0 && g.chance("give back", 450) {
		held := n - 1 - g.n("recent count", min(n, 4))
		op.Owner, slot = g.counts[held].owner, g.counts[held].slot
		op.Parts = append(op.Parts, Part{Slot: slot, Diff: -1, Time: Time{Base: HoldTime}})
		g.counts = append(g.counts[:held], g.counts[held+1:]...)
	}
	for i := 0; len(op.Parts) == 0 || g.anotherOf("change", i, 6, 3); i++ {
		g.enter("change", i)
		if g.chance("elsewhere", 250) {
			slot = g.aim("of", anyLive)
		}
		op.Parts = append(op.Parts, g.capability(slot, op))
		g.leave()
	}
	g.emit(op)
}

// fewHolds is a limit that one batch can fill.
const fewHolds = 8

// crowd takes about as many counts as an owner may have, and then, in one batch,
// gives one back and takes others: at the limit the net decides.
func (g *gen) crowd() {
	op := Operation{Kind: OpCapabilities, As: Reader, Owner: g.owner()}
	slot := g.aim("of", anyLive)
	base := pick(g, "base", Upper, Since)
	most := g.p.Config.HoldsPerOwner + pick(g, "beside the limit", int64(0), -1, 1)
	for i := range most {
		op.Parts = append(op.Parts, Part{Slot: slot, Diff: 1, Time: Time{Base: base, Offset: i}})
		g.counts = append(g.counts, heldGuess{owner: op.Owner, slot: slot})
	}
	if most > 0 {
		g.emit(op)
		g.nowMs += pick(g, "then", int64(5), 20, 100)
	}
	op.Parts = []Part{{Slot: slot, Diff: -1, Time: Time{Base: HoldTime}}}
	for i := 0; i == 0 || g.anotherOf("instead", i, 3, 2); i++ {
		g.enter("instead", i)
		op.Parts = append(op.Parts, Part{Slot: slot, Diff: 1, Time: Time{Base: base, Offset: most + 10 + int64(i)}})
		g.leave()
	}
	g.emit(op)
}

// capability is one change: mostly an acquisition, else one that takes back what
// the same request acquires, in part or more than that, or what nobody has.
func (g *gen) capability(slot int, op Operation) Part {
	v := Part{Slot: slot}
	switch g.weighted("change", 12, 4, 1) {
	case 0:
		v.Diff = pick(g, "acquired", int64(1), 1, 2, 3)
		v.Time = g.capabilityTime()
		g.counts = append(g.counts, heldGuess{owner: op.Owner, slot: slot})
	case 1:
		v.Diff = -pick(g, "undone", int64(1), 1, 2)
		v.Time = g.capabilityTime()
		if len(op.Parts) > 0 {
			v.Slot, v.Time = op.Parts[0].Slot, op.Parts[0].Time
		}
	case 2:
		v.Diff = -pick(g, "released", int64(1), 1, 2)
		v.Time = Time{Base: HoldTime}
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
