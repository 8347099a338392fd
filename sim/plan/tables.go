package plan

// appendOne appends to one table.
func (g *gen) appendOne() {
	g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{g.appendTo(g.aim("to", liveTable))}})
}

// appendTo is what is appended to a table: rows, or a mere advance, up to a time
// that is mostly just ahead of its upper.
func (g *gen) appendTo(slot int) Part {
	v := Part{Slot: slot, Rows: pick(g, "rows", 1, 0, 2, 3, 8), Time: g.newUpper()}
	if g.chance("retract", 150) {
		v.Retract = true
	}
	if g.chance("error row", 50) {
		v.ErrorRow = true
		if v.ErrorBack = g.chance("and back", 700); v.ErrorBack {
			v.Rows = max(v.Rows, 2)
		}
	}
	switch g.weighted("wrong", 92, 4, 2, 2) {
	case 1:
		v.Early = true
	case 2:
		v.Beyond = true
	case 3:
		v.BadRow = true
	}
	return v
}

// newUpper is where an append leads.
func (g *gen) newUpper() Time {
	grid := g.p.GridMs
	switch g.weighted("upper is", 10, 6, 2, 1) {
	case 1:
		return Time{Base: WallGrid, Offset: pick(g, "from wall", int64(0), grid, 2*grid, 1)}
	case 2:
		return Time{Base: Upper, Offset: g.near("near")}
	case 3:
		return Time{Base: Since, Offset: g.near("near since")}
	}
	return Time{Base: Upper, Offset: pick(g, "ahead", grid, 1, 2*grid, 3*grid, 5*grid)}
}

// burst appends several times to one table within one round trip, so that the
// controller merges them; sometimes the last ones are empty and then there is
// silence.
func (g *gen) burst() {
	slot := g.aim("to", liveTable)
	g.interesting()
	quiet := g.chance("then silence", 250)
	ahead := int64(0)
	for i := 0; i < 2 || g.anotherOf("append", i, 8, 4); i++ {
		g.enter("append", i)
		v := g.appendTo(slot)
		if !g.chance("no further", 100) {
			ahead += pick(g, "step", g.p.GridMs, 1)
		}
		v.Time = Time{Base: Upper, Offset: ahead}
		g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{v}})
		g.nowMs += pick(g, "then", int64(0), 0, 0, 1, 2, 4)
		g.leave()
	}
	if quiet {
		g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{{Slot: slot, Time: Time{Base: Upper, Offset: 20 * g.p.GridMs}}}})
		if c := g.find(slot); c != nil {
			c.silent = true
		}
	}
	g.interesting()
}

// multiAppend appends to several tables in one request, one of them twice at
// times.
func (g *gen) multiAppend() {
	op := Operation{Kind: OpAppend, As: TableWriter}
	for i := 0; i < 2 || g.anotherOf("part", i, 5, 2); i++ {
		g.enter("part", i)
		slot := g.aim("to", liveTable)
		if i > 0 && g.chance("same id", 150) {
			slot = op.Parts[0].Slot
		}
		op.Parts = append(op.Parts, g.appendTo(slot))
		g.leave()
	}
	g.emit(op)
	g.interesting()
}

// closeTable advances a table to the empty frontier.
func (g *gen) closeTable() {
	slot := g.aim("which", liveTable)
	v := g.appendTo(slot)
	v.Close = true
	g.emit(Operation{Kind: OpAppend, As: TableWriter, Parts: []Part{v}})
	if c := g.find(slot); c != nil {
		c.closed = true
	}
}

// report writes reported collections and tells the controller.
func (g *gen) report() {
	if g.choose("is there one", liveReported) == nil && !g.chance("of a table", 200) {
		g.appendOne()
		return
	}
	op := Operation{Kind: OpReport, As: Reporter}
	for i := 0; i == 0 || g.anotherOf("part", i, 4, 2); i++ {
		g.enter("part", i)
		slot := g.aim("of", liveReported)
		switch {
		case i > 0 && g.chance("same id", 150):
			slot = op.Parts[0].Slot
		case i > 0 && g.chance("spoilt", 150):
			slot = g.oddSlot()
		}
		v := Part{Slot: slot, Rows: pick(g, "rows", 0, 1, 2, 4), Time: g.newUpper()}
		v.Retract = g.chance("retract", 150)
		v.Close = g.chance("close", 30)
		op.Parts = append(op.Parts, v)
		g.leave()
	}
	g.emit(op)
}

// writers gives about half of the tables a client that advances them for ever.
func (g *gen) writers() {
	if !g.sh.writers {
		return
	}
	for i := range g.collections {
		c := &g.collections[i]
		if c.part.Kind != KindTable || c.closed || c.silent {
			continue
		}
		g.enter("writer", i)
		if g.chance("has one", 600) {
			g.p.Writers = append(g.p.Writers, g.writer(c))
		}
		g.leave()
	}
}

func (g *gen) writer(c *guess) Writer {
	w := Writer{ID: len(g.p.Writers) + 1, Slot: c.slot, StartMs: c.madeMs + pick(g, "start", int64(100), 0, 1000)}
	w.PeriodMs = pick(g, "period", int64(1000), 200, 500, 2000, 5000)
	if len(g.collections) > 20 {
		w.PeriodMs = max(w.PeriodMs, 1000)
	}
	switch {
	case c.dropped && g.chance("ends with it", 800):
		w.UntilMs = max(w.StartMs+1, c.droppedMs+pick(g, "soon after", int64(10), 0, 100, 1000))
	case g.chance("ends", 200):
		w.UntilMs = g.between("until", w.StartMs+1, g.sh.chaosMs)
	}
	w.ServedClock = g.chance("served clock", 400)
	w.RowsEvery = pick(g, "rows every", 1, 0, 2, 3)
	if w.RowsEvery > 0 {
		w.Rows = pick(g, "rows", 1, 2, 4)
		w.Keys = pick(g, "keys", 4, 1, 16)
	}
	return w
}
