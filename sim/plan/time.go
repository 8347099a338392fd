package plan

// Time is a symbolic timestamp: Base + Offset, saturating.
type Time struct {
	Base   Base  `json:"base,omitempty"`
	Offset int64 `json:"offset,omitempty"`
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
