package shrink

import "example.com/tidemark/sim/plan"

// simplest draws the simplest plan, whose configuration and latencies are what
// others are simplified towards.
type simplest struct{}

func (simplest) N(string, int) int { return 0 }

// world makes configuration and latencies the usual ones.
func (s *search) world() {
	profile := "default"
	if s.best.Hosted() {
		profile = "hosts"
	}
	usual, err := plan.Generate(profile, s.best.Seed, simplest{})
	if err != nil {
		return // the profile exists
	}
	margin := func(p *plan.Plan) { p.Config.ClockMarginMs = max(p.Config.ClockMarginMs, p.DriftMs()) }
	if !s.edit(func(p *plan.Plan) { p.Config = usual.Config; margin(p) }) {
		for i := range fields(&usual.Config) {
			s.edit(func(p *plan.Plan) {
				*fields(&p.Config)[i] = *fields(&usual.Config)[i]
				margin(p)
			})
		}
	}
	if s.edit(func(p *plan.Plan) { p.Latency = usual.Latency }) {
		return
	}
	s.edit(func(p *plan.Plan) { p.Latency.Network = usual.Latency.Network })
	s.edit(func(p *plan.Plan) { p.Latency.Persist = usual.Latency.Persist })
	s.edit(func(p *plan.Plan) { p.Latency.Stash = usual.Latency.Stash })
	s.edit(func(p *plan.Plan) { p.Latency.Orchestrator = usual.Latency.Orchestrator })
	s.edit(func(p *plan.Plan) { p.Latency.Start = usual.Latency.Start })
	s.edit(func(p *plan.Plan) { p.Latency.External = usual.Latency.External })
}

// fields are the numbers of a configuration that can be changed one by one.
func fields(c *plan.Config) []*int64 {
	return []*int64{
		&c.ReaderLeaseMs, &c.HeartbeatMs, &c.HoldLeaseMs, &c.FetchEveryMs, &c.SinceEveryMs, &c.AdvanceEveryMs,
		&c.BackoffMinMs, &c.BackoffMaxMs, &c.PersistDeadlineMs, &c.ReadDeadlineMs,
		&c.HostDeadlineMs, &c.MoveGraceMs, &c.DropGraceMs, &c.WriterGraceMs, &c.ServicesEveryMs, &c.StashDeadlineMs, &c.SnapshotWaitMs, &c.MaxClockSkewMs, &c.OpenRequests,
		&c.QueuedAppends, &c.QueuedBytes, &c.HoldsPerOwner, &c.IDsPerRequest,
	}
}
