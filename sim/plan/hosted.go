package plan

import "slices"

// troupe is what the generator believes to exist of what runs on hosts.
type troupe struct {
	exports []exportGuess
	// remotes is how many remote hosts the plan speaks of.
	remotes int
}

// exportGuess is an export that was probably prepared, and perhaps created.
type exportGuess struct {
	part             Part
	owner            int
	created, dropped bool
	// ended tokens were cancelled, or are about to lapse.
	ended bool
}

// hostedSlot is what runs on a host.
type hostedSlot struct {
	slot, remote, size int
}

// Acts about hosts, in the order of hostedWeights.
const (
	actIngestion = actCount + iota
	actAlter
	actPrepare
	actExports
	actExportsAgain
	actAlterExports
	actDropExports
	actToken
	actExportInfo
	actDropIngestion
	actStatus
	actChurn
	actHostedCount
)

// hostedHabits draws how much of everything about hosts there is in this plan.
func (g *gen) hostedHabits(weights []int) []int {
	base := [...]int{
		actIngestion - actCount: 6, actAlter - actCount: 7, actPrepare - actCount: 6, actExports - actCount: 8,
		actExportsAgain - actCount: 2, actAlterExports - actCount: 3, actDropExports - actCount: 3,
		actToken - actCount: 4, actExportInfo - actCount: 3, actDropIngestion - actCount: 3, actStatus - actCount: 1,
		actChurn - actCount: 2,
	}
	if g.sh.dense {
		base[actPrepare-actCount], base[actExports-actCount] = 16, 2
		base[actAlterExports-actCount], base[actAlter-actCount] = 6, 10
	}
	// The rarest scene stays as frequent as it is without hosts.
	weights[actSlowRead] += 4
	for i, w := range base {
		g.enter("hosted habit", i)
		weights = append(weights, 4*w*pick(g, "much", 4, 4, 4, 4, 2, 8, 16, 0)/4)
		g.leave()
	}
	if g.sh.churn {
		weights[actChurn] = max(weights[actAppend], 400)
	}
	return weights
}

func (g *gen) hostedAct(act int) {
	switch act {
	case actIngestion:
		if g.live() >= g.sh.collections+6 {
			g.alter()
			return
		}
		g.createIngestion()
	case actAlter:
		g.alter()
	case actPrepare:
		g.prepare()
	case actExports:
		if g.sh.dense && g.exportWhich("any", prepared) == nil {
			g.prepare()
			return
		}
		g.createExports()
	case actExportsAgain:
		g.exportsAgain()
	case actAlterExports:
		g.alterExports()
	case actDropExports:
		g.dropExports()
	case actToken:
		g.useToken()
	case actExportInfo:
		g.emit(Operation{Kind: OpExport, As: Reader, Parts: []Part{{Slot: g.exportSlot()}}})
	case actDropIngestion:
		g.dropIngestion()
	case actChurn:
		g.churn()
	case actStatus:
		g.createOne(Part{Kind: pick(g, "status of", KindSourceStatus, KindSinkStatus)})
	}
}

// place puts a part on a host: mostly a managed one of its own, and now and then on
// none, or on two at once.
func (g *gen) place(v *Part) {
	switch g.weighted("host is", g.hostKinds()...) {
	case 0:
		v.Size = pick(g, "size", 1, 2, 3)
	case 1:
		v.Remote = 1 + g.n("remote", 3)
		g.remotes = max(g.remotes, v.Remote)
	case 3:
		v.Size, v.Remote = 1, 1
	}
}

// hostKinds are the weights of a managed host, a remote one, none, and two. What churns
// is mostly remote: such hosts nobody can stop.
func (g *gen) hostKinds() []int {
	if g.sh.churn {
		return []int{35, 62, 2, 1}
	}
	return []int{60, 36, 2, 2}
}

// placedWrong reports that a part's host is none.
func placedWrong(v *Part) bool { return (v.Size > 0) == (v.Remote > 0) }

