package shrink

import "example.com/tidemark/sim/plan"

// trial leaves out what it can of a trial's acts. A list without any would mean all.
func (s *search) trial() {
	for changed := true; changed && !s.ended; {
		before := s.accepted
		atLeast(s, 1, "acts", func(p *plan.Plan) *[]int { return &p.Trial.Acts })
		changed = s.accepted > before
	}
}
