package plan

import (
	"fmt"
	"sort"
)

// ProfileDoc describes one profile.
type ProfileDoc struct{ Name, Doc string }

// Profiles are the kinds of plan that Generate makes.
func Profiles() []ProfileDoc {
	return []ProfileDoc{
		{"default", "a swarm: each seed has its own size, faults and habits; some have no faults, some are tiny, some run on the real shard machine"},
		{"calm", "clients of every character and no faults at all"},
		{"tiny", "one to three collections and a dozen operations, for failures that are easy to read"},
		{"hosts", "a swarm like the default one, with ingestions and exports in every plan"},
		{"churn", "few things on few hosts that move, change, end and begin in quick succession"},
		{Dense, "much that happens to few things of every kind within a few seconds, and little besides"},
		{"large", "64 to 200 collections and thousands of operations"},
		{"hostile", "mostly odd requests, storms of repeats and short-lived controllers"},
		{"reference", "the benchmark: 64 busy tables, ten operations a second, three simulated hours"},
	}
}

// shape is how big and how wild a plan is to be.
type shape struct {
	collections, ops int
	chaosMs          int64
	faulty           bool
	faults           int
	// oddPermille of the operations aim at collections that do not exist, hostile
	// is the weight of the hostile client.
	oddPermille, hostile int
	writers              bool
	// hosted plans have ingestions and exports; beyond: a host is gone for good.
	hosted, beyond bool
	// churn: what runs on hosts moves, changes and ends in quick succession.
	churn bool
	// dense: everything is short, and what only repeats itself is rare.
	dense bool
}

// Generate makes the plan of a seed. All chance comes from d; the seed itself
// only keys what is drawn while the plan runs.
func Generate(profile string, seed uint64, d Draws) (*Plan, error) {
	g := &gen{d: d, p: &Plan{Version: Version, Seed: seed, Profile: profile}, leader: 0}
	g.scoped, _ = d.(Scoped)
	if profile == "reference" {
		g.reference()
		return g.p, nil
	}
	sh, ok := g.shape(profile)
	if !ok {
		return nil, &Error{Where: "profile", Reason: fmt.Sprintf("%q is unknown; there are%s", oneLine(profile), profileNames())}
	}
	g.sh = sh
	g.sizes(profile)
	g.world()
	g.owners()
	g.story()
	g.lastMapping()
	g.writers()
	g.faults()
	g.hostFaults()
	g.lastBoot()
	g.storms()
	g.ends()
	g.trim()
	g.arrange()
	g.shards(profile)
	return g.p, nil
}

// shards has one default plan in ten run on the real shard machine, which costs three times
// as much.
func (g *gen) shards(profile string) {
	g.p.TightShards = g.chance("tight shards", 300)
	if profile == "default" && g.chance("stack", 100) {
		g.p.Shards = ShardsStack
	}
}

func profileNames() string {
	names := ""
	for _, p := range Profiles() {
		names += " " + p.Name
	}
	return names
}

// shape draws the size of a plan of a profile.
func (g *gen) shape(profile string) (shape, bool) {
	g.enter("shape", 0)
	defer g.leave()
	switch profile {
	case "default":
		sh := g.ordinary()
		sh.faulty = g.chance("faulty", 880)
		return sh, true
	case "hosts":
		sh := g.ordinary()
		sh.faulty = g.chance("faulty", 850)
		return sh, true
	case "churn":
		sh := g.churning()
		sh.faulty = g.chance("faulty", 900)
		return sh, true
	case Dense:
		sh := g.crowded()
		sh.faulty = g.chance("faulty", 900)
		return sh, true
	case "calm":
		sh := g.medium()
		sh.hostile = 1
		return sh, true
	case "tiny":
		sh := g.small()
		sh.faulty = g.chance("faulty", 700)
		return sh, true
	case "large":
		return shape{
			collections: 64 + g.n("collections", 137), ops: 1000 + g.n("ops", 3001),
			chaosMs: 60_000 + 1000*int64(g.n("chaos", 121)), faulty: g.chance("faulty", 900),
			faults: 10 + g.n("faults", 40), oddPermille: 100, hostile: 6, writers: true,
		}, true
	case "hostile":
		sh := g.medium()
		sh.faulty = g.chance("faulty", 800)
		sh.oddPermille, sh.hostile = 400, 90
		return sh, true
	}
	return shape{}, false
}

// hostedPermille is how many of a thousand plans of a profile have hosts.
func hostedPermille(profile string) int {
	switch profile {
	case "hosts":
		return 1000
	case "large":
		return 600
	case Dense:
		return 750
	case "default":
		return 500
	}
	return 400
}

