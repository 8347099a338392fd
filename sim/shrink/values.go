package shrink

import (
	"slices"

	"example.com/tidemark/sim/plan"
)

// values makes what is left in the plan simpler.
func (s *search) values() {
	s.stage = "values"
	s.unroll()
	s.shorten()
	for i := 0; i < len(s.best.Faults); i++ {
		s.fault(i)
	}
	for i := 0; i < len(s.best.Ops); i++ {
		s.operation(i)
	}
	for i := 0; i < len(s.best.Clocks); i++ {
		s.clock(i)
	}
	for i := 0; i < len(s.best.Writers); i++ {
		s.writer(i)
	}
	s.hosts()
	for i := 0; i < len(s.best.Owners); i++ {
		s.number(func(p *plan.Plan) *int64 { return &p.Owners[i].VanishMs }, 0)
	}
	s.world()
}

// maxUnrolled is how many runs a loop may have to be turned into operations.
const maxUnrolled = 256

// unroll turns loops into operations, once they are short enough to be shrunk as
// such, and else ends them earlier.
func (s *search) unroll() {
	for i := len(s.best.Loops) - 1; i >= 0; i-- {
		if s.best.Loops[i].UntilMs == 0 {
			s.edit(func(p *plan.Plan) { p.Loops[i].UntilMs = p.ChaosMs })
		}
		s.number(func(p *plan.Plan) *int64 { return &p.Loops[i].UntilMs }, s.best.Loops[i].StartMs+1)
		if s.best.Loops[i].Runs(s.best.ChaosMs) <= maxUnrolled {
			s.edit(func(p *plan.Plan) { p.Unroll(i) })
		}
	}
}

// shorten ends the chaos earlier and takes out time in which nothing happens.
func (s *search) shorten() {
	s.number(func(p *plan.Plan) *int64 { return &p.ChaosMs }, 1)
	s.number(func(p *plan.Plan) *int64 { return &p.CalmMs }, 0)
	s.number(func(p *plan.Plan) *int64 { return &p.PatienceMs }, 0)
	times := timeline(s.best)
	for i := len(times) - 1; i >= 0 && !s.ended; i-- {
		at, before := times[i], int64(0)
		if i > 0 {
			before = times[i-1]
		}
		s.close(at, at-before)
	}
}

// close takes as much as it can out of the time of a gap that ends at a time.
func (s *search) close(at, gap int64) {
	if gap <= 10 || s.edit(func(p *plan.Plan) { pull(p, at, gap-10) }) {
		return
	}
	for _, period := range periods(&s.best.Config) {
		if by := (gap - 10) / max(period, 1) * period; by > 0 && s.edit(func(p *plan.Plan) { pull(p, at, by) }) {
			return
		}
	}
	for gap /= 2; gap > 10 && !s.edit(func(p *plan.Plan) { pull(p, at, gap-10) }); gap /= 2 {
	}
}

// periods are how often a controller does what nobody asks for: what meets it at the
// same moment of a period still does so when whole periods are left out.
func periods(c *plan.Config) []int64 {
	return []int64{c.FetchEveryMs, c.SinceEveryMs, c.HeartbeatMs, c.AdvanceEveryMs}
}

// timeline is when operations are due and faults, writers and sources begin, in order.
func timeline(p *plan.Plan) []int64 {
	var times []int64
	for i := range p.Ops {
		times = append(times, p.Ops[i].AtMs)
	}
	for i := range p.Faults {
		times = append(times, p.Faults[i].AtMs)
	}
	for i := range p.Writers {
		times = append(times, p.Writers[i].StartMs)
	}
	for i := range p.Sources {
		times = append(times, p.Sources[i].StartMs)
	}
	slices.Sort(times)
	return slices.Compact(times)
}

// pull lets everything that happens from a time on happen so much earlier.
func pull(p *plan.Plan, fromMs, byMs int64) {
	for i := range p.Ops {
		earlier(&p.Ops[i].AtMs, fromMs, byMs)
	}
	for i := range p.Faults {
		earlier(&p.Faults[i].AtMs, fromMs, byMs)
	}
	for i := range p.Writers {
		earlier(&p.Writers[i].StartMs, fromMs, byMs)
		earlier(&p.Writers[i].UntilMs, fromMs, byMs)
	}
	for i := range p.Owners {
		earlier(&p.Owners[i].VanishMs, fromMs, byMs)
	}
	for i := range p.Sources {
		earlier(&p.Sources[i].StartMs, fromMs, byMs)
		earlier(&p.Sources[i].UntilMs, fromMs, byMs)
	}
	p.ChaosMs = max(1, p.ChaosMs-byMs)
}

