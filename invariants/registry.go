package invariants

// Doc describes one invariant.
type Doc struct {
	Name, Title, Statement string
	// Meaning is what a violation means for a user's data.
	Meaning string
	// Met says which case the count "met" counts.
	Met string
}

// Places in the registry.
const (
	s1 = iota
	s2
	s3
	s4
	s5
	s6
	s7
	s8
	s9
	s10
	s11
	s12
	s13
	s14
	s15
	s16
	s17
	l1
	l2
	l3
	l4
	l5
	l6
	l7
	l8
	judged
)

// Registry lists everything that is judged, in the order of Stats.
func Registry() []Doc {
	return []Doc{
		docS1(), docS2(), docS3(), docS4(), docS5(), docS6(), docS7(), docS8(), docS9(), docS10(),
		docS11(), docS12(), docS13(), docS14(), docS15(), docS16(), docS17(), docL1(), docL2(), docL3(), docL4(), docL5(), docL6(), docL7(), docL8(),
	}
}

var names = [judged]string{
	"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13", "S14", "S15", "S16", "S17", "L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8",
}