// sizes draws what a shape has besides: hosts, and a third controller.
func (g *gen) sizes(profile string) {
	g.enter("hosted", 0)
	defer g.leave()
	permille := hostedPermille(profile)
	if g.sh.churn {
		permille = 1000
	}
	if g.sh.hosted = g.chance("has hosts", permille); g.sh.hosted {
		// What is done with hosts comes on top.
		g.sh.ops += 1 + g.sh.ops*35/100
	}
	if permille == 0 || !g.sh.faulty {
		return
	}
	if g.chance("third controller", 150) {
		g.p.Controllers = 3
	}
	g.sh.beyond = g.sh.hosted && g.chance("beyond the budget", 60)
}

// ordinary is the default profile's mixture of sizes.
func (g *gen) ordinary() shape {
	switch g.weighted("size", 12, 60, 22, 6) {
	case 0:
		return g.small()
	case 1:
		return g.medium()
	case 2:
		return g.churning()
	}
	return shape{
		collections: 24 + g.n("collections", 97), ops: 300 + g.n("ops", 400),
		chaosMs: 40_000 + 1000*int64(g.n("chaos", 81)), faults: 6 + g.n("faults", 20),
		oddPermille: 100, hostile: 8, writers: true,
	}
}

func (g *gen) small() shape {
	return shape{
		collections: 1 + g.n("collections", 3), ops: 3 + g.n("ops", 14),
		chaosMs: 3000 + 1000*int64(g.n("chaos", 18)), faults: 1 + g.n("faults", 4),
		oddPermille: 80, hostile: 5, writers: g.chance("writers", 300),
	}
}

func (g *gen) medium() shape {
	return shape{
		collections: 3 + g.n("collections", 10), ops: 60 + g.n("ops", 191),
		chaosMs: 20_000 + 1000*int64(g.n("chaos", 101)), faults: 2 + g.n("faults", 14),
		oddPermille: 20 + g.n("odd", 80), hostile: 4 + g.n("hostile", 8), writers: g.chance("writers", 850),
	}
}

// gen is a plan in the making.
type gen struct {
	d      Draws
	scoped Scoped
	p      *Plan
	sh     shape

	nowMs  int64
	nextID int
	// cast is what probably exists by now: see cast.go.
	cast
	troupe
	// moments are instants at which something interesting has just been asked for;
	// faults are aimed at them.
	moments []int64
	// boots are instants at which a controller (re)starts.
	boots []int64
	// leader is the node that probably leads, started which nodes ever ran.
	leader  Node
	started [3]bool
}

func (g *gen) enter(label string, nth int) {
	if g.scoped != nil {
		g.scoped.Enter(label, nth)
	}
}

func (g *gen) leave() {
	if g.scoped != nil {
		g.scoped.Leave()
	}
}

func (g *gen) n(label string, n int) int { return g.d.N(label, n) }

// chance is true in so many of a thousand cases; false is the simpler answer.
func (g *gen) chance(label string, permille int) bool {
	return g.d.N(label, 1000) >= 1000-permille
}

// between is a number in low…high, low being the simplest.
func (g *gen) between(label string, low, high int64) int64 {
	if high <= low {
		return low
	}
	return low + int64(g.d.N(label, int(high-low+1)))
}

// another asks whether a list with n elements goes on; there are at most most.
// Ending is the simpler answer and comes about once in mean elements.
func (g *gen) another(n, most, mean int) bool {
	return n < most && g.d.N(Another, mean) != 0
}

// weighted draws an index with the given weights.
func (g *gen) weighted(label string, weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	at := g.d.N(label, total)
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return 0
}

// pick draws one of the choices, the first being the simplest.
func pick[T any](g *gen, label string, choices ...T) T {
	return choices[g.d.N(label, len(choices))]
}

// near is a small distance in data time, mostly −1, 0, +1 or a multiple of the
// grid, so that exact boundaries are met often.
func (g *gen) near(label string) int64 {
	grid := g.p.GridMs
	return pick(g, label, int64(0), 0, 1, -1, grid, -grid, 2*grid, grid-1, grid+1, 3*grid, 5*grid)
}

// arrange brings the lists into the order of time, in which they are read best.
func (g *gen) arrange() {
	sort.SliceStable(g.p.Ops, func(i, j int) bool { return g.p.Ops[i].AtMs < g.p.Ops[j].AtMs })
	sort.SliceStable(g.p.Faults, func(i, j int) bool { return g.p.Faults[i].AtMs < g.p.Faults[j].AtMs })
}
