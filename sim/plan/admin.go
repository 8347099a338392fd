package plan

// createMore creates while there is room, and else reads something instead.
func (g *gen) createMore() {
	if g.live() >= g.sh.collections {
		g.snapshot()
		return
	}
	g.create()
}

// create makes one to six collections in one request, in any order of ids, now
// and then with an entry that comes twice or contradicts another.
func (g *gen) create() {
	op := Operation{Kind: OpCreate, As: Admin}
	room := max(1, min(6, g.sh.collections-g.live()))
	for i := 0; i == 0 || g.anotherOf("entry", i, room, 3); i++ {
		g.enter("entry", i)
		op.Parts = append(op.Parts, g.description(op.Parts))
		g.leave()
	}
	made := len(op.Parts)
	if made > 1 && g.chance("forward", 120) {
		op.Parts[0].Status = op.Parts[1+g.n("to", made-1)].Slot
	}
	refused := g.twist(&op) || g.boundBefore(op.Parts)
	for i := 0; i < made && !refused; i++ {
		g.collections = append(g.collections, guess{slot: op.Parts[i].Slot, part: op.Parts[i], madeMs: g.nowMs})
	}
	if g.chance("reverse", 300) {
		for i, j := 0, len(op.Parts)-1; i < j; i, j = i+1, j-1 {
			op.Parts[i], op.Parts[j] = op.Parts[j], op.Parts[i]
		}
	}
	g.creates = append(g.creates, g.emit(op))
	g.interesting()
}

// anotherOf is another in a scope of its own, so that it does not share a label
// with the elements.
func (g *gen) anotherOf(label string, n, most, mean int) bool {
	g.enter(label+" more", n)
	defer g.leave()
	return g.another(n, most, mean)
}

// twist adds an identical or a contradicting entry; it reports whether the
// request will be refused.
func (g *gen) twist(op *Operation) bool {
	switch g.weighted("twist", 85, 10, 5) {
	case 1:
		op.Parts = append(op.Parts, op.Parts[g.n("same", len(op.Parts))])
	case 2:
		other := op.Parts[g.n("other", len(op.Parts))]
		if g.chance("begins later", 400) {
			other.Since = &Time{Base: WallGrid, Offset: -7 * g.p.GridMs}
		} else {
			other.Schema = (other.Schema + 1) % schemas
		}
		op.Parts = append(op.Parts, other)
		return true
	}
	return false
}

// schemas is how many schemas the plans use.
const schemas = 4

func (g *gen) description(before []Part) Part {
	v := Part{Slot: g.freshSlot(), Kind: pick(g, "kind", KindTable, KindTable, KindTable, KindReported), Schema: g.n("schema", schemas)}
	if e := g.exportWhich("prepared", prepared); e != nil && g.chance("id of a prepared export", 20) {
		v.Slot = e.part.Slot
	}
	if g.chance("managed", 120) {
		g.manage(&v)
	}
	if g.chance("since", 200) {
		since := pick(g, "at", Time{Base: WallGrid}, Time{}, Time{Offset: g.p.GridMs}, Time{Base: WallGrid, Offset: -g.p.GridMs}, Time{Base: WallGrid, Offset: 5 * g.p.GridMs})
		v.Since = &since
	}
	g.farSince(&v)
	if g.chance("status", 120) {
		v.Status = g.statusOf(before)
	}
	return v
}

// statusOf is a status collection: an existing one, one of the same list, and
// seldom one that is missing or dropped.
func (g *gen) statusOf(before []Part) int {
	switch g.weighted("status is", 6, 4, 1) {
	case 0:
		if c := g.choose("which", anyLive); c != nil {
			return c.slot
		}
	case 1:
		if len(before) > 0 {
			return before[g.n("earlier", len(before))].Slot
		}
	case 2:
		return g.oddSlot()
	}
	return 0
}

// createAgain repeats an earlier create with the same arguments.
func (g *gen) createAgain() {
	if len(g.creates) == 0 {
		g.create()
		return
	}
	g.again(&g.p.Ops[g.creates[g.n("which", len(g.creates))]], Admin)
	g.interesting()
}