// createIngestion makes an ingestion with up to three subsources, in one request with
// them and sometimes with something else.
func (g *gen) createIngestion() {
	op := Operation{Kind: OpCreate, As: Admin}
	main := Part{Slot: g.freshSlot(), Kind: KindIngestion, Source: g.source()}
	g.place(&main)
	outputs := g.sourceOf(main.Source).Outputs
	main.Output = g.n("output", outputs)
	g.fit(&main, main.Source)
	if g.chance("since", 100) {
		main.Since = &Time{Base: WallGrid, Offset: pick(g, "since at", int64(0), -g.p.GridMs, g.p.GridMs)}
	}
	for i := 0; i < 2 && g.chance("import", 200); i++ {
		main.Imports = append(main.Imports, g.aim("of", anyLive))
	}
	if g.chance("status", 250) {
		main.Status = g.hostStatus(KindSourceStatus)
	}
	op.Parts = append(op.Parts, main)
	if g.chance("reads itself", 15) {
		main.Imports = append(main.Imports, main.Slot)
		op.Parts[0] = main
	}
	for i := 0; g.anotherOf("subsource", i, 3, 2); i++ {
		g.enter("subsource", i)
		sub := Part{Slot: g.freshSlot(), Kind: KindSubsource, Of: main.Slot, Output: (main.Output + 1 + i) % max(outputs, 1)}
		if g.chance("another's output", 30) {
			sub.Output = main.Output
		}
		g.fit(&sub, main.Source)
		op.Parts = append(op.Parts, sub)
		if g.chance("is read by its own", 20) {
			op.Parts[0].Imports = append(op.Parts[0].Imports, sub.Slot)
			main.Imports = op.Parts[0].Imports
		}
		g.leave()
	}
	refused := placedWrong(&main) || g.sameOutput(op.Parts) || importsOwn(op.Parts)
	refused = g.oddPart(op.Parts) || refused
	for i := range op.Parts {
		if !refused {
			g.collections = append(g.collections, guess{slot: op.Parts[i].Slot, part: op.Parts[i], madeMs: g.nowMs})
		}
	}
	if g.chance("and a table", 200) {
		t := Part{Slot: g.freshSlot(), Kind: KindTable}
		op.Parts = append(op.Parts, t)
		if !refused {
			g.collections = append(g.collections, guess{slot: t.Slot, part: t, madeMs: g.nowMs})
		}
	}
	if g.chance("reverse", 300) {
		for i, j := 0, len(op.Parts)-1; i < j; i, j = i+1, j-1 {
			op.Parts[i], op.Parts[j] = op.Parts[j], op.Parts[i]
		}
	}
	g.creates = append(g.creates, g.emit(op))
	g.interesting()
	if g.chance("lags", 700) {
		g.followFilled(op.Parts)
	}
}

func (g *gen) followFilled(parts []Part) {
	op := Operation{Kind: OpSetPolicy, As: Admin}
	for i := range parts {
		lag := uint64(g.p.GridMs)
		op.Parts = append(op.Parts, Part{Slot: parts[i].Slot, Policy: &Policy{Lag: &lag}})
	}
	g.emit(op)
}

// importsOwn reports that an ingestion reads what it fills.
func importsOwn(parts []Part) bool {
	for i := range parts {
		if slices.Contains(parts[0].Imports, parts[i].Slot) {
			return true
		}
	}
	return false
}

func (g *gen) sameOutput(parts []Part) bool {
	for i := range parts {
		for j := range parts[:i] {
			if parts[i].Output == parts[j].Output {
				return true
			}
		}
	}
	return false
}

// fit gives a part the schema of the rows that its output has, or seldom another one,
// which nothing fits.
func (g *gen) fit(v *Part, source int) {
	v.Schema = (source + v.Output) % schemas
	if g.chance("another schema", 50) {
		v.Schema = (v.Schema + 1) % schemas
	}
}

// source is the number of a source that an ingestion follows: one of its own, or
// another one's.
func (g *gen) source() int {
	if n := len(g.p.Sources); n > 0 && (n >= 12 || g.chance("the same source", 250)) {
		return g.p.Sources[g.n("source", n)].ID
	}
	s := Source{ID: len(g.p.Sources) + 1, Outputs: pick(g, "outputs", 1, 2, 3, 4)}
	s.StartMs = pick(g, "speaks from", g.nowMs, 0, g.nowMs+1000)
	s.PeriodMs = pick(g, "speaks every", int64(500), 200, 1000, 3000)
	s.Rows = pick(g, "says", 1, 2, 4)
	s.Keys = pick(g, "keeps", 0, 3, 20)
	if g.chance("bursts", 300) {
		s.BurstEvery, s.Burst = pick(g, "burst every", 5, 3, 20), pick(g, "burst", 10, 40, 100)
	}
	if g.chance("pauses", 300) {
		s.IdleEvery = pick(g, "idle every", 2, 3, 7)
	}
	if g.chance("errs", 150) {
		s.ErrorEvery = pick(g, "error every", 10, 3, 50)
	}
	s.Gap = pick(g, "gap", 0, 0, 1, 5)
	s.Together = g.chance("together", 300)
	if g.chance("ends", 300) {
		s.UntilMs = g.between("until", s.StartMs+1, g.sh.chaosMs)
		s.Finish = g.chance("finishes", 600)
	}
	g.p.Sources = append(g.p.Sources, s)
	return s.ID
}

