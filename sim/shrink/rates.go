package shrink

import (
	"slices"

	"example.com/tidemark/sim/plan"
)

// rates switches off what it can, and turns the rest into a list of single draws,
// which is then shrunk like any other list. What is drawn is keyed by what caused it,
// and causes have times: so times shrink while there are still rates, which go on
// hitting something, and not only when there is just a list of draws, which miss.
func (s *search) rates() {
	s.stage = "rates"
	if !s.best.OnlyPinned && !s.edit(noRates) {
		for i := range s.best.Rates.Each() {
			s.edit(func(p *plan.Plan) { *p.Rates.Each()[i].Permille = 0 })
		}
		s.shorten()
		s.lists()
	}
	s.pin()
	s.draws()
	if len(s.best.Draws) == 0 {
		s.edit(func(p *plan.Plan) { p.OnlyPinned = false })
	}
}

func (s *search) draws() {
	ddmin(s, "draws", func(p *plan.Plan) *[]plan.Pin { return &p.Draws })
}

// maxDetour bounds the runs of one attempt with other draws.
const maxDetour = 250

// reroll gives the draws that are left up for the rates that they came from, makes the
// plan smaller with those, and pins what happens then. What comes of it is kept if it is
// smaller.
func (s *search) reroll() {
	if len(s.best.Draws) == 0 || s.o.Record == nil {
		return
	}
	for _, permille := range []int{0, 100, 300, 1000} {
		s.unlessSmaller(func() bool {
			s.stage = "other draws"
			s.until = s.runs + maxDetour
			defer func() { s.until = 0 }()
			if !s.edit(func(p *plan.Plan) { s.unpin(p, permille) }) {
				return false
			}
			s.shorten()
			s.lists()
			s.pin()
			return true
		})
	}
}

// unpin replaces the pinned draws by the rates that they came from, as they were in the
// beginning, or so many per mille of all calls if that is not 0.
func (s *search) unpin(p *plan.Plan, permille int) {
	original := s.original.Each()
	for i, r := range p.Rates.Each() {
		if !slices.ContainsFunc(p.Draws, func(d plan.Pin) bool { return d.Purpose == r.Name }) {
			continue
		}
		*r.Permille = permille
		if permille == 0 {
			*r.Permille = *original[i].Permille
		}
	}
	p.Draws, p.OnlyPinned = nil, false
}

// smaller compares plans by how much there is to read, then by how long they last.
func smaller(a, b *plan.Plan) bool {
	if x, y := elements(a), elements(b); x != y {
		return x < y
	}
	return a.ChaosMs < b.ChaosMs
}

// elements counts what there is to read. A rate says less than a few draws, and more
// than a great many.
func elements(p *plan.Plan) int {
	const aRate = 8
	n := 0
	for _, r := range p.Rates.Each() {
		if *r.Permille > 0 {
			n += aRate
		}
	}
	return n + len(p.Ops) + len(p.Faults) + len(p.Draws) + len(p.Loops) + len(p.Writers) +
		len(p.Owners) + len(p.Sources) + len(p.Machines) + len(p.Clocks)
}

func noRates(p *plan.Plan) {
	for _, r := range p.Rates.Each() {
		*r.Permille = 0
	}
}

func anyRate(p *plan.Plan) bool {
	for _, r := range p.Rates.Each() {
		if *r.Permille > 0 {
			return true
		}
	}
	return false
}

// pin replaces the rates by what came of them in this run, if that is less to read once
// it is shrunk.
func (s *search) pin() {
	if s.o.Record == nil || !anyRate(s.best) || s.stopped() {
		return
	}
	s.stage = "recording draws"
	s.runs++
	pins := s.o.Record(s.best.Clone())
	s.unlessSmaller(func() bool {
		pinned := s.edit(func(p *plan.Plan) {
			p.Draws, p.OnlyPinned = pins, true
			noRates(p)
		})
		if pinned {
			s.draws()
		}
		return pinned
	})
}

// unlessSmaller goes back to the best plan of before if a detour, which says whether it
// came to anything, did not lead to a smaller one.
func (s *search) unlessSmaller(detour func() bool) {
	best, hash, accepted := s.best, s.hash, s.accepted
	if detour() && !smaller(s.best, best) {
		s.best, s.hash, s.accepted = best, hash, accepted
	}
}
