package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

func docS8() Doc {
	return Doc{
		Name: "S8", Title: "conservation",
		Statement: "The holds that a controller counts on a collection are exactly those that were granted and have neither been released nor lapsed, the counts of owners and the snapshots that wait or are read; the advertised since is the earliest of them and the implied capability.",
		Meaning:   "A hold is lost (history goes too early) or never ends (storage grows for ever).",
		Met:       "a step changed what holds a collection",
	}
}

// s8Settled compares a view with the shadow's outstanding holds.
func (j *Judges) s8Settled(l *life, slot int32, b *belief) {
	if !b.present || !b.opened {
		return
	}
	j.admit(l, b)
	j.checked[s8]++
	v := &b.view
	all, certain := empty(), empty()
	var named, counted, sureNamed, sureCounted, snapshots int64
	for i := b.holds; i >= 0; {
		h := &j.holds[i]
		next := h.next
		if l.mono < h.lapses {
			certain = earlier(certain, at(h.time))
			if h.id != 0 {
				sureNamed++
			} else {
				sureCounted += h.count
			}
		}
		all = earlier(all, at(h.time))
		if h.id != 0 {
			named++
		} else {
			counted += h.count
		}
		i = next
	}
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		if q := &j.requests[i]; q.admitted {
			all, certain = earlier(all, at(q.r.AsOf)), earlier(certain, at(q.r.AsOf))
			snapshots++
		}
	}
	if v.NamedHolds != b.counts[0] || v.CountedHolds != b.counts[1] || v.Snapshots != b.counts[2] {
		j.met[s8]++
		b.counts = [3]int64{v.NamedHolds, v.CountedHolds, v.Snapshots}
	}
	if v.NamedHolds < sureNamed || v.NamedHolds > named || v.CountedHolds < sureCounted || v.CountedHolds > counted {
		which := s8
		if v.NamedHolds < sureNamed || v.CountedHolds < sureCounted {
			which = s1
		}
		j.violate(which, l.node, "%v: the controller counts %d named holds and %d counted ones; granted and neither released nor lapsed are %d (%d may have lapsed) and %d (%d)",
			v.ID, v.NamedHolds, v.CountedHolds, named, named-sureNamed, counted, counted-sureCounted)
		return
	}
	if v.Snapshots < snapshots || v.Snapshots > snapshots+int64(max(b.reads, 0))+int64(b.lingering) {
		j.violate(s8, l.node, "%v: the controller counts %d snapshots, %d are open and %d read calls are out", v.ID, v.Snapshots, snapshots, b.reads)
		return
	}
	j.s8Since(l, slot, b, earlier(v.Implied, certain), v.NamedHolds == sureNamed && v.CountedHolds == sureCounted && v.Snapshots == snapshots)
	j.forgetLapsed(l, b, v.NamedHolds == sureNamed && v.CountedHolds == sureCounted)
}

// s8Since compares the advertised since with the meet of everything that holds.
func (j *Judges) s8Since(l *life, slot int32, b *belief, meet frontier.Frontier, exact bool) {
	v := &b.view
	if !atMost(v.Since, meet) {
		j.violate(s1, l.node, "%v: the advertised since is %v, but the implied capability is at %v and something holds it at %v", v.ID, v.Since, v.Implied, meet)
		return
	}
	if exact && v.Since != meet {
		j.violate(s8, l.node, "%v: the advertised since is %v although nothing holds it before %v", v.ID, v.Since, meet)
	}
	_ = slot
}

// forgetLapsed drops holds that may have lapsed once the controller's counts show
// that it has forgotten them.
func (j *Judges) forgetLapsed(l *life, b *belief, exact bool) {
	if !exact {
		return
	}
	for i := b.holds; i >= 0; {
		next := j.holds[i].next
		if l.mono >= j.holds[i].lapses {
			j.removeHold(i)
		}
		i = next
	}
}

// admit notes the snapshots that hold a collection from this step on.
func (j *Judges) admit(l *life, b *belief) {
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		q := &j.requests[i]
		if !q.admitted && readable(b.view.Since, q.r.AsOf) {
			q.admitted = true
		}
	}
	_ = l
}

// s8Info compares what a client is told of holds with the counts.
func (j *Judges) s8Info(l *life, b *belief, info *core.CollectionInfo) {
	var named, counted, snapshots int64
	for i := range info.Holds {
		h := &info.Holds[i]
		switch h.Kind {
		case core.HoldNamed:
			named++
		case core.HoldCounted:
			counted += h.Count
		case core.HoldSnapshot:
			snapshots++
		case core.HoldNone:
		}
	}
	v := &b.view
	if named != v.NamedHolds || counted != v.CountedHolds || snapshots != v.Snapshots {
		j.violate(s8, l.node, "%v: a client is told of %d named holds, %d counted ones and %d snapshots; the controller counts %d, %d and %d",
			v.ID, named, counted, snapshots, v.NamedHolds, v.CountedHolds, v.Snapshots)
	}
}
