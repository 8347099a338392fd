package plan

// story lets the characters act one after the other until the plan has enough
// operations or the chaos phase is over.
func (g *gen) story() {
	g.opening()
	weights := g.habits()
	if g.sh.dense {
		g.nowMs += pick(g, "settles", int64(100), 0, 200, 400)
	}
	for i := 0; g.goesOn(i); i++ {
		g.enter("act", i)
		left := max(1, g.sh.ops-len(g.p.Ops))
		g.nowMs += g.pause((g.sh.chaosMs - g.nowMs) / int64(left))
		if g.nowMs < g.sh.chaosMs {
			g.act(weights)
		}
		g.leave()
	}
}

// goesOn asks for another act.
func (g *gen) goesOn(i int) bool {
	g.enter("acts", i)
	defer g.leave()
	return g.nowMs < g.sh.chaosMs && len(g.p.Ops) < g.sh.ops && g.another(i, g.sh.ops, 1<<12)
}

// pause is the time between two acts: often none or next to none, so that they
// overlap, and somewhat more than gap on average, because some acts are several
// operations.
func (g *gen) pause(gap int64) int64 {
	gap = min(gap, 10_000)
	switch g.weighted("pause", 5, 2, 2, 1) {
	case 1:
		return 0
	case 2:
		return g.between("few ms", 0, 20)
	case 3:
		return g.between("long", 0, 6*gap)
	}
	return g.between("gap", 0, 3*gap)
}

// opening creates most of the collections, beginning before the first boot ends.
func (g *gen) opening() {
	most := max(1, g.sh.collections*3/4)
	for i := 0; g.live() < most && i < g.sh.collections; i++ {
		g.enter("opening", i)
		made := len(g.collections)
		g.create()
		g.nowMs += pick(g, "then", int64(20), 0, 1, 100, 500)
		g.follow(g.collections[made:])
		if g.sh.hosted && i < 3 {
			g.openHosted()
		}
		g.leave()
	}
}

// openHosted begins with something that runs on a host.
func (g *gen) openHosted() {
	switch g.weighted("opens with", 5, 3, 2) {
	case 0:
		g.createIngestion()
	case 1:
		g.prepare()
	}
}

// follow mostly lets the sinces of new collections follow their uppers at a short
// distance, so that there is something to hold back.
func (g *gen) follow(made []guess) {
	op := Operation{Kind: OpSetPolicy, As: Admin}
	for i := range made {
		g.enter("follow", i)
		if g.chance("lags", 700) {
			lag := uint64(pick(g, "behind", g.p.GridMs, 0, 1, 2*g.p.GridMs, 3*g.p.GridMs))
			op.Parts = append(op.Parts, Part{Slot: made[i].slot, Policy: &Policy{Lag: &lag}})
		}
		g.leave()
	}
	if len(op.Parts) > 0 {
		g.emit(op)
	}
}

// acts in the order of habits' weights.
const (
	actCreate = iota
	actCreateAgain
	actDrop
	actDropAgain
	actRecreate
	actPolicy
	actAppend
	actBurst
	actMultiAppend
	actClose
	actReport
	actAcquire
	actMove
	actRenew
	actRelease
	actCapabilities
	actSnapshot
	actCollection
	actDump
	actCancel
	actHostile
	actLostRace
	actSlowRead
	actDropUnderReaders
	actHeldBack
	actMappingRace
	actTurns
	actTangle
	actErrorTakenBack
	actCount
)

// habits draws how much of everything there is in this plan (swarm: some plans
// lack some of it, or have a lot of it).
func (g *gen) habits() []int {
	g.enter("habits", 0)
	defer g.leave()
	base := [actCount]int{
		actCreate: 4, actCreateAgain: 2, actDrop: 3, actDropAgain: 1, actRecreate: 1, actPolicy: 8,
		actAppend: 20, actBurst: 6, actMultiAppend: 6, actClose: 1, actReport: 8, actAcquire: 9,
		actMove: 6, actRenew: 4, actRelease: 5, actCapabilities: 7, actSnapshot: 14,
		actCollection: 5, actDump: 1, actCancel: 2, actHostile: g.sh.hostile,
		actLostRace: 1, actSlowRead: 2, actDropUnderReaders: 1, actHeldBack: 2, actMappingRace: 2,
		actTurns: 4, actTangle: 2, actErrorTakenBack: 1,
	}
	weights := make([]int, actCount)
	total := 0
	for i, w := range base {
		g.enter("habit", i)
		weights[i] = 4 * w * pick(g, "much", 4, 4, 4, 4, 4, 2, 8, 16, 0) / 4
		total += weights[i]
		g.leave()
	}
	if g.sh.hosted {
		weights = g.hostedHabits(weights)
	}
	if weights[actHostile] == 0 && g.sh.hostile > 50 {
		weights[actHostile] = 4 * g.sh.hostile
	}
	if total == 0 {
		weights[actAppend] = 1
	}
	return weights
}

func (g *gen) act(weights []int) {
	act := g.weighted("act", weights...)
	if act >= actCount {
		g.hostedAct(act)
		return
	}
	switch act {
	case actCreate:
		g.createMore()
	case actCreateAgain:
		g.createAgain()
	case actDrop:
		g.drop()
	case actDropAgain:
		g.dropAgain()
	case actRecreate:
		g.recreate()
	case actPolicy:
		g.setPolicy()
	case actAppend:
		g.appendOne()
	case actBurst:
		g.burst()
	case actMultiAppend:
		g.multiAppend()
	case actClose:
		g.closeTable()
	case actReport:
		g.report()
	case actAcquire:
		g.acquire()
	case actMove:
		g.move()
	case actRenew:
		g.renew()
	case actRelease:
		g.release()
	case actCapabilities:
		g.capabilities()
	case actSnapshot:
		g.snapshot()
	case actCollection:
		g.emit(Operation{Kind: OpCollection, As: Reader, Parts: []Part{{Slot: g.aim("of", anyLive)}}})
	case actDump:
		g.emit(Operation{Kind: OpDump, As: Reader})
	case actCancel:
		g.cancel()
	case actHostile:
		g.hostileAct()
	case actLostRace:
		g.lostRace()
	case actSlowRead:
		g.slowRead()
	case actDropUnderReaders:
		g.dropUnderReaders()
	case actHeldBack:
		g.heldBack()
	case actMappingRace:
		g.mappingRace()
	case actTurns:
		g.turns()
	case actTangle:
		g.beside(g.tangle)
	case actErrorTakenBack:
		g.beside(g.errorTakenBack)
	}
}

// cancel gives up one of the latest operations, open or not.
func (g *gen) cancel() {
	n := min(len(g.p.Ops), 6)
	if n == 0 {
		return
	}
	target := g.p.Ops[len(g.p.Ops)-1-g.n("back", n)]
	g.emit(Operation{Kind: OpCancel, As: target.As, Target: target.ID})
}
