package plan_test

import (
	"testing"

	"example.com/tidemark/sim/plan"
)

// TestMalformedAppears wants every way in which a request can be wrong, in the
// first seeds of the default and the hostile profile.
func TestMalformedAppears(t *testing.T) {
	seen := map[string]int{}
	for _, profile := range []string{"default", "hostile"} {
		for seed := uint64(1); seed <= manySeeds/2; seed++ {
			p := generate(t, profile, seed)
			for i := range p.Ops {
				noteMalformed(seen, &p.Ops[i])
			}
		}
	}
	for _, what := range []string{
		"status forward", "status itself", "status of no kind", "create bad frontier", "append bad frontier",
		"update-uppers bad frontier", "no owner", "no hold", "diff too big", "diff too small", "diff as big as can be",
		"id twice in set-policy", "id twice in update-uppers", "report beside what is no report",
		"nodes: none", "nodes: too many", "nodes: as many as can be", "nodes: lag with leftovers", "nodes: empty from", "nodes: not canonical",
		"nodes: unknown kind", "nodes: members of no multiple", "nodes: members missing",
	} {
		atLeast(t, what, seen[what], 5)
	}
}

func noteMalformed(seen map[string]int, op *plan.Operation) {
	note := func(what string, is bool) {
		if is {
			seen[what]++
		}
	}
	hold := op.Kind == plan.OpAcquire || op.Kind == plan.OpMove || op.Kind == plan.OpRelease
	note("no owner", (hold || op.Kind == plan.OpRenew || op.Kind == plan.OpCapabilities) && op.Owner == 0)
	note("no hold", hold && op.Owner != 0 && op.Hold == 0)
	at := map[int]int{}
	for i := range op.Parts {
		v := &op.Parts[i]
		if earlier, ok := at[v.Slot]; ok && earlier < i {
			seen["id twice in "+string(op.Kind)]++
		}
		at[v.Slot] = i
		note(string(op.Kind)+" bad frontier", v.BadFrontier)
		note("status itself", v.Status != 0 && v.Status == v.Slot)
		note("status of no kind", v.BadStatus)
		note("diff too big", v.Diff > 1<<40)
		note("diff too small", v.Diff < -1<<40)
		note("diff as big as can be", v.Diff == 1<<40)
		if v.Policy != nil && v.Policy.Nodes != nil {
			noteNodes(note, *v.Policy.Nodes)
		}
	}
	for i := range op.Parts {
		note("status forward", op.Kind == plan.OpCreate && op.Parts[i].Status != 0 && at[op.Parts[i].Status] > i)
	}
	note("report beside what is no report", op.As == plan.Reporter && len(op.Parts) > 1 && op.Parts[len(op.Parts)-1].Rows == 0 && op.Parts[0].Rows == 1)
}

func noteNodes(note func(string, bool), nodes []plan.PolicyNode) {
	note("nodes: none", len(nodes) == 0)
	note("nodes: too many", len(nodes) == 65)
	note("nodes: as many as can be", len(nodes) == 64)
	left := int64(1)
	for _, n := range nodes {
		left--
		if n.Kind == 3 {
			left += int64(n.Members)
		}
		note("nodes: lag with leftovers", n.Kind == 2 && n.From != nil)
		note("nodes: empty from", n.Kind == 1 && n.Empty && n.From == nil)
		note("nodes: not canonical", n.Kind == 1 && n.Empty && n.From != nil)
		note("nodes: unknown kind", n.Kind == 0 || n.Kind > 3)
		note("nodes: members of no multiple", n.Kind != 3 && n.Members > 0)
	}
	note("nodes: members missing", left > 0)
}
