package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

func docS1() Doc {
	return Doc{
		Name: "S1", Title: "hold",
		Statement: "While a hold lives, the durable since of its collection is not beyond it. A hold is what a client was granted (until it releases it, does not renew it for a lease in the granting controller's own time, or does not renew it after a boot), a snapshot that waits or is read, and the implied capability, which goes where the read policy lets it and nowhere while the time after a boot runs. A grant is given only by a controller that proved its leadership recently.",
		Meaning:   "History that a reader was promised is compacted away: its next read fails or returns rows merged over times that it wanted apart.",
		Met:       "a since downgrade was sent while a hold lay strictly behind where the policy would go",
	}
}

// s1Moved judges the implied capability's way: forwards only as far as a policy
// allows, and not at all while C-48's time runs.
func (j *Judges) s1Moved(l *life, slot int32, b *belief, v *core.CollectionView) {
	j.checked[s1]++
	if v.Implied != b.view.Implied {
		if t := j.frozen(l, b.life, slot); t != nil {
			j.violate(s1, l.node, "%v: the implied capability moved from %v to %v although the prepared export %v froze it", v.ID, b.view.Implied, v.Implied, t.id)
		}
		if l.grace() {
			j.violate(s1, l.node, "%v: the implied capability moved from %v to %v at %d µs after boot, before the time that owners of older holds have to renew them is over (%d µs)",
				v.ID, b.view.Implied, v.Implied, l.mono, l.graceEnds)
			return
		}
	}
	if v.Since != b.view.Since && !j.alone {
		j.s1Imported(l, slot, v.Since)
	}
	bound := j.impliedBound(l, slot, b, v)
	if v.Dropped && v.Kind != core.KindRemap {
		if !l.grace() {
			b.allowed = empty()
		}
	} else {
		b.allowed = later(b.allowed, bound)
	}
	if !atMost(v.Implied, b.allowed) {
		j.violate(s1, l.node, "%v: the implied capability is at %v, beyond %v, which is where its policy lets it go with upper %v",
			v.ID, v.Implied, b.allowed, v.Upper)
		b.allowed = v.Implied
	}
}

// s1Opened judges the implied capability of a collection that has just been
// opened: where it was left, joined with its description's since, and from there
// as far as its policy allows.
func (j *Judges) s1Opened(l *life, slot int32, b *belief, v *core.CollectionView) {
	t := &j.things[slot]
	s := j.dataShard(slot)
	if !t.described {
		return
	}
	left := s.now.CriticalSince
	if !v.Dropped {
		left = later(left, t.description.Since)
	}
	if before(v.Implied, left) && s.now.Opaque.Epoch == l.epoch {
		j.violate(s11, l.node, "%v opened with its implied capability at %v, but it was to start at %v", v.ID, v.Implied, left)
	}
	b.allowed = left
	switch {
	case l.grace():
	case v.Dropped && v.Kind != core.KindRemap:
		b.allowed = empty()
	default:
		b.allowed = later(left, j.anyBound(l, b, v, left))
	}
	if before(b.allowed, v.Implied) {
		j.violate(s1, l.node, "%v opened with its implied capability at %v, but it was left at %v and may go to %v", v.ID, v.Implied, left, b.allowed)
	}
}

// impliedBound is how far any policy that was in force in this step lets the
// implied capability go.
func (j *Judges) impliedBound(l *life, slot int32, b *belief, v *core.CollectionView) frontier.Frontier {
	if l.grace() || v.Dropped && v.Kind != core.KindRemap {
		return b.view.Implied
	}
	return j.anyBound(l, b, v, b.view.Implied)
}

func (j *Judges) anyBound(l *life, b *belief, v *core.CollectionView, now frontier.Frontier) frontier.Frontier {
	if v.Kind == core.KindRemap {
		return j.remapReach(j.slotOf(v.ID))
	}
	bound := l.policyReach(v, v.Policy, v.Upper, now)
	if b.present && !samePolicy(v.Policy, b.view.Policy) && len(b.view.Policy.Nodes) > 0 {
		bound = later(bound, l.policyReach(v, b.view.Policy, v.Upper, now))
	}
	if b.policyOpen == 0 {
		return bound
	}
	upper := j.lastUpper(l, b, v)
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || q.r.Op != core.RequestSetPolicy || q.node != l.node {
			continue
		}
		for k := range q.r.Policies {
			if q.r.Policies[k].ID == v.ID && policyWellFormed(q.r.Policies[k].Policy) {
				bound = later(bound, l.policyReach(v, q.r.Policies[k].Policy, upper, now))
			}
		}
	}
	return bound
}

