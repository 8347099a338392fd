package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// endBegun is when a controller made an object's end on a host durable: it was moved
// away, changed or dropped.
type endBegun struct {
	life uint32
	id   core.GlobalID
	host core.HostID
	at   clock.Instant
	// moved: it is to begin again, there or elsewhere.
	moved bool
	// learned: the controller has acknowledged it, or a later one, and when.
	learned   bool
	learnedAt clock.Instant
}

// endBegins takes up that what an incarnation has written ends an object on a host. It
// learns of that now, or later.
func (j *Judges) endBegins(l *life, incarnation uint32, id core.GlobalID, host core.HostID, moved bool) {
	if !l.ended && !l.halted {
		j.ends = append(j.ends, endBegun{life: incarnation, id: id, host: host, at: l.mono, moved: moved})
	}
}

// formerEnds takes up, before a description is replaced, where it says that the object may
// still run: that is over since the incarnation's boot, unless it has ended it there itself.
func (j *Judges) formerEnds(incarnation uint32, id core.GlobalID, former []core.HostConfig) {
	for _, c := range former {
		host := hostNamed(c, id)
		if j.firstEnd(incarnation, id, host) == nil {
			j.ends = append(j.ends, endBegun{life: incarnation, id: id, host: host})
		}
	}
}

// dropEnds takes up that a drop ends an object on the host where it runs.
func (j *Judges) dropEnds(l *life, incarnation uint32, t *thing) {
	if t.described && t.description.Ingestion != nil {
		j.endBegins(l, incarnation, t.id, hostNamed(t.description.Ingestion.Host, t.id), false)
	} else if t.export != 0 {
		j.endBegins(l, incarnation, t.id, hostNamed(j.exports[t.export-1].desc.Host, t.id), false)
	}
}

// moveLearned takes up that a controller has acknowledged what it moved or changed.
func (j *Judges) moveLearned(l *life, incarnation uint32, id core.GlobalID) {
	for i := range j.ends {
		if e := &j.ends[i]; e.life == incarnation && e.id == id {
			e.learned, e.learnedAt = true, l.mono
		}
	}
}

// mayHaveMoved reports that something which moved to a host may have come to be wanted
// there only since an instant, because it waited for its end elsewhere.
func (j *Judges) mayHaveMoved(l *life, incarnation uint32, host core.HostID, since clock.Instant) bool {
	return slices.ContainsFunc(j.ends, func(e endBegun) bool {
		if e.life != incarnation || !e.moved || e.learned && e.learnedAt+span(l.config.MoveGrace) < since {
			return false
		}
		to, _, _ := j.described(e.id)
		return to == host
	})
}

// endBegan is since when an incarnation may have waited for the end of an object on a
// host: since its boot, if it did not end it there itself.
func (j *Judges) endBegan(incarnation uint32, id core.GlobalID, host core.HostID) clock.Instant {
	if e := j.firstEnd(incarnation, id, host); e != nil {
		return e.at
	}
	return 0
}

// firstEnd is the first end of an object on a host that an incarnation began, or nil.
func (j *Judges) firstEnd(incarnation uint32, id core.GlobalID, host core.HostID) *endBegun {
	for i := range j.ends {
		if e := &j.ends[i]; e.life == incarnation && e.id == id && e.host == host {
			return e
		}
	}
	return nil
}

// moveWaits judges that an object which was moved, or changed, does not begin again before
// the host that ran it has confirmed its end, or was waited for (C-27).
func (j *Judges) moveWaits(l *life, t *conversation, id core.GlobalID) {
	latest, found := clock.Instant(0), false
	for i := range j.ends {
		if e := &j.ends[i]; e.life == t.life && e.id == id && e.moved {
			if !e.learned {
				return
			}
			latest, found = max(latest, e.at), true
		}
	}
	if !found || l.mono >= latest+span(l.config.MoveGrace) {
		return
	}
	for i := range j.talks {
		v := &j.talks[i]
		if v.life != t.life || !v.open || !v.complete {
			continue
		}
		for k := range v.told {
			if o := &v.told[k]; o.id == id && o.stopped && !o.confirmed && l.mono < o.endedAt+span(l.config.WriterGrace) {
				j.violate(s13, l.node, "host %v: %v begins there although %v was told to stop it, has not confirmed that, and was not waited for", t.host, id, v.host)
				return
			}
		}
	}
}

// maxFormer is of how many former hosts a description surely tells.
const maxFormer = 8

// formerKept judges that a description which is written when an object moves tells all the
// hosts that may still run it: those that were told of it, and have not confirmed its end
// (C-27). A controller that boots now would tell nobody else.
func (j *Judges) formerKept(l *life, incarnation uint32, id core.GlobalID, to core.HostConfig, former []core.HostConfig) {
	if l.ended || l.halted || len(former) >= maxFormer {
		return
	}
	for i := range j.talks {
		t := &j.talks[i]
		if t.life != incarnation || t.host == hostNamed(to, id) {
			continue
		}
		for k := range t.told {
			o := &t.told[k]
			if o.id != id || o.confirmed || !o.created && !o.stopped {
				continue
			}
			// Its session may have been over before it could be told.
			grace := span(min(l.config.WriterGrace, l.config.DropGrace))
			if e := j.firstEnd(incarnation, id, t.host); o.stopped && l.mono >= o.endedAt+grace || e != nil && l.mono >= e.at+grace {
				continue
			}
			if !slices.ContainsFunc(former, func(h core.HostConfig) bool { return hostNamed(h, id) == t.host }) {
				j.violate(s13, l.node, "%v moves to %v, and its description does not tell that it may still run on %v", id, hostNamed(to, id), t.host)
			}
		}
	}
}
