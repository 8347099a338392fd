package plan

// Policy is a read policy with symbolic times.
type Policy struct {
	// From: valid from a time; Lag: lag the upper by so much; Of: the earliest of
	// these. Empty From (FromEmpty) and an empty Of are for hostile clients.
	From      *Time     `json:"from,omitempty"`
	FromEmpty bool      `json:"from_empty,omitempty"`
	Lag       *uint64   `json:"lag,omitempty"`
	Of        *[]Policy `json:"of,omitempty"`
	// Nodes are sent as they are, in this order, whether they make a tree or not;
	// they are for hostile clients.
	Nodes *[]PolicyNode `json:"nodes,omitempty"`
}

// PolicyNode is a node of a policy as it is sent, with fields that need not belong
// to its kind.
type PolicyNode struct {
	// Kind is the number that stands for the kind: 1 valid-from, 2 lag, 3 multiple.
	Kind int `json:"kind"`
	// From is the minimum if it is nil, the empty frontier with Empty, and one that
	// is not in canonical form with both.
	From    *Time  `json:"from,omitempty"`
	Empty   bool   `json:"empty,omitempty"`
	Lag     uint64 `json:"lag,omitempty"`
	Members uint32 `json:"members,omitempty"`
}
