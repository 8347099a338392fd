package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

func docS8() Doc {
	return Doc{
		Name: "S8", Title: "conservation",
		Statement: "The holds that a controller counts on a collection are exactly those that were granted and have neither been released nor lapsed, the counts of owners and the snapshots that wait or are read; one whose lease is long over neither counts nor can be used; every live export holds what it reads, one step before what it has written; the advertised since is the earliest of them all and the implied capability. A reader that was opened is closed, but not while its read is out. What a client is told of the holds is what there is.",
		Meaning:   "A hold is lost (history goes too early) or never ends (storage grows for ever).",
		Met:       "a step changed what holds a collection",
	}
}

// s8Settled compares a view with the shadow's outstanding holds.
func (j *Judges) s8Settled(l *life, b *belief) {
	if !b.present || !b.opened {
		return
	}
	j.admit(b)
	j.checked[s8]++
	v := &b.view
	j.s8Tokens(l, b)
	j.s8Exports(l, b)
	var snapshots, unsure int64
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		if j.requests[i].admitted {
			snapshots++
		} else {
			unsure++
		}
	}
	if unsure > 0 && v.Snapshots == snapshots+unsure+b.lingering {
		snapshots, unsure = snapshots+unsure, 0
		j.admitAll(b)
	}
	certain := j.readsBack(b)
	var named, counted, sureNamed, sureCounted int64
	allLive := true
	for i := b.holds; i >= 0; i = j.holds[i].next {
		h := &j.holds[i]
		sure := int64(0)
		if h.lives(l.mono) {
			sure = 1
			certain = earlier(certain, at(h.time))
		} else {
			allLive = false
		}
		if l.lapsedLongAgo(h) {
			continue
		}
		if h.id != 0 {
			named, sureNamed = named+1, sureNamed+sure
		} else {
			counted, sureCounted = counted+1, sureCounted+sure
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
	if !allLive {
		j.settleHolds(b, v.NamedHolds == named, v.CountedHolds == counted)
	}
	reads, held := j.stillReading(l, b, j.slotOf(v.ID))
	if v.Phase == core.ShardFailed || snapshots+unsure > 0 {
		// On a lost shard reads that are out hold nothing; and beside snapshots that are
		// open it cannot be told whose read it is that goes on.
		reads, held = 0, empty()
	}
	certain = earlier(certain, held)
	certain = earlier(earlier(certain, j.s8Own(l, b)), dependantsOf(v))
	if v.Snapshots < snapshots+reads || v.Snapshots > snapshots+unsure+b.lingering {
		j.violate(s8, l.node, "%v: the controller counts %d snapshots, %d are open, of %d others the read is out and at most %d are still being ended",
			v.ID, v.Snapshots, snapshots, reads, b.lingering)
		return
	}
	if unsure == 0 {
		b.lingering = v.Snapshots - snapshots
	}
	j.s8Since(l, b, earlier(v.Implied, certain), v.NamedHolds == sureNamed && v.CountedHolds == sureCounted && v.Snapshots == snapshots && v.OwnReads == 0)
	if !allLive {
		j.forgetLapsed(l, b, v.NamedHolds == sureNamed, v.CountedHolds == sureCounted)
	}
}

// s8Tokens compares the prepared exports that a controller counts on a collection with
// those that it gave out.
func (j *Judges) s8Tokens(l *life, b *belief) {
	v := &b.view
	if v.Tokens == 0 && len(j.tokens) == 0 {
		return
	}
	slot := j.slotOf(v.ID)
	var most, sure int64
	for i := range j.tokens {
		t := &j.tokens[i]
		if t.life != b.life || t.from != slot && t.or != slot {
			continue
		}
		most++
		if t.or < 0 && l.mono < t.lapses && !j.anyNames(b.life, t.id) {
			sure++
		}
	}
	switch {
	case v.Tokens < sure:
		j.violate(s1, l.node, "%v: the controller counts %d prepared exports, %d are out", v.ID, v.Tokens, sure)
	case v.Tokens > most && !j.tokensOpen(b.life):
		j.violate(s8, l.node, "%v: the controller counts %d prepared exports, it gave out %d", v.ID, v.Tokens, most)
	}
}

// tokensOpen reports that a request which may have given a token out is open.
func (j *Judges) tokensOpen(incarnation uint32) bool {
	for i := range j.requests {
		q := &j.requests[i]
		if q.used && q.life == incarnation && (q.r.Op == core.RequestPrepareExport || q.r.Op == core.RequestRenewToken) {
			return true
		}
	}
	return false
}

// s8Since compares the advertised since with the meet of everything that holds.
func (j *Judges) s8Since(l *life, b *belief, meet frontier.Frontier, exact bool) {
	v := &b.view
	if !atMost(v.Since, meet) {
		j.violate(s1, l.node, "%v: the advertised since is %v, but the implied capability is at %v and something holds it at %v", v.ID, v.Since, v.Implied, meet)
		return
	}
	if exact && v.Since != meet && v.Phase == core.ShardOpen {
		j.violate(s8, l.node, "%v: the advertised since is %v although nothing holds it before %v", v.ID, v.Since, meet)
	}
}

// forgetLapsed drops holds that may have lapsed once the controller's counts show
// that it has forgotten them.
func (j *Judges) forgetLapsed(l *life, b *belief, named, counted bool) {
	for i := b.holds; i >= 0; {
		h := &j.holds[i]
		next := h.next
		if exact := h.id != 0 && named || h.id == 0 && counted; exact && !h.lives(l.mono) {
			j.removeHold(i)
		}
		i = next
	}
}

// settleHolds takes the doubt from holds when as many are counted as there may be.
func (j *Judges) settleHolds(b *belief, named, counted bool) {
	for i := b.holds; i >= 0; i = j.holds[i].next {
		if h := &j.holds[i]; h.id != 0 && named || h.id == 0 && counted {
			h.doubtful = false
		}
	}
}

// admit notes the snapshots that hold a collection from this step on.
func (j *Judges) admit(b *belief) {
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		q := &j.requests[i]
		if !q.admitted && !q.unsure && readable(b.view.Since, q.r.AsOf) {
			q.admitted = true
		}
	}
}

