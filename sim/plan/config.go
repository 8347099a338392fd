package plan

// Config mirrors core.Config in milliseconds, with the limits.
type Config struct {
	ReaderLeaseMs int64 `json:"reader_lease_ms"`
	HeartbeatMs   int64 `json:"heartbeat_ms"`
	HoldLeaseMs   int64 `json:"hold_lease_ms"`
	ClockMarginMs int64 `json:"clock_margin_ms"`
	FetchEveryMs  int64 `json:"fetch_every_ms"`
	SinceEveryMs  int64 `json:"since_every_ms"`
	// AdvanceEveryMs is one second if it is left out.
	AdvanceEveryMs    int64 `json:"advance_every_ms,omitempty"`
	BackoffMinMs      int64 `json:"backoff_min_ms"`
	BackoffMaxMs      int64 `json:"backoff_max_ms"`
	PersistDeadlineMs int64 `json:"persist_deadline_ms"`
	ReadDeadlineMs    int64 `json:"read_deadline_ms"`
	StashDeadlineMs   int64 `json:"stash_deadline_ms"`
	SnapshotWaitMs    int64 `json:"snapshot_wait_ms"`
	MaxClockSkewMs    int64 `json:"max_clock_skew_ms"`
	// What is about hosts; 0 stands for the persist deadline, the same, the reader lease,
	// four of them, and the period of fetches.
	HostDeadlineMs  int64 `json:"host_deadline_ms,omitempty"`
	MoveGraceMs     int64 `json:"move_grace_ms,omitempty"`
	DropGraceMs     int64 `json:"drop_grace_ms,omitempty"`
	WriterGraceMs   int64 `json:"writer_grace_ms,omitempty"`
	ServicesEveryMs int64 `json:"services_every_ms,omitempty"`
	OpenRequests    int64 `json:"open_requests"`
	QueuedAppends   int64 `json:"queued_appends"`
	QueuedBytes     int64 `json:"queued_bytes"`
	HoldsPerOwner   int64 `json:"holds_per_owner"`
	IDsPerRequest   int64 `json:"ids_per_request"`
}

// Latency holds the latency distribution of each kind of path.
type Latency struct {
	Network Distribution `json:"network"`
	Persist Distribution `json:"persist"`
	Stash   Distribution `json:"stash"`
	// Orchestrator is how long its calls take, Start how long a host then takes to
	// start, External how long calls of sources and sinks take.
	Orchestrator Distribution `json:"orchestrator,omitzero"`
	Start        Distribution `json:"start,omitzero"`
	External     Distribution `json:"external,omitzero"`
}

// each is the distributions that a plan's world draws from.
func (l *Latency) each() [6]*Distribution {
	return [...]*Distribution{&l.Network, &l.Persist, &l.Stash, &l.Orchestrator, &l.Start, &l.External}
}

// Distribution of a latency in microseconds: uniform between Min and Max, except
// that TailPermille of the draws are multiplied by TailFactor. With a StepUs all of them
// are rounded up to a multiple of it, so that answers and deadlines fall on one instant.
type Distribution struct {
	MinUs        int64 `json:"min_us"`
	MaxUs        int64 `json:"max_us"`
	TailPermille int   `json:"tail_permille,omitempty"`
	TailFactor   int64 `json:"tail_factor,omitempty"`
	StepUs       int64 `json:"step_us,omitempty"`
}
