package shrink

import "example.com/tidemark/sim/plan"

// hosts makes what runs on hosts, and the machines below, simpler.
func (s *search) hosts() {
	reset(s, func(p *plan.Plan) *int { return &p.Controllers }, 0)
	for i := 0; i < len(s.best.Machines); i++ {
		m := func(p *plan.Plan) *plan.Machine { return &p.Machines[i] }
		ddmin(s, "clocks", func(p *plan.Plan) *[]plan.Jump { return &m(p).Jumps })
		s.stage = "values"
		s.number(func(p *plan.Plan) *int64 { return &m(p).DriftPpm }, 0)
		s.number(func(p *plan.Plan) *int64 { return &m(p).OffsetMs }, 0)
	}
	for i := 0; i < len(s.best.Sources); i++ {
		s.source(func(p *plan.Plan) *plan.Source { return &p.Sources[i] })
	}
}

// source makes a source say less, and more plainly.
func (s *search) source(v func(*plan.Plan) *plan.Source) {
	reset(s, func(p *plan.Plan) *bool { return &v(p).Together }, false)
	reset(s, func(p *plan.Plan) *bool { return &v(p).Finish }, false)
	for _, field := range []func(*plan.Source) *int{
		func(v *plan.Source) *int { return &v.BurstEvery },
		func(v *plan.Source) *int { return &v.Burst },
		func(v *plan.Source) *int { return &v.IdleEvery },
		func(v *plan.Source) *int { return &v.ErrorEvery },
		func(v *plan.Source) *int { return &v.Keys },
		func(v *plan.Source) *int { return &v.Gap },
	} {
		s.count(func(p *plan.Plan) *int { return field(v(p)) }, 0)
	}
	s.count(func(p *plan.Plan) *int { return &v(p).Outputs }, 1)
	if v(s.best).Rows > 1 {
		s.count(func(p *plan.Plan) *int { return &v(p).Rows }, 1)
	}
	if v(s.best).UntilMs == 0 {
		s.edit(func(p *plan.Plan) { v(p).UntilMs = (v(p).StartMs + p.ChaosMs) / 2 })
	}
	if v(s.best).UntilMs > v(s.best).StartMs {
		s.number(func(p *plan.Plan) *int64 { return &v(p).UntilMs }, v(s.best).StartMs)
	}
}

// hosted makes what a part says of hosts, sources and sinks simpler.
func (s *search) hosted(v func(*plan.Plan) *plan.Part) {
	for _, flag := range []func(*plan.Part) *bool{
		func(v *plan.Part) *bool { return &v.Snapshot },
		func(v *plan.Part) *bool { return &v.BadToken },
	} {
		reset(s, func(p *plan.Plan) *bool { return flag(v(p)) }, false)
	}
	reset(s, func(p *plan.Plan) *int { return &v(p).TokenOf }, 0)
	if len(v(s.best).Imports) > 0 {
		// Lists in parts are shared between copies of a plan: they are replaced whole.
		s.edit(func(p *plan.Plan) { v(p).Imports = nil })
	}
	if v(s.best).Remote > 1 {
		s.edit(func(p *plan.Plan) { v(p).Remote = 1 })
	}
	if v(s.best).Size > 1 {
		s.count(func(p *plan.Plan) *int { return &v(p).Size }, 1)
	}
	if v(s.best).Sink > 1 {
		s.edit(func(p *plan.Plan) { v(p).Sink = 1 })
	}
}
