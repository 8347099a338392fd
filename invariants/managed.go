package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
)

// managed reports that the controller itself writes a collection.
func (j *Judges) managed(slot int32) bool {
	return slot >= 0 && j.things[slot].description.Kind == core.KindIntrospection
}

// mapping reports that a collection is a shard mapping.
func (j *Judges) mapping(slot int32) bool {
	return j.managed(slot) && j.things[slot].description.Introspection == core.IntrospectionShardMapping
}

// kindWellFormed judges a description's kind and introspection type (C-21). A shard
// mapping has two texts.
func kindWellFormed(d *core.Description) bool {
	switch d.Kind {
	case core.KindTable, core.KindReported:
		return d.Introspection == core.IntrospectionNone && d.Ingestion == nil && d.Of == (core.GlobalID{})
	case core.KindIngestion:
		return d.Introspection == core.IntrospectionNone && d.Ingestion != nil && d.Of == (core.GlobalID{})
	case core.KindSubsource:
		return d.Introspection == core.IntrospectionNone && d.Ingestion == nil && usable(d.Of)
	case core.KindIntrospection:
		c := d.Schema.Columns
		return d.Introspection == core.IntrospectionSourceStatus || d.Introspection == core.IntrospectionSinkStatus ||
			d.Introspection == core.IntrospectionShardMapping && len(c) == 2 && c[0].Type == relation.Text && c[1].Type == relation.Text
	default:
		return false
	}
}

// boundTwice reports that a create's list has two ids of one introspection type.
func boundTwice(r *core.Request) bool {
	for i := range r.Collections {
		for k := 0; k < i; k++ {
			a, b := &r.Collections[i], &r.Collections[k]
			if a.ID != b.ID && a.Description.Kind == core.KindIntrospection && b.Description.Kind == core.KindIntrospection &&
				a.Description.Introspection == b.Description.Introspection {
				return true
			}
		}
	}
	return false
}

// alreadyBound: another collection has an introspection type that is asked for, and
// was not dropped when the request arrived.
func (j *Judges) alreadyBound(l *life, q *request) bool {
	if boundTwice(&q.r) {
		return true
	}
	for k := range q.r.Collections {
		c := &q.r.Collections[k]
		if c.Description.Kind != core.KindIntrospection {
			continue
		}
		for i := range j.things {
			t := &j.things[i]
			if t.id != c.ID && j.managed(int32(i)) && t.description.Introspection == c.Description.Introspection &&
				t.knownTo(l.epoch) && !(t.droppedFor(l.epoch) && t.droppedStep < q.step) {
				return true
			}
		}
	}
	return false
}

// presentUpper is the latest upper that a managed collection's policy may see: its
// own, but not beyond the present (C-55). A closed collection stays where it was.
func (l *life) presentUpper(upper frontier.Frontier) frontier.Frontier {
	if upper.Empty {
		return upper
	}
	_, high := l.present()
	return earlier(upper, at(high))
}

// policyReach is how far a policy lets the implied capability go at an upper.
func (l *life) policyReach(v *core.CollectionView, p core.Policy, upper, now frontier.Frontier) frontier.Frontier {
	if v.Kind != core.KindIntrospection {
		return policyBound(p, upper, now)
	}
	bound := policyBound(p, l.presentUpper(upper), now)
	if v.Introspection == core.IntrospectionShardMapping {
		bound = earlier(bound, back(upper, 1))
	}
	return bound
}

// back is a frontier so much earlier; minimum and empty stay.
func back(f frontier.Frontier, by uint64) frontier.Frontier {
	if f.Empty {
		return f
	}
	return at(f.T - frontier.Timestamp(min(by, uint64(f.T))))
}

// slackMs is how far, in data time, what follows the present may lag behind it when
// nothing goes wrong: a tick, a downgrade and their calls, each tried again.
func slackMs(c *core.Config) uint64 {
	d := 2*c.AdvanceEvery + 2*c.SinceEvery + 2*c.BackoffMax + 2*c.PersistDeadline + 2*clock.Second
	return uint64(d / clock.Millisecond)
}

