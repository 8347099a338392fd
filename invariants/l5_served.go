package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// readsSettled judges, when a step is over, the snapshots of a collection that the
// step touched: each is read in the step in which its time is complete, and a drop
// leaves none waiting.
func (j *Judges) readsSettled(l *life, slot int32, b *belief) {
	if !b.present || !b.opened || l.halted {
		return
	}
	if b.view.Phase == core.ShardFailed {
		j.readsFailed(l, slot, b)
	}
	if b.view.Phase != core.ShardOpen {
		return
	}
	if b.movedStep == j.step {
		j.readsRepeated(l, slot, b)
	}
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		q := &j.requests[i]
		if !q.admitted || q.sent {
			continue
		}
		k := j.readingFor(i)
		if k < 0 {
			k = j.newReading(q.life, slot, i)
			j.readings[k].due = l.mono + longestPause(l)
		}
		if complete(b.view.Upper, q.r.AsOf) {
			j.checked[l5]++
			if !j.begun(i, k) {
				j.violate(l5, l.node, "%v: the upper %v has passed %d, and the snapshot of request %d is not read", idOf(j, slot), b.view.Upper, q.r.AsOf, q.r.ID)
			}
			continue
		}
		w := &j.readings[k]
		if b.movedStep == j.step && w.state == readWaiting && b.fetchDeadline == 0 && l.seen.older >= max(w.due, b.fetchAt+longestPause(l))+j.wakesLate() {
			j.violate(l5, l.node, "%v: the snapshot of request %d waits, and the upper was not fetched since %d µs", idOf(j, slot), q.r.ID, b.fetchAt)
		}
		if b.view.Dropped {
			j.violate(l5, l.node, "%v was dropped, and the snapshot of request %d goes on waiting", idOf(j, slot), q.r.ID)
		}
	}
}

// readsFailed judges that a lost shard leaves no snapshot waiting (C-23).
func (j *Judges) readsFailed(l *life, slot int32, b *belief) {
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		if q := &j.requests[i]; q.admitted {
			j.violate(l5, l.node, "%v has lost its shard, and the snapshot of request %d goes on waiting", idOf(j, slot), q.r.ID)
		}
	}
}

// readsRepeated judges that a reader's call which failed is repeated when its time
// has come and the collection is looked at.
func (j *Judges) readsRepeated(l *life, slot int32, b *belief) {
	if j.unread(slot) {
		return
	}
	for i := range j.readings {
		r := &j.readings[i]
		if r.used && r.slot == slot && r.life == b.life && r.state == readIdle && !r.mixed && !r.owed && l.seen.older >= r.due+j.wakesLate() {
			j.violate(l5, l.node, "%v: a reader's call failed and is not repeated since %d µs", idOf(j, slot), r.due)
			r.due = l.mono + span(l.config.SnapshotWait)
		}
	}
}

// begun joins a snapshot with a reader that was opened in this step.
func (j *Judges) begun(request, waiting int32) bool {
	w := j.readings[waiting]
	if w.state != readWaiting {
		return true
	}
	for i := range j.readings {
		r := &j.readings[i]
		if r.used && r.life == w.life && r.slot == w.slot && r.step == j.step && r.request < 0 && r.state == readOut {
			r.request = request
			r.mixed = j.mixed(int32(i))
			j.requests[request].sent = true
			j.freeReadingAt(waiting)
			return true
		}
	}
	// One that was in doubt when it was admitted may have begun before.
	for i := range j.readings {
		r := &j.readings[i]
		if r.used && r.life == w.life && r.slot == w.slot && r.mixed && r.request < 0 {
			r.request = request
			j.requests[request].sent = true
			j.freeReadingAt(waiting)
			return true
		}
	}
	return false
}

// mixed reports, and notes, that another reader of the collection was opened in the
// same step.
func (j *Judges) mixed(i int32) bool {
	r := &j.readings[i]
	found := false
	for k := range j.readings {
		o := &j.readings[k]
		if o != r && o.used && o.life == r.life && o.slot == r.slot && o.step == r.step && o.state != readWaiting {
			o.mixed, found = true, true
		}
	}
	return found
}

