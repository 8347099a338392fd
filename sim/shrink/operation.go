package shrink

import "example.com/tidemark/sim/plan"

// operation makes the i-th operation simpler.
func (s *search) operation(i int) {
	op := func(p *plan.Plan) *plan.Operation { return &p.Ops[i] }
	if len(op(s.best).Parts) > 1 {
		atLeast(s, 1, "parts of operations", func(p *plan.Plan) *[]plan.Part { return &op(p).Parts })
		s.stage = "values"
	}
	reset(s, func(p *plan.Plan) *plan.Node { return &op(p).Node }, -1)
	reset(s, func(p *plan.Plan) *bool { return &op(p).Unvalidated }, false)
	s.number(func(p *plan.Plan) *int64 { return &op(p).WaitMs }, 0)
	for j := 0; j < len(op(s.best).Parts); j++ {
		s.part(func(p *plan.Plan) *plan.Part { return &op(p).Parts[j] })
	}
}

func (s *search) part(v func(*plan.Plan) *plan.Part) {
	for _, flag := range []func(*plan.Part) *bool{
		func(v *plan.Part) *bool { return &v.System },
		func(v *plan.Part) *bool { return &v.Transient },
		func(v *plan.Part) *bool { return &v.Early },
		func(v *plan.Part) *bool { return &v.Beyond },
		func(v *plan.Part) *bool { return &v.BadRow },
		func(v *plan.Part) *bool { return &v.Retract },
		func(v *plan.Part) *bool { return &v.ErrorRow },
		func(v *plan.Part) *bool { return &v.ErrorBack },
		func(v *plan.Part) *bool { return &v.Close },
		func(v *plan.Part) *bool { return &v.BadStatus },
		func(v *plan.Part) *bool { return &v.BadFrontier },
	} {
		reset(s, func(p *plan.Plan) *bool { return flag(v(p)) }, false)
	}
	reset(s, func(p *plan.Plan) *plan.Odd { return &v(p).Odd }, plan.OddNone)
	reset(s, func(p *plan.Plan) **plan.Time { return &v(p).Since }, nil)
	s.count(func(p *plan.Plan) *int { return &v(p).Status }, 0)
	s.count(func(p *plan.Plan) *int { return &v(p).Schema }, 0)
	s.count(func(p *plan.Plan) *int { return &v(p).Rows }, 0)
	s.number(func(p *plan.Plan) *int64 { return &v(p).Time.Offset }, 0)
	if d := v(s.best).Diff; d > 1 || d < -1 {
		s.number(func(p *plan.Plan) *int64 { return &v(p).Diff }, d/max(d, -d))
	}
	s.hosted(v)
	s.policy(v)
}

// policy tries to replace a multiple by one of its members, and anything by a lag
// of nothing.
func (s *search) policy(v func(*plan.Plan) *plan.Part) {
	simplest := uint64(0)
	for v(s.best).Policy != nil {
		if s.edit(func(p *plan.Plan) { v(p).Policy = &plan.Policy{Lag: &simplest} }) || !s.member(v) {
			return
		}
	}
}

func (s *search) member(v func(*plan.Plan) *plan.Part) bool {
	of := v(s.best).Policy.Of
	if of == nil {
		return false
	}
	for k := range *of {
		one := (*of)[k]
		if s.edit(func(p *plan.Plan) { v(p).Policy = &one }) {
			return true
		}
	}
	return false
}
