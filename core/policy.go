package core

import "example.com/tidemark/core/frontier"

// PolicyKind is the kind of one node of a read policy.
type PolicyKind uint8

// Kinds of policy (C-41).
const (
	PolicyNone PolicyKind = iota
	// PolicyValidFrom holds the collection readable from a fixed frontier on.
	PolicyValidFrom
	// PolicyLag lets the since follow the upper at a distance.
	PolicyLag
	// PolicyMultiple is the earliest of its members.
	PolicyMultiple
)

// PolicyNode is one node of a policy.
type PolicyNode struct {
	Kind PolicyKind
	// From of PolicyValidFrom.
	From frontier.Frontier
	// Lag of PolicyLag: a distance in timestamps.
	Lag frontier.Timestamp
	// Members of PolicyMultiple: how many policies follow in preorder.
	Members uint32
}

// Policy is a read policy as data: its nodes in preorder. The list is frozen.
type Policy struct{ Nodes []PolicyNode }

// maxPolicyNodes bounds the work of evaluating a policy.
const maxPolicyNodes = 64

// ValidFrom is the policy "readable from f on".
func ValidFrom(f frontier.Frontier) Policy {
	return Policy{Nodes: []PolicyNode{{Kind: PolicyValidFrom, From: f}}}
}

// Lag is the policy "readable from lag before the upper on".
func Lag(lag frontier.Timestamp) Policy {
	return Policy{Nodes: []PolicyNode{{Kind: PolicyLag, Lag: lag}}}
}

// Multiple is the policy "the earliest of these".
func Multiple(members ...Policy) Policy {
	nodes := []PolicyNode{{Kind: PolicyMultiple, Members: uint32(len(members))}}
	for _, m := range members {
		nodes = append(nodes, m.Nodes...)
	}
	return Policy{Nodes: nodes}
}

// Valid reports whether the nodes are one well-formed tree in which every
// multiple has members and no frontier is empty (C-42).
func (p Policy) Valid() bool {
	if len(p.Nodes) == 0 || len(p.Nodes) > maxPolicyNodes {
		return false
	}
	missing := uint64(1)
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if missing == 0 {
			return false
		}
		missing--
		switch n.Kind {
		case PolicyValidFrom:
			if n.From.IsEmpty() || !n.From.Valid() || n.Lag != 0 || n.Members != 0 {
				return false
			}
		case PolicyLag:
			if n.From != frontier.Minimum() || n.Members != 0 {
				return false
			}
		case PolicyMultiple:
			if n.Members == 0 || n.From != frontier.Minimum() || n.Lag != 0 {
				return false
			}
			missing += uint64(n.Members)
		case PolicyNone:
			return false
		default:
			return false
		}
	}
	return missing == 0
}

// eval is where the policy lets the since go, given the upper and where the
// implied capability is now. Because every node of the tree takes the earliest of
// its parts, the tree's value is the earliest of its leaves.
func (p Policy) eval(upper, current frontier.Frontier) frontier.Frontier {
	earliest := frontier.Empty()
	for i := range p.Nodes {
		n := &p.Nodes[i]
		switch n.Kind {
		case PolicyValidFrom:
			earliest = earliest.Meet(n.From)
		case PolicyLag:
			earliest = earliest.Meet(lagged(upper, n.Lag, current))
		case PolicyMultiple, PolicyNone:
		}
	}
	return earliest
}

// lagged is upper − lag, saturating at the minimum and rounded down to a multiple
// of lag, so that a busy collection's since moves once per lag and not with every
// append. A closed collection stays readable where it was.
func lagged(upper frontier.Frontier, lag frontier.Timestamp, current frontier.Frontier) frontier.Frontier {
	t, ok := upper.AsOption()
	switch {
	case !ok:
		return current
	case lag == 0:
		return upper
	case t <= lag:
		return frontier.Minimum()
	}
	t -= lag
	return frontier.At(t - t%lag)
}