// admitAll notes that all open snapshots hold the collection: its count says so.
func (j *Judges) admitAll(b *belief) {
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		j.requests[i].admitted = true
	}
}

// s8Info compares the holds that a client is told of with those that are
// outstanding when the answer is given.
func (j *Judges) s8Info(l *life, b *belief, info *core.CollectionInfo) {
	var snapshots, open int64
	for i := range info.Holds {
		switch h := &info.Holds[i]; h.Kind {
		case core.HoldNamed, core.HoldCounted:
			if k := j.sameHold(l, b, h); k < 0 || l.lapsedLongAgo(&j.holds[k]) {
				j.violate(s8, l.node, "%v: a client is told of a hold of owner %d at %d (count %d) that is not outstanding", info.ID, h.Owner, h.Time, h.Count)
			}
		case core.HoldSnapshot:
			snapshots++
		default:
		}
	}
	for i := b.holds; i >= 0; i = j.holds[i].next {
		if h := &j.holds[i]; h.lives(l.mono) && !told(info, h) {
			j.violate(s8, l.node, "%v: a client is not told of the hold of owner %d at %d", info.ID, h.owner, h.time)
		}
	}
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		if j.requests[i].admitted {
			open++
		}
	}
	j.s8InfoReads(l, b, info)
	if snapshots < open {
		j.violate(s8, l.node, "%v: a client is told of %d snapshots, %d are open", info.ID, snapshots, open)
	}
}

func (j *Judges) sameHold(l *life, b *belief, h *core.Hold) int32 {
	if h.Kind == core.HoldCounted {
		i := j.countedHold(b, h.Owner, h.Time)
		if i >= 0 && j.holds[i].least <= h.Count && h.Count <= j.holds[i].count {
			return i
		}
		return -1
	}
	i := j.namedHold(l.node, h.Owner, h.Hold)
	if i >= 0 && j.holds[i].time == h.Time {
		return i
	}
	return -1
}

func told(info *core.CollectionInfo, h *hold) bool {
	for i := range info.Holds {
		if t := &info.Holds[i]; t.Owner == h.owner && t.Hold == h.id && t.Time == h.time && t.Kind != core.HoldSnapshot {
			return true
		}
	}
	return false
}
