package plan

// malformed is a request with something wrong in it that the language of plans has
// a field for.
func (g *gen) malformed() {
	switch g.n("malformed", 9) {
	case 0:
		g.badCreate()
	case 1:
		slot := g.aim("to", liveTable)
		g.emit(Operation{Kind: OpAppend, As: Hostile, Parts: g.amongGood(slot, Part{Slot: slot, Time: g.newUpper(), BadFrontier: true})})
	case 2:
		slot := g.aim("of", liveReported)
		g.emit(Operation{Kind: OpReport, As: Hostile, Parts: g.amongGood(slot, Part{Slot: slot, Time: g.newUpper(), BadFrontier: true})})
	case 3:
		g.nobodysHold()
	case 4:
		g.hugeDiffs()
	case 5, 8:
		g.emit(Operation{Kind: OpSetPolicy, As: Hostile, Parts: []Part{{Slot: g.aim("of", anyLive), Policy: g.badPolicy()}}})
	case 6:
		g.spoiltReport()
	case 7:
		g.policiesOfOne()
	}
}

// badCreate creates with a status collection or a since that cannot be, alone or
// beside a sound collection, which then must not come to be either.
func (g *gen) badCreate() {
	v := Part{Slot: g.freshSlot(), Kind: KindTable, Schema: g.n("schema", schemas)}
	switch g.n("wrong", 4) {
	case 0:
		v.Status = v.Slot
	case 1:
		v.BadStatus = true
	case 2:
		v.BadFrontier = true
	case 3:
		v.Status = g.nextSlot + 50
	}
	if g.chance("odd instead", 300) {
		v.Status, v.BadStatus, v.BadFrontier = 0, false, false
		v.Odd = pick(g, "oddity", OddType, OddIngestion, OddOf, OfItself)
	}
	op := Operation{Kind: OpCreate, As: Hostile, Parts: []Part{v}}
	if g.chance("with a good one", 500) {
		op.Parts = append(op.Parts, Part{Slot: g.freshSlot(), Kind: KindTable})
		if g.chance("of it", 300) {
			op.Parts[0], op.Parts[1] = op.Parts[1], op.Parts[0]
			op.Parts[0].Status = v.Slot
		}
	}
	g.emit(op)
}

// amongGood puts a bad part behind a good one of the same kind now and then.
func (g *gen) amongGood(slot int, bad Part) []Part {
	if !g.chance("with a good one", 500) {
		return []Part{bad}
	}
	return []Part{{Slot: slot, Time: Time{Base: Upper, Offset: g.p.GridMs}}, bad}
}

// nobodysHold asks something of the owner or the hold with the number 0, which
// nobody has.
func (g *gen) nobodysHold() {
	op := Operation{As: Hostile, Owner: g.owner(), Hold: 1 + g.n("hold", g.nextHold+1)}
	op.Kind = pick(g, "kind", OpAcquire, OpAcquire, OpRenew, OpMove, OpRelease, OpCapabilities)
	op.Parts = []Part{{Slot: g.aim("of", anyLive), Time: Time{Base: Upper}}}
	if op.Kind == OpCapabilities {
		op.Parts[0].Diff = 1
	}
	if op.Kind == OpRenew || op.Kind == OpCapabilities || g.chance("no owner", 500) {
		op.Owner = 0
	}
	if op.Owner != 0 || g.chance("neither", 300) {
		op.Hold = 0
	}
	g.emit(op)
}

// hugeDiffs changes capabilities by what is just within and just beyond the limit.
func (g *gen) hugeDiffs() {
	const most = 1 << 40
	op := Operation{Kind: OpCapabilities, As: Hostile, Owner: g.owner()}
	slot, at := g.aim("of", anyLive), Time{Base: Upper}
	for i := 0; i == 0 || g.anotherOf("huge", i, 4, 3); i++ {
		g.enter("huge", i)
		diff := pick(g, "diff", int64(most+1), -most-1, most, -most, 2*most, 1)
		op.Parts = append(op.Parts, Part{Slot: slot, Time: at, Diff: diff})
		if diff == most {
			// Alone it would be granted, and nothing could be added to it any more.
			op.Parts = append(op.Parts, Part{Slot: slot, Time: at, Diff: -most})
		}
		g.leave()
	}
	g.emit(op)
}

