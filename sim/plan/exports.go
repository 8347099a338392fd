package plan

// exportSlot is the id of an export to ask something of: mostly one that is there.
func (g *gen) exportSlot() int {
	if len(g.exports) == 0 || g.chance("odd", g.sh.oddPermille) {
		return g.oddSlot()
	}
	return g.exports[g.n("export", len(g.exports))].part.Slot
}

// exportWhich draws one of the exports that pass; nil if none does.
func (g *gen) exportWhich(label string, pass func(e *exportGuess) bool) *exportGuess {
	n := 0
	for i := range g.exports {
		if pass(&g.exports[i]) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	k := g.n(label, n)
	for i := range g.exports {
		if pass(&g.exports[i]) {
			if k == 0 {
				return &g.exports[i]
			}
			k--
		}
	}
	return nil
}

func prepared(e *exportGuess) bool { return !e.created && !e.dropped && !e.ended }
func created(e *exportGuess) bool  { return e.created && !e.dropped }

// prepare freezes a collection for an export that is to come, and mostly creates it
// soon; or the token is renewed for a while, cancelled, or left to lapse.
func (g *gen) prepare() {
	e := exportGuess{owner: g.owner()}
	e.part = Part{Slot: g.freshSlot(), From: g.aim("from", anyLive), Sink: 1 + g.n("sink", 3)}
	if known := g.exportWhich("known", func(*exportGuess) bool { return true }); known != nil && g.chance("known id", 100) {
		e.part.Slot = known.part.Slot
	}
	g.place(&e.part)
	e.part.Snapshot = g.chance("snapshot", 700)
	e.part.Time = pick(g, "as of", Time{Base: Since}, Time{Base: Upper, Offset: -1}, Time{Base: Upper}, Time{},
		Time{Base: Upper, Offset: g.p.GridMs}, Time{Base: Since, Offset: -1})
	if g.chance("status", 150) {
		e.part.Status = g.hostStatus(KindSinkStatus)
	}
	g.exports = append(g.exports, e)
	g.emit(Operation{Kind: OpPrepare, As: Admin, Owner: e.owner, Parts: []Part{{Slot: e.part.Slot, From: e.part.From}}})
	g.interesting()
	switch g.weighted("then", 7, 2, 2, 2) {
	case 0:
		g.nowMs += pick(g, "creates after", int64(50), 5, 200, 1000)
		if g.sh.dense {
			g.nowMs += pick(g, "answered after", int64(150), 20, 100, 300)
		}
		g.createExports()
	case 1:
		g.nowMs += pick(g, "renews after", g.p.Config.HoldLeaseMs/3, 100, g.p.Config.HoldLeaseMs-1)
		g.withToken(OpRenewToken, &g.exports[len(g.exports)-1])
	case 2:
		g.nowMs += pick(g, "cancels after", int64(30), 0, 500)
		g.withToken(OpCancelToken, &g.exports[len(g.exports)-1])
	}
}

// withToken renews or cancels a token, now and then another one than it should.
func (g *gen) withToken(kind OpKind, e *exportGuess) {
	v := Part{Slot: e.part.Slot, From: e.part.From}
	switch g.weighted("token is", 90, 4, 4) {
	case 1:
		v.BadToken = true
	case 2:
		v.TokenOf = g.exportSlot()
	}
	e.ended = e.ended || kind == OpCancelToken
	owner := e.owner
	if g.chance("another owner", 60) {
		owner = g.owner()
	}
	g.emit(Operation{Kind: kind, As: Admin, Owner: owner, Parts: []Part{v}})
	g.interesting()
}

// useToken renews or cancels one, perhaps twice, or after it was used.
func (g *gen) useToken() {
	e := g.exportWhich("whose", func(e *exportGuess) bool { return prepared(e) || g.sh.oddPermille > 50 })
	if e == nil {
		g.prepare()
		return
	}
	kind := pick(g, "does", OpRenewToken, OpRenewToken, OpCancelToken)
	g.withToken(kind, e)
	if g.chance("again", 200) {
		g.nowMs += pick(g, "again after", int64(5), 0, 100)
		g.withToken(kind, e)
	}
}

// createExports creates one to three prepared exports in one request.
func (g *gen) createExports() {
	op := Operation{Kind: OpExports, As: Admin}
	for i := 0; i == 0 || g.anotherOf("export", i, 3, 2); i++ {
		g.enter("export", i)
		if e := g.exportWhich("which", prepared); e != nil {
			e.created = !placedWrong(&e.part)
			op.Parts = append(op.Parts, g.shown(e.part))
		} else if i == 0 {
			// One that nobody prepared.
			op.Parts = append(op.Parts, Part{Slot: g.freshSlot(), From: g.aim("from", anyLive), Sink: 1, Size: 1, Snapshot: true, Time: Time{Base: Since}})
		}
		g.leave()
	}
	if g.chance("twice", 30) {
		op.Parts = append(op.Parts, op.Parts[0])
	}
	g.emit(op)
	g.interesting()
}

// shown is an export's part as it is sent: now and then with something wrong in it.
func (g *gen) shown(v Part) Part {
	switch g.weighted("wrong", 88, 2, 2, 3, 3, 1) {
	case 1:
		v.BadToken = true
	case 2:
		v.TokenOf = g.exportSlot()
	case 3:
		v.From = g.aim("from another", anyLive)
	case 4:
		v.Close = true
	case 5:
		v.BadFrontier = true
	}
	g.oddExport(&v)
	return v
}

// exportsAgain creates an export again, as it is or as another.
func (g *gen) exportsAgain() {
	e := g.exportWhich("which", func(e *exportGuess) bool { return e.created })
	if e == nil {
		g.createExports()
		return
	}
	v := e.part
	if g.chance("another sink", 250) {
		v.Sink++
	}
	v.BadToken = g.chance("without a token", 300)
	g.emit(Operation{Kind: OpExports, As: Admin, Parts: []Part{v}})
}

// alterExports gives one or two exports another input, sink or host.
func (g *gen) alterExports() {
	op := Operation{Kind: OpAlterExports, As: Admin}
	for i := 0; i == 0 || g.anotherOf("altered", i, 2, 2); i++ {
		g.enter("altered", i)
		if e := g.exportWhich("which", created); e != nil {
			if g.chance("another input", 600) {
				e.part.From = g.aim("from", anyLive)
			}
			if g.chance("another status", 250) {
				e.part.Status = g.hostStatus(KindSinkStatus)
			}
			if g.chance("another host", 300) {
				v := e.part
				v.Size, v.Remote = 0, 0
				if g.place(&v); !placedWrong(&v) {
					e.part = v
				}
			}
			v := e.part
			g.oddExport(&v)
			op.Parts = append(op.Parts, v)
		} else if i == 0 {
			op.Parts = append(op.Parts, Part{Slot: g.exportSlot(), From: g.aim("from", anyLive), Sink: 1, Size: 1})
		}
		g.leave()
	}
	g.emit(op)
	g.interesting()
}

// dropExports drops one to three exports, created or only prepared, or unknown ones.
func (g *gen) dropExports() {
	op := Operation{Kind: OpDropExports, As: Admin, Unvalidated: g.chance("unvalidated", 250)}
	for i := 0; i == 0 || g.anotherOf("dropped", i, 3, 2); i++ {
		g.enter("dropped", i)
		if e := g.exportWhich("which", func(e *exportGuess) bool { return !e.dropped }); e != nil {
			e.dropped = e.created
			e.ended = true
			op.Parts = append(op.Parts, Part{Slot: e.part.Slot})
		} else if i == 0 {
			op.Parts = append(op.Parts, Part{Slot: g.exportSlot()})
		}
		g.leave()
	}
	if g.chance("twice", 100) {
		op.Parts = append(op.Parts, op.Parts[0])
	}
	g.emit(op)
	g.interesting()
}
