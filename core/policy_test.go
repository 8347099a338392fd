package core

import (
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/internal/draws"
)

// tree is a policy as people think of it.
type tree struct {
	kind    PolicyKind
	from    uint64
	lag     uint64
	members []tree
}

func (p tree) flat() Policy {
	switch p.kind {
	case PolicyValidFrom:
		return ValidFrom(frontier.At(frontier.Timestamp(p.from)))
	case PolicyLag:
		return Lag(frontier.Timestamp(p.lag))
	}
	var members []Policy
	for _, m := range p.members {
		members = append(members, m.flat())
	}
	return Multiple(members...)
}

// time is a frontier that the dumb evaluator understands: nil is closed.
type time *uint64

func timeOf(f frontier.Frontier) time {
	if f.Empty {
		return nil
	}
	t := uint64(f.T)
	return &t
}

// eval says in the words of C-41 what a policy lets the since be.
func (p tree) eval(upper, current time) time {
	switch p.kind {
	case PolicyValidFrom:
		return &p.from
	case PolicyLag:
		if upper == nil {
			return current
		}
		if p.lag == 0 {
			return upper
		}
		at := uint64(0)
		if *upper > p.lag {
			at = (*upper - p.lag) / p.lag * p.lag
		}
		return &at
	}
	var least time
	for _, m := range p.members {
		if v := m.eval(upper, current); least == nil || v != nil && *v < *least {
			least = v
		}
	}
	return least
}

func drawPolicy(t *rapid.T) tree { return drawTree(t, 3) }

func drawTree(t *rapid.T, depth int) tree {
	number := rapid.OneOf(rapid.Uint64Range(0, 20), rapid.Uint64())
	kinds := []PolicyKind{PolicyLag, PolicyValidFrom, PolicyMultiple}
	if depth == 0 {
		kinds = kinds[:2]
	}
	p := tree{kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	switch p.kind {
	case PolicyValidFrom:
		p.from = number.Draw(t, "from")
	case PolicyLag:
		p.lag = number.Draw(t, "lag")
	case PolicyMultiple:
		for range rapid.IntRange(1, 3).Draw(t, "members") {
			p.members = append(p.members, drawTree(t, depth-1))
		}
	}
	return p
}

func TestPolicyEvaluation(t *testing.T) {
	small := func(t *rapid.T, label string) frontier.Frontier {
		switch rapid.IntRange(0, 9).Draw(t, label+" kind") {
		case 8:
			return frontier.Empty()
		case 9:
			return frontier.At(frontier.Timestamp(rapid.Uint64().Draw(t, label)))
		}
		return frontier.At(frontier.Timestamp(rapid.Uint64Range(0, 40).Draw(t, label)))
	}
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		flat := p.flat()
		if !flat.Valid() {
			t.Fatalf("%+v is not valid", flat)
		}
		upper, current := small(t, "upper"), small(t, "current")
		want := frontier.Empty()
		if v := p.eval(timeOf(upper), timeOf(current)); v != nil {
			want = frontier.At(frontier.Timestamp(*v))
		}
		if got := flat.eval(upper, current); got != want {
			t.Fatalf("%+v at upper %v, current %v: %v, want %v", flat.Nodes, upper, current, got, want)
		}
	})
}

