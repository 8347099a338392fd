package shrink

import "example.com/tidemark/sim/plan"

// lists leaves out what it can of every list of the plan.
func (s *search) lists() {
	ddmin(s, "faults", func(p *plan.Plan) *[]plan.Fault { return &p.Faults })
	ddmin(s, "operations", func(p *plan.Plan) *[]plan.Operation { return &p.Ops })
	ddmin(s, "loops", func(p *plan.Plan) *[]plan.Loop { return &p.Loops })
	ddmin(s, "writers", func(p *plan.Plan) *[]plan.Writer { return &p.Writers })
	ddmin(s, "owners", func(p *plan.Plan) *[]plan.Owner { return &p.Owners })
	ddmin(s, "sources", func(p *plan.Plan) *[]plan.Source { return &p.Sources })
	ddmin(s, "machines", func(p *plan.Plan) *[]plan.Machine { return &p.Machines })
	ddmin(s, "clocks", func(p *plan.Plan) *[]plan.Clock { return &p.Clocks })
	ddmin(s, "draws", func(p *plan.Plan) *[]plan.Pin { return &p.Draws })
}

// coarsely leaves out large parts of the long lists first, operations before everything
// else: they are what a run takes its time for.
func (s *search) coarsely() {
	halve(s, "operations", func(p *plan.Plan) *[]plan.Operation { return &p.Ops })
	halve(s, "writers", func(p *plan.Plan) *[]plan.Writer { return &p.Writers })
	halve(s, "faults", func(p *plan.Plan) *[]plan.Fault { return &p.Faults })
}

// halve is the beginning of ddmin: it stops at an eighth of a list.
func halve[T any](s *search, stage string, list func(*plan.Plan) *[]T) {
	const smallest = 8
	s.stage = stage
	for parts := 1; parts <= smallest; parts *= 2 {
		if n := len(*list(s.best)); n > smallest {
			sweep(s, 0, (n+parts-1)/parts, list)
		}
	}
}

// ddmin makes a list 1-minimal: no single element of it can be left out. It tries
// to leave out ever smaller chunks, from the end, because what comes later
// depends on what comes before. Keeping only one chunk, the other half of the
// published algorithm, is what leaving out means while there are two.
func ddmin[T any](s *search, stage string, list func(*plan.Plan) *[]T) {
	atLeast(s, 0, stage, list)
}

// atLeast is ddmin for a list that is to keep so many elements.
func atLeast[T any](s *search, least int, stage string, list func(*plan.Plan) *[]T) {
	s.stage = stage
	n := len(*list(s.best))
	if n <= least || s.edit(func(p *plan.Plan) { cut(list(p), least, n) }) {
		return
	}
	for chunk := (n + 1) / 2; !s.ended; {
		removed := sweep(s, least, chunk, list)
		switch n = len(*list(s.best)); {
		case n <= least || chunk == 1 && !removed:
			return
		case !removed:
			chunk = (chunk + 1) / 2
		default:
			chunk = max(1, min(chunk, (n+1)/2))
		}
	}
}

// sweep tries to leave out each chunk once; it reports whether any could be.
func sweep[T any](s *search, least, chunk int, list func(*plan.Plan) *[]T) bool {
	removed := false
	for end := len(*list(s.best)); end > 0 && !s.ended; end -= chunk {
		start := max(0, end-chunk)
		if len(*list(s.best))-(end-start) >= least && s.edit(func(p *plan.Plan) { cut(list(p), start, end) }) {
			removed = true
		}
	}
	return removed
}

// cut removes the elements in [start, end).
func cut[T any](list *[]T, start, end int) {
	*list = append((*list)[:start:start], (*list)[end:]...)
	if len(*list) == 0 {
		*list = nil
	}
}
