package plan

import "strconv"

// Machine is what hosts run on: a clock, and a fate that everything on it shares.
type Machine struct {
	ID       int    `json:"id"`
	OffsetMs int64  `json:"offset_ms,omitempty"`
	DriftPpm int64  `json:"drift_ppm,omitempty"`
	Jumps    []Jump `json:"jumps,omitempty"`
}

// Source is an external source: what it says, and when. Its connection is
// "source-<ID>". Every PeriodMs it says Rows records, going round its outputs.
type Source struct {
	ID      int   `json:"id"`
	Outputs int   `json:"outputs"`
	StartMs int64 `json:"start_ms"`
	// UntilMs ends it (0: with the chaos); then it says that it is finished if Finish
	// is set, and is idle for ever otherwise.
	UntilMs  int64 `json:"until_ms,omitempty"`
	Finish   bool  `json:"finish,omitempty"`
	PeriodMs int64 `json:"period_ms"`
	Rows     int   `json:"rows"`
	// Keys bounds how many rows of an output there are at a time: older ones are taken
	// back (0: none are).
	Keys int `json:"keys,omitempty"`
	// Every BurstEvery-th time it says Burst records more (0: never), every
	// IdleEvery-th time nothing.
	BurstEvery int `json:"burst_every,omitempty"`
	Burst      int `json:"burst,omitempty"`
	IdleEvery  int `json:"idle_every,omitempty"`
	// Every ErrorEvery-th record is an error (0: none is).
	ErrorEvery int `json:"error_every,omitempty"`
	// Gap is how many offsets are left out between two times.
	Gap int `json:"gap,omitempty"`
	// Together puts all records of one time at one offset.
	Together bool `json:"together,omitempty"`
}

// SourceConnection is how an ingestion names the source with a number, SinkConnection
// how an export names the external system with a number, and RemoteAddress how the
// remote host with a number is reached.
func SourceConnection(n int) string { return "source-" + strconv.Itoa(n) }

// SinkConnection is the connection of a sink: see SourceConnection.
func SinkConnection(n int) string { return "sink-" + strconv.Itoa(n) }

// RemoteAddress is the address of a remote host: see SourceConnection.
func RemoteAddress(n int) string { return "host-" + strconv.Itoa(n) }

// Slots is the number of controller slots.
func (p *Plan) Slots() int {
	if p.Controllers == 0 {
		return 2
	}
	return p.Controllers
}

// BeyondBudget says why nobody can be asked to bring this plan to rest; empty if
// somebody can.
func (p *Plan) BeyondBudget() string {
	for i := range p.Faults {
		if p.Faults[i].Kind == FaultHostGone {
			return "a remote host is gone for good, and nobody can say whether it still writes"
		}
	}
	return ""
}

// Hosted reports whether anything in the plan runs on hosts.
func (p *Plan) Hosted() bool {
	if len(p.Sources) > 0 {
		return true
	}
	for i := range p.Ops {
		if p.Ops[i].hosted() {
			return true
		}
	}
	for i := range p.Loops {
		if p.Loops[i].Op.hosted() {
			return true
		}
	}
	return false
}

func (op *Operation) hosted() bool {
	switch op.Kind {
	case OpExports, OpAlter, OpAlterExports:
		return true
	case OpCreate:
		for i := range op.Parts {
			if op.Parts[i].Kind == KindIngestion {
				return true
			}
		}
	default:
	}
	return false
}
