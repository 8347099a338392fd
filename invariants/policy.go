package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

// policyBound is where a policy lets the implied capability go (C-41), given the
// upper and where it is now: the earliest of the leaves.
func policyBound(p core.Policy, upper, now frontier.Frontier) frontier.Frontier {
	bound := frontier.Frontier{Empty: true}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		switch n.Kind {
		case core.PolicyValidFrom:
			bound = earlier(bound, n.From)
		case core.PolicyLag:
			bound = earlier(bound, lagBound(upper, uint64(n.Lag), now))
		case core.PolicyMultiple, core.PolicyNone:
		}
	}
	return bound
}

// lagBound is the greatest multiple of lag that is not after upper − lag; a closed
// collection stays where it was.
func lagBound(upper frontier.Frontier, lag uint64, now frontier.Frontier) frontier.Frontier {
	if upper.Empty {
		return now
	}
	u := uint64(upper.T)
	if lag == 0 {
		return upper
	}
	if u < lag {
		return frontier.Frontier{}
	}
	return at(frontier.Timestamp((u - lag) / lag * lag))
}

// policyWellFormed judges a policy from outside (C-42).
func policyWellFormed(p core.Policy) bool {
	const mostNodes = 64
	if len(p.Nodes) == 0 || len(p.Nodes) > mostNodes {
		return false
	}
	open := uint64(1)
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if open == 0 {
			return false
		}
		open--
		switch n.Kind {
		case core.PolicyValidFrom:
			if n.From.Empty || n.Lag != 0 || n.Members != 0 {
				return false
			}
		case core.PolicyLag:
			if n.From != (frontier.Frontier{}) || n.Members != 0 {
				return false
			}
		case core.PolicyMultiple:
			if n.Members == 0 || n.From != (frontier.Frontier{}) || n.Lag != 0 {
				return false
			}
			open += uint64(n.Members)
		default:
			return false
		}
	}
	return open == 0
}

func samePolicy(a, b core.Policy) bool {
	if len(a.Nodes) != len(b.Nodes) {
		return false
	}
	if len(a.Nodes) == 0 || &a.Nodes[0] == &b.Nodes[0] {
		return true
	}
	for i := range a.Nodes {
		if a.Nodes[i] != b.Nodes[i] {
			return false
		}
	}
	return true
}