// TestPolicyTable: the cases that people get wrong, by their numbers.
func TestPolicyTable(t *testing.T) {
	at, closed := func(t uint64) frontier.Frontier { return frontier.At(frontier.Timestamp(t)) }, frontier.Empty()
	for _, c := range []struct {
		name                 string
		policy               Policy
		upper, current, want frontier.Frontier
	}{
		{"lag", Lag(10), at(100), at(0), at(90)},
		{"lag rounds down to its multiples", Lag(10), at(119), at(0), at(100)},
		{"lag saturates", Lag(10), at(9), at(0), at(0)},
		{"lag at its own distance", Lag(10), at(10), at(0), at(0)},
		{"lag just beyond", Lag(10), at(19), at(0), at(0)},
		{"lag at twice its distance", Lag(10), at(20), at(0), at(10)},
		{"no lag", Lag(0), at(17), at(0), at(17)},
		{"closed: stays readable where it was", Lag(10), closed, at(70), at(70)},
		{"closed, no lag: the same", Lag(0), closed, at(70), at(70)},
		{"the largest lag", Lag(frontier.MaxTimestamp), at(1<<64 - 1), at(0), at(0)},
		{"valid from beyond the upper", ValidFrom(at(50)), at(3), at(0), at(50)},
		{"the earliest member", Multiple(Lag(5), Lag(50)), at(100), at(0), at(50)},
		{"the earliest member, nested", Multiple(Lag(0), Multiple(ValidFrom(at(90)), Lag(5))), at(100), at(0), at(90)},
		{"closed: the earliest of where it was and the others", Multiple(Lag(5), ValidFrom(at(60))), closed, at(70), at(60)},
	} {
		if got := c.policy.eval(c.upper, c.current); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// parse reads one policy from the front of nodes, recursively, and returns what is
// left; ok is false where C-42 refuses.
func parse(nodes []PolicyNode) (rest []PolicyNode, ok bool) {
	if len(nodes) == 0 {
		return nil, false
	}
	n, rest := nodes[0], nodes[1:]
	switch n.Kind {
	case PolicyValidFrom:
		return rest, !n.From.Empty && n.Lag == 0 && n.Members == 0
	case PolicyLag:
		return rest, n.From == frontier.Frontier{} && n.Members == 0
	case PolicyMultiple:
		if n.Members == 0 || n.From != (frontier.Frontier{}) || n.Lag != 0 {
			return nil, false
		}
		for i := uint32(0); i < n.Members; i++ {
			if rest, ok = parse(rest); !ok {
				return nil, false
			}
		}
		return rest, true
	}
	return nil, false
}

func TestPolicyValidAgainstParser(t *testing.T) {
	drawn := map[string]int{}
	draws.Until(t, func() []string { return draws.Unmet(drawn, "valid", "not valid") }, func(t *rapid.T) {
		nodes := append([]PolicyNode(nil), drawPolicy(t).flat().Nodes...)
		for range rapid.SampledFrom([]int{0, 0, 1, 1, 2}).Draw(t, "spoiled") {
			i := rapid.IntRange(0, len(nodes)-1).Draw(t, "node")
			switch n := &nodes[i]; rapid.IntRange(0, 6).Draw(t, "how") {
			case 0:
				n.Kind = PolicyKind(rapid.IntRange(0, 5).Draw(t, "kind"))
			case 1:
				n.From = rapid.SampledFrom([]frontier.Frontier{{}, {Empty: true}, {T: 1}, {T: 1, Empty: true}}).Draw(t, "from")
			case 2:
				n.Lag = frontier.Timestamp(rapid.Uint64Range(0, 1).Draw(t, "lag"))
			case 3:
				n.Members = rapid.SampledFrom([]uint32{0, 1, 2, 3, 1<<32 - 1}).Draw(t, "members")
			case 4:
				nodes = append(nodes, nodes[i])
			case 5:
				if len(nodes) > 1 {
					nodes = nodes[:len(nodes)-1]
				}
			case 6:
				// Multiples of one member are harmless at any depth.
				nodes = append([]PolicyNode{{Kind: PolicyMultiple, Members: 1}}, nodes...)
			}
		}
		rest, ok := parse(nodes)
		want := ok && len(rest) == 0 && len(nodes) <= 64
		if got := (Policy{Nodes: nodes}).Valid(); got != want {
			t.Fatalf("%+v: valid %v, want %v", nodes, got, want)
		}
		if want {
			drawn["valid"]++
		} else {
			drawn["not valid"]++
		}
	})
}

func TestPolicySizeLimit(t *testing.T) {
	var members []Policy
	for len(members) < maxPolicyNodes-1 {
		members = append(members, Lag(1))
	}
	if !Multiple(members...).Valid() {
		t.Errorf("%d nodes are refused", maxPolicyNodes)
	}
	if Multiple(append(members, Lag(1))...).Valid() {
		t.Errorf("%d nodes are accepted", maxPolicyNodes+1)
	}
	if (Policy{}).Valid() || Multiple().Valid() {
		t.Error("a policy of nothing is accepted")
	}
}
