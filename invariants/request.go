package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// request is one that a client sent and that has no answer yet.
type request struct {
	r           core.Request
	used        bool
	serial      uint64 // no two requests share it, though ids come again
	life        uint32
	node        int
	slot        int32 // of r.GlobalID, or -1
	atUs        int64
	step        uint64
	mono        clock.Instant
	cancelled   bool
	again       int32 // arrivals under the same id that are not answered
	firstEntry  int32
	sent        bool // something of it went out
	maybeSent   bool // a transaction that names what it names went out
	surelySent  bool // a transaction that writes what only it asks for went out
	admitted    bool // a snapshot that holds its collection
	unsure      bool // a snapshot that waits for something before it is admitted
	openOnEntry int64
	queued      sureQueue // of an append
	noRoom      bool      // the queues were full when it arrived
	// What was true when it arrived.
	anyMissing, anyDropped bool
	lostStatus             bool // a status collection was dropped already
	believed               bool // the collection was open then
	since, upper           frontier.Frontier
	nextSnapshot, free     int32
}

// requestAt makes a request from an observation.
func (j *Judges) requestAt(o *Observation, l *life) *request {
	i := j.freeRequest
	if i >= 0 {
		j.freeRequest = j.requests[i].free
	} else {
		i = int32(len(j.requests))
		j.requests = append(j.requests, request{})
	}
	j.serials++
	q := &j.requests[i]
	*q = request{} // fields one by one: as a whole it would be built elsewhere and copied
	q.r = *o.Request
	q.used, q.serial, q.life, q.node, q.slot = true, j.serials, o.Incarnation, o.Node, -1
	q.atUs, q.step, q.mono = o.AtUs, o.Step, o.Now.Mono
	q.firstEntry, q.nextSnapshot, q.free = -1, -1, -1
	j.requestIndex.put(uint64(o.Incarnation), uint64(o.Request.ID), i)
	l.open++
	l.controls += controls(&q.r)
	q.openOnEntry = int64(l.open)
	return q
}

func (j *Judges) findRequest(incarnation uint32, id core.RequestID) int32 {
	return j.requestIndex.find(uint64(incarnation), uint64(id))
}

// closeRequest forgets an answered request.
func (j *Judges) closeRequest(i int32) {
	q := &j.requests[i]
	if l := j.lifeOf(q.life); l != nil {
		l.open--
		l.controls -= controls(&q.r)
		leaveQueue(q, l)
	}
	if q.admitted || q.r.Op == core.RequestSnapshot && q.slot >= 0 {
		j.unlinkSnapshot(i)
		// What came before its shard was open has begun no read.
		if b := j.beliefAt(q.node, q.slot); q.admitted || q.unsure && b.opened {
			b.lingering++
		}
	}
	if q.r.Op == core.RequestSnapshot {
		j.readAnswered(i)
	}
	j.releaseEntries(q)
	j.count(q, -1)
	j.requestIndex.remove(uint64(q.life), uint64(q.r.ID))
	*q = request{firstEntry: -1, nextSnapshot: -1, free: j.freeRequest}
	j.freeRequest = i
}

// reserves reports an operation that others about the same ids wait for (C-7).
func reserves(op core.RequestOp) bool {
	switch op {
	case core.RequestCreate, core.RequestDrop, core.RequestAlter,
		core.RequestCreateExports, core.RequestAlterExports, core.RequestDropExports:
		return true
	default:
		return false
	}
}

// count keeps the number of open control operations that name a collection.
func (j *Judges) count(q *request, by int32) {
	if !reserves(q.r.Op) {
		return
	}
	j.prompt = true
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			return
		}
		if usable(id) {
			b := j.beliefAt(q.node, j.slotOf(id))
			b.control += by
			j.touch(q.node, j.slotOf(id), b)
		}
	}
}

func (j *Judges) unlinkSnapshot(i int32) {
	q := &j.requests[i]
	if q.slot < 0 {
		return
	}
	b := j.beliefAt(q.node, q.slot)
	for p := &b.snapshots; *p >= 0; p = &j.requests[*p].nextSnapshot {
		if *p == i {
			*p = q.nextSnapshot
			j.touch(q.node, q.slot, b)
			return
		}
	}
}

// dropRequests forgets the requests of an incarnation that is gone.
func (j *Judges) dropRequests(incarnation uint32) {
	j.dropReadings(incarnation)
	for i := range j.requests {
		q := &j.requests[i]
		if !q.used || q.life != incarnation {
			continue
		}
		j.s16Lost(q)
		j.releaseEntries(q)
		j.requestIndex.remove(uint64(q.life), uint64(q.r.ID))
		*q = request{firstEntry: -1, nextSnapshot: -1, free: j.freeRequest}
		j.freeRequest = int32(i)
	}
}

// named calls f's work for every id that a request names, as far as a judge needs
// it: it reports the i-th of them.
func namedID(r *core.Request, i int) (core.GlobalID, bool) {
	switch r.Op {
	case core.RequestCreate:
		if i < len(r.Collections) {
			return r.Collections[i].ID, true
		}
	case core.RequestDrop:
		if i < len(r.IDs) {
			return r.IDs[i], true
		}
	case core.RequestAppend:
		if i < len(r.Appends) {
			return r.Appends[i].ID, true
		}
	case core.RequestSetPolicy:
		if i < len(r.Policies) {
			return r.Policies[i].ID, true
		}
	case core.RequestUpdateUppers:
		if i < len(r.Uppers) {
			return r.Uppers[i].ID, true
		}
	case core.RequestUpdateCapabilities:
		if i < len(r.Capabilities) {
			return r.Capabilities[i].ID, true
		}
	case core.RequestAlter:
		if i < len(r.Moves) {
			return r.Moves[i].ID, true
		}
	case core.RequestCreateExports, core.RequestAlterExports:
		if i < len(r.Exports) {
			return r.Exports[i].ID, true
		}
	case core.RequestDropExports:
		if i < len(r.IDs) {
			return r.IDs[i], true
		}
	case core.RequestAcquireHold, core.RequestRenewHold, core.RequestMoveHold, core.RequestReleaseHold,
		core.RequestSnapshot, core.RequestCollection, core.RequestPrepareExport, core.RequestRenewToken,
		core.RequestCancelToken, core.RequestExport:
		return r.GlobalID, i == 0
	case core.RequestNone, core.RequestDump, core.RequestOpCount:
	}
	return core.GlobalID{}, false
}
