package plan

import "fmt"

// Bounds of what a plan may say. They are far beyond what is useful and keep sums
// far from overflow and a run's memory bounded.
const (
	maxMs        = 366 * 24 * 3600 * 1000
	maxLatencyUs = 3600 * 1000 * 1000
	maxElements  = 1 << 20
	maxParts     = 1 << 16
	maxAllParts  = 1 << 21
	maxSlot      = 1 << 20
	maxRows      = 1 << 16
	maxNumber    = 1<<31 - 1
	maxPolicies  = 1 << 10
	maxDiff      = 1 << 42
	maxDepth     = 64
	maxOffset    = 1 << 60
	maxDriftPpm  = 500_000

	maxControllers = 3
	maxMachines    = 16
	maxSources     = 1 << 10
	maxOutputs     = 64
	maxRecords     = 1 << 20
	maxImports     = 64
	maxHostNumber  = 1 << 10
)

// Validate reports the first thing in the plan that no run could be made of; nil
// if there is none. Operations and faults may refer to what does not exist, so a
// valid plan stays valid when elements are deleted from it.
func (p *Plan) Validate() error {
	c := &checker{slots: p.Slots()}
	if p.Version != Version {
		c.fail("version", "%d is not %d", p.Version, Version)
	}
	c.text("profile", p.Profile)
	if p.Trial != nil {
		c.trial(p)
		return c.problem()
	}
	if p.Controllers != 0 {
		c.span("controllers", int64(p.Controllers), 2, maxControllers)
	}
	if p.Shards != "" && p.Shards != ShardsStack {
		c.fail("shards", "%q is neither %q nor empty", p.Shards, ShardsStack)
	}
	c.span("chaos_ms", p.ChaosMs, 1, maxMs)
	c.span("calm_ms", p.CalmMs, 0, maxMs)
	c.span("patience_ms", p.PatienceMs, 0, maxMs)
	c.span("grid_ms", p.GridMs, 1, maxMs)
	c.config(&p.Config)
	c.latency(&p.Latency)
	c.rates(&p.Rates)
	c.clocks(p.Clocks)
	c.list = ""
	c.span("config.clock_margin_ms", p.Config.ClockMarginMs, p.DriftMs(), maxMs)
	c.machines(p.Machines)
	c.sources(p)
	c.faults(p.Faults)
	c.owners(p.Owners)
	c.writers(p.Writers)
	c.ops(p.Ops)
	c.loops(p)
	c.count("draws", len(p.Draws), maxElements)
	for i := range p.Draws {
		c.at("draws", i)
		c.text("purpose", p.Draws[i].Purpose)
		c.span("node", int64(p.Draws[i].Node), -1, maxNumber)
		c.span("nth", int64(p.Draws[i].Nth), 0, maxNumber)
	}
	return c.problem()
}

// DriftMs is how far the nodes' clocks can drift apart within the lease of a hold.
// A clock margin below it would let a controller break its word without being
// wrong.
func (p *Plan) DriftMs() int64 {
	ppm := int64(0)
	for i := range p.Clocks {
		ppm += max(p.Clocks[i].DriftPpm, -p.Clocks[i].DriftPpm)
	}
	if lease := p.Config.HoldLeaseMs; lease > 0 && lease <= maxMs && ppm <= maxControllers*maxDriftPpm {
		return (lease*ppm + 999_999) / 1_000_000
	}
	return 0
}

// checker remembers the first complaint and where it is.
type checker struct {
	list  string
	index int
	parts int
	// slots is how many controllers there are.
	slots int
	err   *Error
}

// problem is the first complaint, as an error.
func (c *checker) problem() error {
	if c.err != nil {
		return c.err
	}
	return nil
}

func (c *checker) at(list string, i int) { c.list, c.index = list, i }

func (c *checker) fail(field, format string, args ...any) {
	if c.err != nil {
		return
	}
	where := field
	if c.list != "" {
		where = fmt.Sprintf("%s[%d].%s", c.list, c.index, field)
	}
	c.err = &Error{Where: where, Reason: fmt.Sprintf(format, args...)}
}

func (c *checker) span(field string, v, low, high int64) {
	if v < low || v > high {
		c.fail(field, "%d is not in %d…%d", v, low, high)
	}
}