// reopened joins readers that follow lapsed ones with what those were for.
func (j *Judges) reopened() {
	j.unmatched = false
	for i := range j.readings {
		r := &j.readings[i]
		if !r.used || r.step != j.step || r.request >= 0 || r.state != readOut {
			continue
		}
		for k := range j.readings {
			o := &j.readings[k]
			if o.used && o.lapsed && o.life == r.life && o.slot == r.slot && o.request >= 0 {
				l := j.lifeOf(r.life)
				several := j.severalLapsed(int32(k)) || l == nil || j.beliefAt(l.node, r.slot).strangerLapsed
				r.request, o.request = o.request, -1
				r.mixed = j.mixed(int32(i)) || o.mixed || several
				j.freeReadingAt(int32(k))
				break
			}
		}
		r.mixed = r.mixed || r.request < 0
	}
}

// severalLapsed reports, and notes, that other readers of the collection lapsed, or may
// have, and are not followed yet: which of them a fresh one follows cannot be told.
func (j *Judges) severalLapsed(k int32) bool {
	o, found := &j.readings[k], false
	for i := range j.readings {
		r := &j.readings[i]
		if r != o && r.used && (r.lapsed || r.mixed) && r.life == o.life && r.slot == o.slot && r.request >= 0 {
			r.mixed, found = true, true
		}
	}
	return found
}

// readsOwed judges, when a step is over, what a reader's next call had to be in it.
func (j *Judges) readsOwed() {
	j.owedReads = false
	for i := range j.readings {
		r := &j.readings[i]
		if !r.used || !r.owed {
			continue
		}
		r.owed = false
		if r.mixed {
			continue
		}
		l := j.lifeOf(r.life)
		if l == nil || l.ended || l.halted {
			continue
		}
		b := j.beliefAt(l.node, r.slot)
		if !b.present || b.view.Phase != core.ShardOpen {
			j.freeReadingAt(int32(i))
			continue
		}
		if r.request >= 0 && j.readers(b, r.slot) == 1 {
			j.violate(l5, l.node, "%v: the call of a snapshot's reader is done, and request %d is neither answered nor read on", idOf(j, r.slot), j.requests[r.request].r.ID)
			continue
		}
		if b.snapshots < 0 && j.readers(b, r.slot) == 1 {
			// Beside others it cannot be told whose reader it is.
			j.violate(s12, l.node, "%v: a reader was opened and is needed no more, but it is not closed", idOf(j, r.slot))
		}
	}
}

func (j *Judges) wakesLate() clock.Instant {
	if j.healed && j.atUs > j.healedUs+int64(latestWake) {
		return 0
	}
	return span(latestWake)
}

// watchEvery is how often, in simulated microseconds, what is owed is looked at.
const watchEvery = 50_000

// latestWake bounds, for all plans, how late a wake may be while faults go on.
const latestWake = 30 * clock.Second

// watchReads judges that a controller which is awake does not let a snapshot wait:
// it fetches the upper again and again, and repeats a call that failed.
func (j *Judges) watchReads() {
	if j.atUs < j.watchedUs+watchEvery {
		return
	}
	j.watchedUs = j.atUs
	for i := range j.readings {
		r := &j.readings[i]
		if !r.used || r.mixed {
			continue
		}
		l := j.lifeOf(r.life)
		if l == nil || l.ended || l.halted {
			continue
		}
		b := j.beliefAt(l.node, r.slot)
		if !b.present || b.view.Phase != core.ShardOpen {
			continue
		}
		due := r.due
		if r.state == readWaiting {
			due = max(due, max(b.fetchAt, b.fetchDeadline)+longestPause(l))
		}
		if l.mono < due {
			r.seen = 0
			continue
		}
		if r.seen == 0 || r.seen < due {
			r.seen = l.mono
		}
		if l.seen.older < r.seen+span(l.config.PersistDeadline)+j.wakesLate() {
			continue
		}
		r.due, r.seen = l.mono+span(l.config.SnapshotWait), 0
		switch {
		case r.state == readWaiting:
			j.violate(l5, l.node, "%v: a snapshot waits, and the upper was not fetched since %d µs", idOf(j, r.slot), b.fetchAt)
		case r.request >= 0:
			j.violate(l5, l.node, "%v: a snapshot's reader owes a call since %d µs", idOf(j, r.slot), due)
		default:
			// Whose reader it was cannot always be told after repeated opens; that a reader
			// is closed is judged in the step in which its read ends.
		}
	}
}
