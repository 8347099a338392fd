package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/stash"
)

// s11Moved judges that a policy changes only by a request that asks for it.
func (j *Judges) s11Moved(l *life, slot int32, b *belief, v *core.CollectionView) {
	if samePolicy(v.Policy, b.view.Policy) {
		return
	}
	j.checked[s11]++
	if t := &j.things[slot]; !b.opened && len(b.view.Policy.Nodes) == 0 &&
		(validFrom(v) || t.policyEpoch > l.epoch || t.hasPolicy && samePolicy(t.policy, v.Policy)) {
		return
	}
	b.policyBy = 0
	asked := 0
	if b.policyOpen > 0 {
		for i := range j.requests {
			q := &j.requests[i]
			if q.used && q.node == l.node && q.r.Op == core.RequestSetPolicy && samePolicy(lastPolicy(&q.r, v.ID), v.Policy) {
				b.policyBy = q.serial
				asked++
			}
		}
	}
	if asked == 0 {
		j.violate(s11, l.node, "%v has another read policy, and no open request asks for it", v.ID)
	}
	if asked > 1 {
		b.policyBy = 0 // whose it is cannot be told
	}
}

// validFrom reports the policy that a collection has when none was set (C-24):
// valid from where its implied capability starts.
func validFrom(v *core.CollectionView) bool {
	n := v.Policy.Nodes
	return len(n) == 1 && n[0].Kind == core.PolicyValidFrom && (n[0].From == v.Implied || v.Dropped)
}

func lastPolicy(r *core.Request, id core.GlobalID) core.Policy {
	for i := len(r.Policies) - 1; i >= 0; i-- {
		if r.Policies[i].ID == id {
			return r.Policies[i].Policy
		}
	}
	return core.Policy{}
}

// s11Opened judges the policy of a collection whose shard comes into use: the
// durable one, or, if none was set, valid from where it starts.
func (j *Judges) s11Opened(l *life, slot int32, b *belief, v *core.CollectionView) {
	t := &j.things[slot]
	if b.policyOpen > 0 || v.Dropped || v.Kind == core.KindRemap || t.policyEpoch > l.epoch {
		return
	}
	if t.hasPolicy && !samePolicy(t.policy, v.Policy) {
		j.violate(s11, l.node, "%v is taken up with another read policy than the durable one", v.ID)
	}
	if !t.hasPolicy && !validFrom(v) {
		j.violate(s11, l.node, "%v is taken up with a read policy, but none was set", v.ID)
	}
}

func (j *Judges) s11PolicyWritten(l *life, t *thing, slot int32, w *stash.Write) {
	j.checked[s11]++
	p, ok := policyOf(w.Value)
	if w.Kind == stash.WriteDelete || !ok || !policyWellFormed(p) {
		j.violate(s11, l.node, "the stash gets a read policy of %v that is none", t.id)
		return
	}
	t.policy, t.hasPolicy, t.policyEpoch = p, true, l.epoch
	if l.ended || l.halted {
		return
	}
	if b := j.beliefAt(l.node, slot); b.present && !samePolicy(p, b.view.Policy) && b.policyOpen == 0 {
		j.violate(s11, l.node, "the stash gets a read policy of %v that is not the one in force", t.id)
	}
}

// s11PolicyAnswered judges the answer to a set-policy: what is acknowledged is in
// force and durable, what is refused is not.
func (j *Judges) s11PolicyAnswered(l *life, q *request, r *core.Response) {
	for k := range q.r.Policies {
		id := q.r.Policies[k].ID
		if !usable(id) {
			continue
		}
		slot := j.slotOf(id)
		b := j.beliefAt(l.node, slot)
		b.policyOpen--
		last := b.policyOpen == 0
		if r.Err.Code == core.Ok && last && b.present && !b.view.Dropped && b.view.Phase != core.ShardFailed {
			j.policyStands(l, q, slot, b)
		}
		if last {
			b.policyMixed = false
		}
		if r.Err.Code != core.Ok && r.Err.Definite && b.policyBy == q.serial {
			j.violate(s11, l.node, "%v: a read policy is refused as %v, but it is in force", id, r.Err.Code)
		}
	}
}

// policyStands judges the policy of a collection when nothing more is asked of it:
// what is in force is durable, and is what was asked for unless several requests
// were open at once.
func (j *Judges) policyStands(l *life, q *request, slot int32, b *belief) {
	t := &j.things[slot]
	if t.policyEpoch > l.epoch {
		return // a newer epoch's
	}
	if !t.hasPolicy || !samePolicy(t.policy, b.view.Policy) {
		j.violate(s11, l.node, "%v: a read policy is acknowledged, but the one in force is not durable", t.id)
		return
	}
	if !b.policyMixed && !samePolicy(t.policy, lastPolicy(&q.r, t.id)) {
		j.violate(s11, l.node, "%v: a read policy is acknowledged, but another one is in force", t.id)
	}
}