func earlier(at *int64, fromMs, byMs int64) {
	if *at >= fromMs {
		*at -= byMs
	}
}

// number brings a number as near to the simplest one as it can by halving the
// distance.
func (s *search) number(field func(*plan.Plan) *int64, simplest int64) {
	if *field(s.best) == simplest || s.edit(func(p *plan.Plan) { *field(p) = simplest }) {
		return
	}
	for low := simplest; !s.ended; {
		middle := low + (*field(s.best)-low)/2
		if middle == low || middle == *field(s.best) {
			return
		}
		if !s.edit(func(p *plan.Plan) { *field(p) = middle }) {
			low = middle
		}
	}
}

// count is number for an int.
func (s *search) count(field func(*plan.Plan) *int, simplest int) {
	for !s.ended && *field(s.best) != simplest {
		distance := *field(s.best) - simplest
		if !s.edit(func(p *plan.Plan) { *field(p) = simplest }) &&
			!s.edit(func(p *plan.Plan) { *field(p) = simplest + distance/2 }) &&
			!s.edit(func(p *plan.Plan) { *field(p) -= sign(distance) }) {
			return
		}
	}
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// reset tries the simplest value of a field.
func reset[T comparable](s *search, field func(*plan.Plan) *T, simplest T) {
	if *field(s.best) != simplest {
		s.edit(func(p *plan.Plan) { *field(p) = simplest })
	}
}

func (s *search) fault(i int) {
	f := func(p *plan.Plan) *plan.Fault { return &p.Faults[i] }
	reset(s, func(p *plan.Plan) *bool { return &f(p).Before }, false)
	reset(s, func(p *plan.Plan) *bool { return &f(p).Close }, false)
	reset(s, func(p *plan.Plan) *bool { return &f(p).Unknown }, false)
	s.count(func(p *plan.Plan) *int { return &f(p).Effect }, 0)
	s.count(func(p *plan.Plan) *int { return &f(p).Rows }, 0)
	s.number(func(p *plan.Plan) *int64 { return &f(p).ForMs }, 0)
	if f(s.best).AdvanceMs > 1 {
		s.number(func(p *plan.Plan) *int64 { return &f(p).AdvanceMs }, 1)
	}
	s.number(func(p *plan.Plan) *int64 { return &f(p).SkewMs }, 0)
	s.number(func(p *plan.Plan) *int64 { return &f(p).DelayMs }, 0)
	if f(s.best).Direction != "" {
		reset(s, func(p *plan.Plan) *plan.Direction { return &f(p).Direction }, plan.BothWays)
	}
}

func (s *search) clock(i int) {
	ddmin(s, "clocks", func(p *plan.Plan) *[]plan.Jump { return &p.Clocks[i].Jumps })
	s.stage = "values"
	s.number(func(p *plan.Plan) *int64 { return &p.Clocks[i].DriftPpm }, 0)
	s.number(func(p *plan.Plan) *int64 { return &p.Clocks[i].OffsetMs }, 0)
}

func (s *search) writer(i int) {
	w := func(p *plan.Plan) *plan.Writer { return &p.Writers[i] }
	reset(s, func(p *plan.Plan) *bool { return &w(p).ServedClock }, false)
	s.count(func(p *plan.Plan) *int { return &w(p).RowsEvery }, 0)
	s.count(func(p *plan.Plan) *int { return &w(p).Rows }, 0)
	s.count(func(p *plan.Plan) *int { return &w(p).Keys }, 0)
	if w(s.best).UntilMs == 0 {
		s.edit(func(p *plan.Plan) { w(p).UntilMs = (w(p).StartMs + p.ChaosMs) / 2 })
	}
	if w(s.best).UntilMs > w(s.best).StartMs {
		s.number(func(p *plan.Plan) *int64 { return &w(p).UntilMs }, w(s.best).StartMs)
	}
}
