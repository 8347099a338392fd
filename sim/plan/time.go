package plan

// Time is a symbolic timestamp: Base + Offset, saturating.
type Time struct {
	Base   Base  `json:"base,omitempty"`
	Offset int64 `json:"offset,omitempty"`
}

// AheadMs is how far any clock may be ahead of the right time before it is set at the end
// of the chaos. A lease that was taken by such a clock lasts for so much longer than it
// says, and nobody can shorten it.
func (p *Plan) AheadMs() int64 {
	most := int64(0)
	for i := range p.Clocks {
		c := &p.Clocks[i]
		most = max(most, aheadMs(c.OffsetMs, c.DriftPpm, p.ChaosMs, c.Jumps))
	}
	for i := range p.Machines {
		m := &p.Machines[i]
		most = max(most, aheadMs(m.OffsetMs, m.DriftPpm, p.ChaosMs, m.Jumps))
	}
	return most
}

// aheadMs bounds how far one clock is ahead: jumps back may come later than all others.
func aheadMs(offsetMs, driftPpm, chaosMs int64, jumps []Jump) int64 {
	ahead := max(0, offsetMs) + max(0, driftPpm)*(chaosMs/1000+1)/1000
	for _, j := range jumps {
		ahead += max(0, j.ByMs)
	}
	return ahead
}

// Base is what a symbolic time counts from.
type Base string

// Bases. What a client knows of a collection is what the last answer told it, so
// Since and Upper may be stale.
const (
	// Zero is the minimum timestamp.
	Zero Base = ""
	// Since and Upper are the collection's, as far as the client knows.
	Since Base = "since"
	Upper Base = "upper"
	// WallGrid is the client's wall clock rounded down to the plan's grid.
	WallGrid Base = "wall"
	// HoldTime is where the operation's own hold was granted; for a capability
	// change, the time of the latest capability that the owner acquired of that
	// collection and has not given back.
	HoldTime Base = "hold"
	// Earliest asks the controller to choose (holds only).
	Earliest Base = "earliest"
	// Max is the last timestamp.
	Max Base = "max"
)
