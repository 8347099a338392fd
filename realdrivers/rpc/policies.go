package rpc

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// maxPolicyNodes is more than the core accepts; what is larger is not even walked.
const maxPolicyNodes = 1024

// toPolicy reads a policy. Whether it makes sense is the core's to say.
func toPolicy(field string, p *tidemarkpb.Policy) (core.Policy, error) {
	var nodes []core.PolicyNode
	if err := appendPolicy(&nodes, field, p); err != nil {
		return core.Policy{}, err
	}
	return core.Policy{Nodes: nodes}, nil
}

// appendPolicy appends a policy's nodes in preorder. Its depth is at most the number
// of nodes, which is bounded.
func appendPolicy(nodes *[]core.PolicyNode, field string, p *tidemarkpb.Policy) error {
	if len(*nodes) == maxPolicyNodes {
		return bad(field, "more than %d nodes", maxPolicyNodes)
	}
	switch policy := p.GetPolicy().(type) {
	case *tidemarkpb.Policy_ValidFrom:
		from, err := toFrontier(field+".validFrom", policy.ValidFrom)
		*nodes = append(*nodes, core.PolicyNode{Kind: core.PolicyValidFrom, From: from})
		return err
	case *tidemarkpb.Policy_Lag:
		*nodes = append(*nodes, core.PolicyNode{Kind: core.PolicyLag, Lag: frontier.Timestamp(policy.Lag)})
		return nil
	case *tidemarkpb.Policy_Multiple:
		members := policy.Multiple.GetPolicies()
		*nodes = append(*nodes, core.PolicyNode{Kind: core.PolicyMultiple, Members: uint32(len(members))})
		for i, member := range members {
			if err := appendPolicy(nodes, at(field+".multiple.policies", i), member); err != nil {
				return err
			}
		}
		return nil
	}
	return bad(field, "missing; it is one of validFrom, lag or multiple")
}

func fromPolicy(p core.Policy) *tidemarkpb.Policy {
	policy, _ := policyFrom(p.Nodes)
	return policy
}

// policyFrom reads the first policy of a list of nodes, and returns what is behind it.
func policyFrom(nodes []core.PolicyNode) (*tidemarkpb.Policy, []core.PolicyNode) {
	if len(nodes) == 0 {
		return nil, nil
	}
	n, rest := nodes[0], nodes[1:]
	switch n.Kind {
	case core.PolicyValidFrom:
		return &tidemarkpb.Policy{Policy: &tidemarkpb.Policy_ValidFrom{ValidFrom: fromFrontier(n.From)}}, rest
	case core.PolicyLag:
		return &tidemarkpb.Policy{Policy: &tidemarkpb.Policy_Lag{Lag: uint64(n.Lag)}}, rest
	case core.PolicyMultiple:
		members := &tidemarkpb.Policies{}
		for range n.Members {
			var member *tidemarkpb.Policy
			if member, rest = policyFrom(rest); member == nil {
				break
			}
			members.Policies = append(members.Policies, member)
		}
		return &tidemarkpb.Policy{Policy: &tidemarkpb.Policy_Multiple{Multiple: members}}, rest
	case core.PolicyNone:
	}
	return nil, rest
}