// lastUpper is the latest upper before the end that a collection may have had in
// this step: a policy that was set before another request closed the collection
// counts with it (C-42).
func (j *Judges) lastUpper(l *life, b *belief, v *core.CollectionView) frontier.Frontier {
	if !v.Upper.Empty || b.present && b.view.Upper.Empty {
		return v.Upper
	}
	last := b.view.Upper
	if s := j.dataShard(j.slotOf(v.ID)); !b.opened && s != nil && !s.now.Upper.Empty {
		last = later(last, s.now.Upper)
	}
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || q.r.Op != core.RequestUpdateUppers || q.node != l.node {
			continue
		}
		for k := range q.r.Uppers {
			if u := &q.r.Uppers[k]; u.ID == v.ID && !u.Upper.Empty {
				last = later(last, u.Upper)
			}
		}
	}
	return last
}

// s1Issued judges a since downgrade when it leaves: nothing that holds may lie
// behind it, and the policy must allow it.
func (j *Judges) s1Issued(l *life, slot int32, c *persist.Call) {
	j.checked[s1]++
	s := j.dataShard(slot)
	if s == nil || atMost(c.Since, s.now.CriticalSince) && s.now.HasCritical {
		return
	}
	b := j.beliefAt(l.node, slot)
	if !b.opened {
		if c.Since != (frontier.Frontier{}) {
			j.violate(s1, l.node, "%v: its since is to move to %v before the controller knows what holds it", idOf(j, slot), c.Since)
		}
		return
	}
	all, certain := j.holdsBack(b, l.mono)
	if before(all, b.allowed) {
		j.met[s1]++
	}
	if !atMost(c.Since, certain) {
		j.violate(s1, l.node, "%v: its since is to move to %v although something still holds it at %v", idOf(j, slot), c.Since, certain)
	}
	if !atMost(c.Since, b.allowed) {
		j.violate(s1, l.node, "%v: its since is to move to %v, beyond %v, which is as far as its policy ever let it go", idOf(j, slot), c.Since, b.allowed)
	}
}

// s1Imported judges a move of the since of what a live ingestion reads: what is not in
// all that it fills may still be read there (C-38).
func (j *Judges) s1Imported(l *life, slot int32, since frontier.Frontier) {
	id := idOf(j, slot)
	for i := range j.things {
		m := &j.things[i]
		if m.description.Ingestion == nil || !m.knownTo(l.epoch) || m.dropped || !slices.Contains(m.description.Ingestion.Imports, id) {
			continue
		}
		if !j.beliefAt(l.node, int32(i)).present {
			continue
		}
		bound := empty()
		for _, out := range m.outputs() {
			if s := j.slotOf(out.ID); s >= 0 && !j.things[s].dropped && j.dataShard(s) != nil && !j.dataShard(s).now.Finalized {
				bound = earlier(bound, j.dataShard(s).now.Upper)
			}
		}
		if !atMost(since, back(bound, 1)) {
			j.violate(s1, l.node, "%v: the advertised since moved to %v, but %v reads it and is complete up to %v only", id, since, m.id, bound)
		}
	}
}

// s1Applied judges what became durable against everything that is held now, by
// whichever controller's grant.
func (j *Judges) s1Applied(caller *life, si int32, o *Observation) {
	s := &j.shards[si]
	if caller == nil || o.Before.Since == o.After.Since || s.slot < 0 {
		return
	}
	j.checked[s1]++
	for n := range j.nodes {
		l := j.lifeOf(j.nodes[n].life)
		if l == nil || l.ended || l.halted || int(s.slot) >= len(j.nodes[n].beliefs) {
			continue
		}
		if l.epoch < caller.epoch {
			continue
		}
		b := j.beliefAt(n, s.slot)
		_, certain := j.holdsBack(b, l.mono)
		if before(certain, o.After.Since) && before(certain, o.After.CriticalSince) {
			j.violate(s1, n, "%v: its durable since moved to %v although something holds it at %v", idOf(j, s.slot), o.After.Since, certain)
		}
	}
}

// s1Granted judges a grant: leadership was proved, and the time can be held.
func (j *Judges) s1Granted(l *life, b *belief, q *request, t frontier.Timestamp) {
	j.s1Proved(l, q)
	if b.opened && !readable(j.viewBefore(b).Since, t) {
		j.violate(s1, l.node, "%v: a hold was granted at %d although the since is %v already", b.view.ID, t, b.view.Since)
	}
}
