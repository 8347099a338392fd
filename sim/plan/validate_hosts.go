package plan

func (c *checker) machines(machines []Machine) {
	c.count("machines", len(machines), maxMachines)
	ids := c.ids()
	for i := range machines {
		c.at("machines", i)
		ids.take(machines[i].ID)
		c.clock(machines[i].OffsetMs, machines[i].DriftPpm, machines[i].Jumps)
	}
}

func (c *checker) sources(p *Plan) {
	c.count("sources", len(p.Sources), maxSources)
	ids := c.ids()
	records := int64(0)
	for i := range p.Sources {
		v := &p.Sources[i]
		c.at("sources", i)
		ids.take(v.ID)
		c.span("outputs", int64(v.Outputs), 1, maxOutputs)
		c.span("start_ms", v.StartMs, 0, maxMs)
		c.span("until_ms", v.UntilMs, 0, maxMs)
		c.span("period_ms", v.PeriodMs, 1, maxMs)
		c.span("rows", int64(v.Rows), 0, maxRows)
		c.span("keys", int64(v.Keys), 0, maxNumber)
		c.span("burst_every", int64(v.BurstEvery), 0, maxNumber)
		c.span("burst", int64(v.Burst), 0, maxRows)
		c.span("idle_every", int64(v.IdleEvery), 0, maxNumber)
		c.span("error_every", int64(v.ErrorEvery), 0, maxNumber)
		c.span("gap", int64(v.Gap), 0, maxRows)
		if c.err == nil {
			records += v.Ticks(p.ChaosMs) * 2 * int64(v.Rows+v.Burst)
			c.span("number of records", records, 0, maxRecords)
		}
	}
}

// Ticks is how often the source says something in a plan whose chaos phase lasts
// chaosMs.
func (v *Source) Ticks(chaosMs int64) int64 {
	until := v.UntilMs
	if until == 0 || until > chaosMs {
		until = chaosMs
	}
	if v.PeriodMs <= 0 || until <= v.StartMs {
		return 0
	}
	return (until - v.StartMs + v.PeriodMs - 1) / v.PeriodMs
}

// hosted judges what a part says of hosts, sources and sinks.
func (c *checker) hosted(v *Part) {
	c.span("parts.size", int64(v.Size), 0, 1<<16)
	c.span("parts.remote", int64(v.Remote), 0, maxHostNumber)
	c.span("parts.source", int64(v.Source), 0, maxNumber)
	c.span("parts.output", int64(v.Output), 0, maxNumber)
	c.span("parts.of", int64(v.Of), 0, maxSlot)
	c.span("parts.from", int64(v.From), 0, maxSlot)
	c.span("parts.sink", int64(v.Sink), 0, maxNumber)
	c.span("parts.token_of", int64(v.TokenOf), 0, maxSlot)
	c.span("number of imports", int64(len(v.Imports)), 0, maxImports)
	for _, slot := range v.Imports {
		c.span("parts.imports", int64(slot), 0, maxSlot)
	}
}
