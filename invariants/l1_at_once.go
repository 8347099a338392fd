package invariants

import "example.com/tidemark/core"

// l1AtOnce judges, when a step is over that changed what a controller believes of a
// collection, that the implied capability is where the read policy lets it go now (C-9,
// C-43): it follows in the step in which the upper, the policy or what held it back moved.
// What is managed also follows the present, and what a host fills its bindings.
func (j *Judges) l1AtOnce(l *life, slot int32, b *belief) {
	v, t := &b.view, &j.things[slot]
	if b.movedStep != j.step || !b.present || !b.opened || v.Phase != core.ShardOpen || v.Dropped || v.Tokens > 0 ||
		v.Kind != core.KindTable && v.Kind != core.KindReported || t.hosted() || l.seen.older < l.graceLast+j.wakesLate() || l.mono < l.graceEnds {
		return
	}
	j.checked[l1]++
	if target := later(v.Implied, earlier(policyBound(v.Policy, v.Upper, v.Implied), dependantsOf(v))); v.Implied != target {
		j.violate(l1, l.node, "%v: the implied capability is at %v when the step is over, its policy lets it go to %v", v.ID, v.Implied, target)
	}
}