func (g *gen) sourceOf(id int) *Source { return &g.p.Sources[id-1] }

// hostStatus is a status collection for something that runs on a host: one that hosts
// may write rows of their own into. What they fill from a source is none.
func (g *gen) hostStatus(kind string) int {
	if c := g.bound(kind); c != nil && !g.chance("elsewhere", 300) {
		return c.slot
	}
	switch g.weighted("status is", 4, 4, 1) {
	case 0:
		if c := g.choose("table", liveTable); c != nil {
			return c.slot
		}
	case 1:
		if c := g.choose("reported", liveReported); c != nil {
			return c.slot
		}
	case 2:
		return neverMade
	}
	return 0
}

// neverMade is a slot that no plan makes anything of.
const neverMade = 1 << 19

// hostedSlots are the live ingestions and exports, in the order of creation.
func (g *gen) hostedSlots() []hostedSlot {
	var list []hostedSlot
	for i := range g.collections {
		if c := &g.collections[i]; !c.dropped && c.part.Kind == KindIngestion {
			list = append(list, hostedSlot{c.slot, c.part.Remote, c.part.Size})
		}
	}
	for i := range g.exports {
		if e := &g.exports[i]; e.created && !e.dropped {
			list = append(list, hostedSlot{e.part.Slot, e.part.Remote, e.part.Size})
		}
	}
	return list
}

// alter moves one to three things to other hosts, or to where they are.
func (g *gen) alter() {
	op := Operation{Kind: OpAlter, As: Admin}
	list := g.hostedSlots()
	if len(list) == 0 {
		g.createIngestion()
		return
	}
	for i := 0; i == 0 || g.anotherOf("move", i, 3, 2); i++ {
		g.enter("move", i)
		v := Part{Slot: list[g.n("which", len(list))].slot}
		if g.chance("odd", g.sh.oddPermille) {
			v.Slot = g.oddSlot()
		}
		g.place(&v)
		op.Parts = append(op.Parts, v)
		g.leave()
	}
	if !g.twiceMoved(op.Parts) {
		g.moved(op.Parts)
	}
	g.emit(op)
	g.interesting()
}

func (g *gen) twiceMoved(parts []Part) bool {
	for i := range parts {
		if placedWrong(&parts[i]) {
			return true
		}
		for j := range parts[:i] {
			if parts[i].Slot == parts[j].Slot {
				return true
			}
		}
	}
	return false
}

// moved notes where things run now.
func (g *gen) moved(parts []Part) {
	for i := range parts {
		v := &parts[i]
		if c := g.find(v.Slot); c != nil {
			c.part.Size, c.part.Remote = v.Size, v.Remote
		}
		for k := range g.exports {
			if e := &g.exports[k]; e.part.Slot == v.Slot {
				e.part.Size, e.part.Remote = v.Size, v.Remote
			}
		}
	}
}

// dropIngestion drops an ingestion together with its subsources, or without them, or
// one of them alone, in any order.
func (g *gen) dropIngestion() {
	var mains []int
	for i := range g.collections {
		if c := &g.collections[i]; !c.dropped && c.part.Kind == KindIngestion {
			mains = append(mains, i)
		}
	}
	if len(mains) == 0 {
		g.drop()
		return
	}
	main := &g.collections[mains[g.n("which", len(mains))]]
	op := Operation{Kind: OpDrop, As: Admin, Unvalidated: g.chance("unvalidated", 200), Parts: []Part{{Slot: main.slot}}}
	how := g.weighted("drops", 6, 2, 4)
	if how == 2 {
		op.Parts = nil
	}
	whole := true
	for i := range g.collections {
		c := &g.collections[i]
		if c.dropped || c.part.Kind != KindSubsource || c.part.Of != main.slot {
			continue
		}
		if how == 1 {
			whole = false
			continue
		}
		g.gone(c)
		op.Parts = append(op.Parts, Part{Slot: c.slot})
	}
	if how != 2 && whole {
		g.gone(main)
	}
	if len(op.Parts) == 0 {
		op.Parts = []Part{{Slot: main.slot}}
		g.gone(main)
	}
	g.bystander("before")
	g.emit(op)
	g.interesting()
}