// spoiltReport moves reported collections for real and names one besides that is
// none, so that all of it is refused.
func (g *gen) spoiltReport() {
	op := Operation{Kind: OpReport, As: Reporter}
	for i := 0; i == 0 || g.anotherOf("part", i, 3, 2); i++ {
		g.enter("part", i)
		op.Parts = append(op.Parts, Part{Slot: g.aim("of", liveReported), Rows: 1, Time: Time{Base: Upper, Offset: g.p.GridMs}})
		g.leave()
	}
	op.Parts = append(op.Parts, Part{Slot: g.oddSlot(), Time: Time{Base: Upper}})
	if last := len(op.Parts) - 1; g.chance("first", 300) {
		op.Parts[0], op.Parts[last] = op.Parts[last], op.Parts[0]
	}
	g.emit(op)
}

// policiesOfOne sets two policies of one collection in one request.
func (g *gen) policiesOfOne() {
	op := Operation{Kind: OpSetPolicy, As: Hostile}
	slot := g.aim("of", anyLive)
	for i := 0; i < 2 || g.anotherOf("policy", i, 4, 2); i++ {
		g.enter("policy", i)
		v := g.policy(1)
		op.Parts = append(op.Parts, Part{Slot: slot, Policy: &v})
		g.leave()
	}
	if g.chance("one is bad", 300) {
		op.Parts[len(op.Parts)-1].Policy = g.badPolicy()
	}
	g.emit(op)
}

// Kinds of nodes, by number.
const (
	nodeNone = iota
	nodeValidFrom
	nodeLag
	nodeMultiple
)

// mostNodes is how many nodes a policy may have.
const mostNodes = 64

// badNodes are nodes that are no policy: too few or too many, or with something in
// them that does not belong there. Some are sound: exactly as many as allowed.
func (g *gen) badNodes() *[]PolicyNode {
	from := Time{Base: pick(g, "from", Upper, Since)}
	lag := PolicyNode{Kind: nodeLag, Lag: uint64(g.p.GridMs)}
	var nodes []PolicyNode
	switch g.n("nodes", 12) {
	case 0:
		nodes = []PolicyNode{}
	case 1:
		nodes = many(mostNodes+1, lag)
	case 2:
		nodes = many(mostNodes, lag)
	case 3: // one is left over
		nodes = []PolicyNode{lag, lag}
	case 4: // one is missing
		nodes = []PolicyNode{{Kind: nodeMultiple, Members: 3}, lag, lag}
	case 5:
		nodes = []PolicyNode{{Kind: nodeMultiple, Members: 1 << 31}, lag}
	case 6:
		nodes = []PolicyNode{{Kind: nodeValidFrom, Empty: true}}
	case 7: // not canonical
		nodes = []PolicyNode{{Kind: nodeValidFrom, From: &Time{Base: Upper, Offset: 1}, Empty: true}}
	case 8:
		nodes = []PolicyNode{{Kind: nodeLag, Lag: 1, From: &from, Empty: g.chance("empty", 300)}}
	case 9:
		nodes = []PolicyNode{{Kind: nodeLag, Members: 1}, lag}
	case 10:
		nodes = []PolicyNode{{Kind: nodeValidFrom, From: &from, Lag: uint64(g.n("lag", 2)), Members: 1}, lag}
	case 11:
		nodes = []PolicyNode{{Kind: pick(g, "kind", nodeNone, nodeMultiple+1, 255)}}
	}
	if g.chance("as a member", 200) && len(nodes) < mostNodes {
		nodes = append([]PolicyNode{{Kind: nodeMultiple, Members: 2}, lag}, nodes...)
	}
	return &nodes
}

// many is a multiple of n nodes, itself included.
func many(n int, member PolicyNode) []PolicyNode {
	nodes := []PolicyNode{{Kind: nodeMultiple, Members: uint32(n - 1)}}
	for len(nodes) < n {
		nodes = append(nodes, member)
	}
	return nodes
}
