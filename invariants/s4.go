package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

func docS4() Doc {
	return Doc{
		Name: "S4", Title: "upper truthful",
		Statement: "The upper that a controller believes is never beyond the durable one (beyond what was honestly reported, for a reported collection), is empty only if the collection is durably closed, and never goes back within an incarnation. What a client is told of a collection is what the controller believes, and of an export no more than its external system has. The time that an answer offers is the controller's wall clock, but not beyond the stash server's latest time, what has passed since and the allowed skew; it is zero before the take-over. What a host is told of the time is bounded in the same way.",
		Meaning:   "A reader is told that a time is complete while writes at it can still appear: two reads of the same time return different rows.",
		Met:       "a believed upper moved forwards",
	}
}

func (j *Judges) s4Moved(l *life, slot int32, b *belief, v *core.CollectionView, opening bool) {
	j.checked[s4]++
	if b.present && v.Upper == b.view.Upper && !opening {
		return
	}
	j.met[s4]++
	if b.present && before(v.Upper, b.view.Upper) {
		j.violate(s4, l.node, "%v: the believed upper went back from %v to %v", v.ID, b.view.Upper, v.Upper)
	}
	s := j.dataShard(slot)
	if s == nil {
		return
	}
	bound := s.now.Upper
	if v.Kind == core.KindReported {
		bound = later(bound, b.reported)
	}
	if j.lostToHost(slot) {
		return
	}
	if !atMost(v.Upper, bound) {
		j.violate(s4, l.node, "%v: the believed upper is %v, but durable is only %v", v.ID, v.Upper, bound)
	}
}

// s4Info judges what a client is told of a collection against the view.
func (j *Judges) s4Info(l *life, b *belief, q *request, info *core.CollectionInfo) {
	j.checked[s4]++
	v, was := &b.view, j.viewBefore(b)
	if !b.present || info.ID != v.ID {
		return
	}
	if !between(was.Upper, info.Upper, v.Upper) {
		j.violate(s4, l.node, "%v: a client is told upper %v, believed is %v", v.ID, info.Upper, v.Upper)
	}
	if !between(was.Since, info.Since, v.Since) || !between(was.Implied, info.Implied, v.Implied) {
		j.violate(s3, l.node, "%v: a client is told since %v and implied capability %v, advertised are %v and %v", v.ID, info.Since, info.Implied, v.Since, v.Implied)
	}
	if info.Data != v.Data || info.Remap != v.Remap || info.Dropped != v.Dropped {
		j.violate(s9, l.node, "%v: a client is told shards %v and %v, dropped %v; they are %v and %v, %v", v.ID, info.Data, info.Remap, info.Dropped, v.Data, v.Remap, v.Dropped)
	}
	if !samePolicy(info.Policy, v.Policy) && !samePolicy(info.Policy, was.Policy) && (b.policyOpen == 0 || b.movedStep != j.step) {
		j.violate(s11, l.node, "%v: a client is told another policy than the one in force", v.ID)
	}
	if t := &j.things[q.slot]; t.described && !sameDescription(&info.Description, &t.description) && !t.moved() {
		j.violate(s9, l.node, "%v: a client is told another description than the durable one", v.ID)
	}
	j.s8Info(l, b, info)
}

func between(low, f, high frontier.Frontier) bool { return atMost(low, f) && atMost(f, high) }