// again asks the same once more.
func (g *gen) again(op *Operation, as Character) {
	same := *op
	same.Node = 0
	same.As = as
	g.emit(same)
}

// drop drops one to three collections, often with an append, a read or a hold
// around the same time.
func (g *gen) drop() {
	op := Operation{Kind: OpDrop, As: Admin, Unvalidated: g.chance("unvalidated", 250)}
	g.bystander("before")
	for i := 0; i == 0 || g.anotherOf("id", i, 3, 2); i++ {
		g.enter("id", i)
		c := g.choose("which", anyLive)
		if c != nil && (g.live() > 1 || g.chance("last", 200)) {
			g.gone(c)
			op.Parts = append(op.Parts, Part{Slot: c.slot})
		}
		g.leave()
	}
	if op.Unvalidated && g.chance("unknown too", 500) || len(op.Parts) == 0 {
		op.Parts = append(op.Parts, Part{Slot: g.nextSlot + 1 + g.n("unknown", 3)})
	}
	if g.chance("twice", 100) {
		op.Parts = append(op.Parts, op.Parts[0])
	}
	g.emit(op)
	g.interesting()
}

// bystander is somebody who uses a collection while others change it.
func (g *gen) bystander(label string) {
	g.enter(label, 0)
	defer g.leave()
	switch g.weighted("bystander", 6, 2, 2, 1) {
	case 1:
		g.appendOne()
	case 2:
		g.acquire()
	case 3:
		g.snapshot()
	}
}

// dropAgain drops what is already dropped.
func (g *gen) dropAgain() {
	c := g.choose("which", goneOnes)
	if c == nil {
		g.setPolicy()
		return
	}
	g.emit(Operation{Kind: OpDrop, As: Admin, Unvalidated: g.chance("unvalidated", 300), Parts: []Part{{Slot: c.slot}}})
}

// recreate tries to make a dropped id again.
func (g *gen) recreate() {
	c := g.choose("which", goneOnes)
	if c == nil {
		g.createAgain()
		return
	}
	part := c.part
	if g.chance("another", 300) {
		part.Schema = (part.Schema + 1) % schemas
	}
	g.emit(Operation{Kind: OpCreate, As: Admin, Parts: []Part{part}})
}

// setPolicy installs one to three policies, which may contradict each other.
func (g *gen) setPolicy() {
	op := Operation{Kind: OpSetPolicy, As: Admin}
	for i := 0; i == 0 || g.anotherOf("policy", i, 4, 2); i++ {
		g.enter("policy", i)
		slot := 0
		if i > 0 && g.chance("same id", 300) {
			slot = op.Parts[0].Slot
		} else {
			slot = g.aim("of", anyLive)
		}
		v := g.policy(0)
		op.Parts = append(op.Parts, Part{Slot: slot, Policy: &v})
		g.leave()
	}
	g.emit(op)
	g.interesting()
}

// policy is a policy of any shape, mostly a lag.
func (g *gen) policy(depth int) Policy {
	g.enter("policy depth", depth)
	defer g.leave()
	shapes := []int{10, 4, 2}
	if depth >= 3 {
		shapes = shapes[:2]
	}
	switch g.weighted("shape", shapes...) {
	case 1:
		from := Time{
			Base:   pick(g, "base", Since, Upper, WallGrid, Zero),
			Offset: g.near("offset"),
		}
		return Policy{From: &from}
	case 2:
		of := []Policy{}
		for i := 0; i == 0 || g.anotherOf("member", i, 3, 2); i++ {
			g.enter("member", i)
			of = append(of, g.policy(depth+1))
			g.leave()
		}
		return Policy{Of: &of}
	}
	grid := uint64(g.p.GridMs)
	lag := pick(g, "lag", grid, 0, 1, 2*grid, 3*grid, grid+1, 5*grid, 1000, 3000)
	return Policy{Lag: &lag}
}