// managedBehind says what keeps a managed collection's since from where it should
// be. The upper does not rest, so the since is judged by where it was.
func (j *Judges) managedBehind(l *life, t *thing, b *belief, s *shard) string {
	v := &b.view
	if v.Tokens > 0 {
		return ""
	}
	low, _ := l.present()
	upper := v.Upper
	if !upper.Empty {
		upper = back(earlier(upper, at(low)), slackMs(&l.config))
	}
	reach := earlier(policyBound(v.Policy, upper, v.Implied), dependantsOf(v))
	if v.Introspection == core.IntrospectionShardMapping && !v.Upper.Empty {
		reach = earlier(reach, back(upper, 1))
	}
	all, _ := j.holdsBack(b, l.mono)
	// What ingestions and exports hold moves with what they have read, and does not rest
	// either.
	target := earlier(earlier(reach, all), back(dependantsOf(v), slackMs(&l.config)))
	switch {
	case before(v.Implied, reach):
		return fmt.Sprintf("%v: the implied capability is at %v, its policy lets it go to %v", t.id, v.Implied, reach)
	case before(s.now.CriticalSince, target):
		return fmt.Sprintf("%v: its shard's since is %v, its target %v", t.id, s.now.CriticalSince, target)
	}
	return ""
}

// l6Managed says whether a managed collection's upper has been left behind.
func (j *Judges) l6Managed(out *strings.Builder, l *life, t *thing, b *belief, s *shard) int {
	low, _ := l.present()
	slack := slackMs(&l.config)
	why := ""
	switch v := &b.view; {
	case v.Upper.Empty && s.now.Upper.Empty:
	case before(v.Upper, back(s.now.Upper, slack)):
		why = fmt.Sprintf("%v: the believed upper is %v, the durable one %v", t.id, v.Upper, s.now.Upper)
	case before(s.now.Upper, back(at(low), slack)):
		why = fmt.Sprintf("%v: its upper is %v, the present is %d", t.id, s.now.Upper, low)
	}
	if why == "" {
		return 0
	}
	out.WriteString(why)
	return 1
}

// s5Managed judges a write that the controller makes by itself (C-53, C-70, C-71).
func (j *Judges) s5Managed(l *life, slot int32, b *batch) {
	j.met[s5]++
	id := idOf(j, slot)
	if len(b.updates) == 0 {
		since := j.beliefAt(l.node, slot).view.Since
		passes := j.mapping(slot) && !since.Empty && b.upper.T <= since.T+1
		switch {
		case !passes && j.beliefAt(l.node, slot).lostTick == lostTick{j.step, b.upper}:
			j.violate(s5, l.node, "%v: a tick to %v lost its race and is repeated at once", id, b.upper)
		case b.upper.Empty || !before(b.expected, b.upper):
			j.violate(s5, l.node, "%v: a write of nothing moves the upper from %v to %v", id, b.expected, b.upper)
		case b.upper.T > l.mostPresent() && !passes:
			j.violate(s5, l.node, "%v: its upper is to move to %v, but the present is %d at most", id, b.upper, l.mostPresent())
		}
		return
	}
	if !j.mapping(slot) {
		j.violate(s5, l.node, "%v: the controller writes %d updates to a status history", id, len(b.updates))
		return
	}
	if bel := j.beliefAt(l.node, slot); b.expected != (frontier.Frontier{}) && (!bel.own.known || bel.own.upper != b.expected) {
		j.violate(s14, l.node, "%v: what it lacks is written at the upper %v, at which the controller has not read it", id, b.expected)
	}
	low, high := l.present()
	t := b.updates[0].Time
	for i := range b.updates {
		if b.updates[i].Time != t {
			j.violate(s5, l.node, "%v: a managed append has the times %d and %d", id, t, b.updates[i].Time)
			return
		}
	}
	if b.expected.Empty || t < max(b.expected.T, low) || t > max(b.expected.T, high) || b.upper != at(t+1) {
		j.violate(s5, l.node, "%v: a managed append at the upper %v is at %d and ends at %v; the present is %d", id, b.expected, t, b.upper, high)
	}
}