func (c *checker) count(field string, n, most int) {
	c.list = ""
	if n > most {
		c.fail(field, "%d entries are too many (at most %d)", n, most)
	}
}

// text wants a short name, as it is printed in tables and file names.
func (c *checker) text(field, s string) {
	if s == "" || len(s) > 64 {
		c.fail(field, "a name of 1…64 letters is wanted")
		return
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' {
			c.fail(field, "a name of plain letters is wanted")
			return
		}
	}
}

func (c *checker) config(v *Config) {
	for _, f := range [...]struct {
		name  string
		value int64
		least int64
	}{
		{"reader_lease_ms", v.ReaderLeaseMs, 1}, {"heartbeat_ms", v.HeartbeatMs, 1},
		{"hold_lease_ms", v.HoldLeaseMs, 1}, {"clock_margin_ms", v.ClockMarginMs, 0},
		{"fetch_every_ms", v.FetchEveryMs, 1}, {"since_every_ms", v.SinceEveryMs, 1},
		{"advance_every_ms", v.AdvanceEveryMs, 0},
		{"backoff_min_ms", v.BackoffMinMs, 1}, {"backoff_max_ms", v.BackoffMaxMs, 1},
		{"persist_deadline_ms", v.PersistDeadlineMs, 1}, {"read_deadline_ms", v.ReadDeadlineMs, 1},
		{"stash_deadline_ms", v.StashDeadlineMs, 1}, {"snapshot_wait_ms", v.SnapshotWaitMs, 1},
		{"max_clock_skew_ms", v.MaxClockSkewMs, 0},
	} {
		c.span("config."+f.name, f.value, f.least, maxMs)
	}
	for _, f := range [...]struct {
		name  string
		value int64
	}{
		{"host_deadline_ms", v.HostDeadlineMs}, {"move_grace_ms", v.MoveGraceMs},
		{"drop_grace_ms", v.DropGraceMs}, {"writer_grace_ms", v.WriterGraceMs},
		{"services_every_ms", v.ServicesEveryMs},
	} {
		c.span("config."+f.name, f.value, 0, maxMs)
	}
	for _, f := range [...]struct {
		name  string
		value int64
	}{
		{"open_requests", v.OpenRequests}, {"queued_appends", v.QueuedAppends},
		{"queued_bytes", v.QueuedBytes}, {"holds_per_owner", v.HoldsPerOwner},
		{"ids_per_request", v.IDsPerRequest},
	} {
		c.span("config."+f.name, f.value, 1, 1<<40)
	}
	if v.HeartbeatMs >= v.ReaderLeaseMs {
		c.fail("config.heartbeat_ms", "%d is not below the reader lease %d", v.HeartbeatMs, v.ReaderLeaseMs)
	}
	if v.BackoffMinMs > v.BackoffMaxMs {
		c.fail("config.backoff_min_ms", "%d is above the maximum %d", v.BackoffMinMs, v.BackoffMaxMs)
	}
}

func (c *checker) latency(l *Latency) {
	for _, f := range [...]struct {
		name string
		d    *Distribution
	}{{"network", &l.Network}, {"persist", &l.Persist}, {"stash", &l.Stash},
		{"orchestrator", &l.Orchestrator}, {"start", &l.Start}, {"external", &l.External}} {
		c.span("latency."+f.name+".min_us", f.d.MinUs, 0, maxLatencyUs)
		c.span("latency."+f.name+".max_us", f.d.MaxUs, f.d.MinUs, maxLatencyUs)
		c.span("latency."+f.name+".tail_permille", int64(f.d.TailPermille), 0, 1000)
		c.span("latency."+f.name+".tail_factor", f.d.TailFactor, 0, 1<<20)
		c.span("latency."+f.name+".step_us", f.d.StepUs, 0, maxLatencyUs)
	}
}

func (c *checker) rates(r *Rates) {
	for _, f := range r.Each() {
		c.span("rates."+f.Name, int64(*f.Permille), 0, 1000)
	}
	c.span("rates.slow_factor", r.SlowFactor, 0, 1<<20)
	c.span("rates.late_ms", r.LateMs, 0, maxMs)
}
