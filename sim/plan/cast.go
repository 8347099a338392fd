package plan

// cast is what the generator believes to exist, so that most operations aim at
// something that is there. It is a guess: the run decides.
type cast struct {
	collections []guess
	// nextSlot is the next slot never used, free are slots that were passed over.
	nextSlot int
	free     []int
	// holds are named ones, counts are capabilities (their hold is 0), both the
	// newest last.
	holds, counts []heldGuess
	nextHold      int
	// creates and asked are indices of operations that can be repeated.
	creates, asked []int
}

// guess is a collection that was probably created.
type guess struct {
	slot    int
	part    Part
	madeMs  int64
	dropped bool
	// droppedMs is when, if it was.
	droppedMs int64
	closed    bool
	// silent tables are not written any more.
	silent bool
}

// heldGuess is a hold that was probably granted.
type heldGuess struct{ owner, hold, slot int }

// filter selects collections.
type filter uint8

const (
	anyLive filter = iota
	liveTable
	liveReported
	goneOnes
)

func (c *guess) is(f filter) bool {
	switch f {
	case anyLive:
		return !c.dropped
	case liveTable:
		return !c.dropped && c.part.Kind == KindTable && !c.silent
	case liveReported:
		return !c.dropped && c.part.Kind == KindReported
	case goneOnes:
		return c.dropped
	}
	return false
}

// choose draws one of the collections that pass the filter; nil if none does.
func (g *gen) choose(label string, f filter) *guess {
	n := 0
	for i := range g.collections {
		if g.collections[i].is(f) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	k := g.n(label, n)
	for i := range g.collections {
		if g.collections[i].is(f) {
			if k == 0 {
				return &g.collections[i]
			}
			k--
		}
	}
	return nil
}

// aim is a slot to ask something of: mostly one that passes the filter, now and
// then one that was dropped, is of another kind, or never was.
func (g *gen) aim(label string, f filter) int {
	g.enter(label, 0)
	defer g.leave()
	if g.chance("odd", g.sh.oddPermille) {
		return g.oddSlot()
	}
	if c := g.choose("which", f); c != nil {
		return c.slot
	}
	if c := g.choose("any", anyLive); c != nil {
		return c.slot
	}
	return max(1, g.nextSlot)
}

// oddSlot is a collection of any kind, dropped, coming next, or none.
func (g *gen) oddSlot() int {
	switch g.n("what", 4) {
	case 0:
		if c := g.choose("live", anyLive); c != nil {
			return c.slot
		}
	case 1:
		if c := g.choose("gone", goneOnes); c != nil {
			return c.slot
		}
	case 2:
		return g.nextSlot + 1
	}
	return g.nextSlot + 1 + g.n("beyond", 5)
}

// gone notes that a collection is being dropped.
func (g *gen) gone(c *guess) { c.dropped, c.droppedMs = true, g.nowMs }

func (g *gen) find(slot int) *guess {
	for i := range g.collections {
		if g.collections[i].slot == slot {
			return &g.collections[i]
		}
	}
	return nil
}

// live counts the collections that probably exist.
func (g *gen) live() int {
	n := 0
	for i := range g.collections {
		if !g.collections[i].dropped {
			n++
		}
	}
	return n
}

// freshSlot is a slot that was never used; now and then one is passed over and
// used later, so that ids do not come in the order of creation.
func (g *gen) freshSlot() int {
	if len(g.free) > 0 && g.chance("passed over", 400) {
		slot := g.free[len(g.free)-1]
		g.free = g.free[:len(g.free)-1]
		return slot
	}
	g.nextSlot++
	if g.chance("pass over", 200) {
		g.free = append(g.free, g.nextSlot)
		g.nextSlot++
	}
	return g.nextSlot
}

// emit appends an operation at the present moment and returns its index.
func (g *gen) emit(op Operation) int {
	g.nextID++
	op.ID = g.nextID
	op.AtMs = g.nowMs
	if op.Node == 0 {
		op.Node = g.target()
	}
	g.p.Ops = append(g.p.Ops, op)
	i := len(g.p.Ops) - 1
	if g.repeatable(&g.p.Ops[i]) {
		g.asked = append(g.asked, i)
	}
	return i
}

// target is the controller asked first: mostly the one that the client believes
// in, sometimes a fixed one, which may be deposed.
func (g *gen) target() Node { return [...]Node{-1, 0, 1}[g.weighted("node", 36, 2, 1)] }

// repeatable operations are well-formed, so that repeating them is wrong by timing
// at most.
func (g *gen) repeatable(op *Operation) bool { return op.Kind != OpCancel && WellFormed(op) }

// interesting marks the present moment as one to aim faults at.
func (g *gen) interesting() { g.moments = append(g.moments, g.nowMs) }

// WellFormed reports whether an operation could be that of an honest client: if
// it is refused, then because of when it comes.
func WellFormed(op *Operation) bool {
	switch op.Kind {
	case OpRaw:
		return false
	case OpAcquire, OpMove, OpRelease:
		if op.Owner == 0 || op.Hold == 0 {
			return false
		}
	case OpRenew, OpCapabilities:
		if op.Owner == 0 {
			return false
		}
	default:
	}
	for i := range op.Parts {
		v := &op.Parts[i]
		if v.Slot < 1 || v.System || v.Transient || v.BadRow || v.Beyond ||
			v.BadStatus || v.BadFrontier || !v.Odd.allowed() || v.Diff > 1<<40 || v.Diff < -1<<40 || v.Status == v.Slot ||
			v.Policy != nil && !v.Policy.wellFormed() {
			return false
		}
	}
	return true
}

func (v *Policy) wellFormed() bool {
	if v.FromEmpty || v.Nodes != nil || v.Of != nil && len(*v.Of) == 0 {
		return false
	}
	if v.Of != nil {
		for i := range *v.Of {
			if !(*v.Of)[i].wellFormed() {
				return false
			}
		}
	}
	return true
}
