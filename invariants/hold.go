package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// hold is one external capability that a controller has granted: a named hold, or
// the count of an owner at one time (then id is zero).
type hold struct {
	node  int32
	slot  int32
	owner core.OwnerID
	id    core.HoldID
	time  frontier.Timestamp
	// count is an owner's; it has least for certain, because what was there may have
	// lapsed before more was added.
	count, least int64
	// lapses is the first instant at which it may be gone (C-46).
	lapses clock.Instant
	// doubtful: all of its owner's holds were renewed when it had perhaps lapsed, so
	// that it may be there or not.
	doubtful bool
	next     int32 // in the collection's list, or the free list
}

func holdWords(n int, owner core.OwnerID, id core.HoldID) (uint64, uint64) {
	return uint64(owner)*2654435761 + uint64(n), uint64(id)
}

// namedHold is the place of a named hold, or -1.
func (j *Judges) namedHold(n int, owner core.OwnerID, id core.HoldID) int32 {
	a, b := holdWords(n, owner, id)
	i := j.holdIndex.find(a, b)
	if i >= 0 && (j.holds[i].owner != owner || j.holds[i].id != id || int(j.holds[i].node) != n) {
		return -1
	}
	return i
}

// countedHold is the place of an owner's count at a time, or -1.
func (j *Judges) countedHold(b *belief, owner core.OwnerID, t frontier.Timestamp) int32 {
	for i := b.holds; i >= 0; i = j.holds[i].next {
		if h := &j.holds[i]; h.id == 0 && h.owner == owner && h.time == t {
			return i
		}
	}
	return -1
}

func (j *Judges) addHold(h hold, b *belief) int32 {
	i := j.freeHold
	if i >= 0 {
		j.freeHold = j.holds[i].next
	} else {
		i = int32(len(j.holds))
		j.holds = append(j.holds, hold{})
	}
	h.next = b.holds
	j.holds[i] = h
	b.holds = i
	if h.id != 0 {
		a, w := holdWords(int(h.node), h.owner, h.id)
		j.holdIndex.put(a, w, i)
	}
	return i
}

func (j *Judges) removeHold(i int32) {
	h := &j.holds[i]
	b := j.beliefAt(int(h.node), h.slot)
	for p := &b.holds; *p >= 0; p = &j.holds[*p].next {
		if *p == i {
			*p = h.next
			break
		}
	}
	j.freeHoldAt(i)
}

func (j *Judges) freeHoldAt(i int32) {
	h := &j.holds[i]
	if h.id != 0 {
		a, w := holdWords(int(h.node), h.owner, h.id)
		j.holdIndex.remove(a, w)
	}
	*h = hold{node: -1, next: j.freeHold}
	j.freeHold = i
}

// dropHolds forgets what a node's life had granted.
func (j *Judges) dropHolds(n int) {
	for i := range j.holds {
		if int(j.holds[i].node) == n {
			j.freeHoldAt(int32(i))
		}
	}
}

// ownerHolds counts an owner's holds at a node: named ones and counted times.
func (j *Judges) ownerHolds(n int, owner core.OwnerID) int64 {
	var c int64
	for i := range j.holds {
		if h := &j.holds[i]; int(h.node) == n && h.owner == owner {
			c++
		}
	}
	return c
}

// lives reports that a hold is surely there at an instant.
func (h *hold) lives(now clock.Instant) bool { return now < h.lapses && !h.doubtful }
