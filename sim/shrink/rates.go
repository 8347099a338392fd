package shrink

import "example.com/tidemark/sim/plan"

// rates switches off what it can, and turns the rest into a list of single draws,
// which is then shrunk like any other list.
func (s *search) rates() {
	s.stage = "rates"
	if !s.best.OnlyPinned && !s.edit(noRates) {
		for i := range s.best.Rates.Each() {
			s.edit(func(p *plan.Plan) { *p.Rates.Each()[i].Permille = 0 })
		}
		s.pin()
	}
	ddmin(s, "draws", func(p *plan.Plan) *[]plan.Pin { return &p.Draws })
	if len(s.best.Draws) == 0 {
		s.edit(func(p *plan.Plan) { p.OnlyPinned = false })
	}
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

// pin replaces the rates by what came of them in this run.
func (s *search) pin() {
	if s.o.Record == nil || !anyRate(s.best) || s.stopped() {
		return
	}
	s.stage = "recording draws"
	s.runs++
	pins := s.o.Record(s.best.Clone())
	s.edit(func(p *plan.Plan) {
		p.Draws, p.OnlyPinned = pins, true
		noRates(p)
	})
}
