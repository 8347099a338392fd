package shard

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/relation"
)

// advance does the next thing for a shard, if nothing is under way: it reads the
// head, if it is not known, or applies what waits.
func (m *Machine) advance(at uint32) {
	s := m.slots.At(at)
	for s.stage == stageIdle && (len(s.waiting) > 0 || s.merge.due || s.wanted && !s.merge.running) {
		if s.head == nil {
			m.readHead(at)
			return
		}
		if s.wanted && !s.merge.running {
			if !s.merge.ready {
				s.wanted = false
				m.startMerge(at, true)
				continue
			}
			s.merge.due = true
		}
		m.round(at)
	}
	m.forget(at)
}

// readHead reads the head of a shard.
func (m *Machine) readHead(at uint32) {
	s := m.slots.At(at)
	s.stage, s.tries, s.began, s.part = stageHead, 1, m.serial, part{}
	m.askHead(at)
}

func (m *Machine) askHead(at uint32) {
	e := m.consult(flight{purpose: forHead, slot: at}, consensus.Call{Op: consensus.OpHead})
	if s := m.slots.At(at); len(s.waiting) > 0 {
		e.Cause = m.calls.At(s.waiting[0]).id
	}
}

// headRead continues with the head, or tries again.
func (m *Machine) headRead(at uint32, r *consensus.Result) {
	s := m.slots.At(at)
	if r.Outcome != outcome.Done {
		m.headAgain(at)
		return
	}
	ok := m.learn(at, r.Head, s.began)
	if s.part.state != nil {
		m.askChain(at)
		return
	}
	m.headKnown(at, ok)
}

// headAgain reads the head once more. When that was done often enough it is given up.
func (m *Machine) headAgain(at uint32) {
	s := m.slots.At(at)
	s.part = part{}
	if s.tries < m.config.MaxRounds {
		s.tries++
		m.askHead(at)
		return
	}
	m.headKnown(at, false)
}

// headKnown ends the reading of a head.
func (m *Machine) headKnown(at uint32, ok bool) {
	m.slots.At(at).stage = stageIdle
	if !ok {
		m.drop(at)
		m.failAll(at)
	}
}

// drop forgets what waits to be done for a shard beside its calls, because its head
// cannot be had.
func (m *Machine) drop(at uint32) {
	s := m.slots.At(at)
	s.wanted = false
	if s.merge.ready {
		m.mergeLost(at)
	}
}

// learn takes an entry as the shard's head; it was the head at some moment after
// asked. It reports whether there is a state in it that makes sense. Of one that lacks
// what other entries have there is only a part then, and no head.
func (m *Machine) learn(at uint32, e consensus.Entry, asked uint64) bool {
	s := m.slots.At(at)
	if s.head != nil && s.head.Seqno == e.Seqno {
		s.asked = asked
		return true
	}
	known := s.head
	s.head, s.asked, s.part = nil, asked, part{}
	head, problem := Decode(s.id, e)
	if problem == ProblemNone && e.Seqno < s.seen {
		problem = ProblemWentBack
	}
	switch {
	case problem != ProblemNone:
		m.report(s.id, StateKey(s.id), problem)
		return false
	case head.Base == 0:
		s.head, s.seen = head, e.Seqno
		return true
	}
	s.part = part{state: head}
	if known != nil && known.first() == head.Base {
		s.part.known = known
	}
	return s.part.missing() > 0 || m.complete(at, known, ProblemNone)
}

// round applies the calls that wait to the head. What changes it is committed; what
// does not is answered if the head is newer than the call, and waits for a newer one
// otherwise. All of it is answered together if there is a commit: it is what shows
// that the head was the right one.
func (m *Machine) round(at uint32) {
	s := m.slots.At(at)
	a := applying{wall: m.now.Wall, next: s.head.Seqno + 1, config: &m.config}
	next, changed := s.head, false
	s.installs = false
	if s.merge.ready && (s.merge.due || m.commits(s.waiting)) {
		next = s.head.clone()
		if next.install(&a, &s.merge) {
			s.installs, changed = true, true
		} else {
			m.mergeLost(at)
		}
	}
	n := min(len(s.waiting), int(m.config.MaxCombine))
	taken := s.waiting[:n]
	s.waiting = s.waiting[n:]
	s.group = s.group[:0]
	for _, i := range taken {
		c := m.calls.At(i)
		if next == s.head && mutates(c.call.Op) {
			next = s.head.clone()
		}
		a.blob = nil
		if c.put {
			a.blob = &c.batch
		}
		switch c.verdict = next.apply(&a, &c.call, &c.result); c.verdict {
		case verdictBlob:
			m.upload(i)
			continue
		case verdictChanged:
			changed = true
		case verdictRead:
			// Calls behind it in this commit are none of its business.
			if c.state = next; next != s.head {
				c.state = next.clone()
			}
		case verdictSame:
		}
		s.group = append(s.group, i)
	}
	if changed {
		m.propose(at, next)
		return
	}
	m.answerFresh(at)
}

// commits reports whether there is something among waiting calls that may change the
// shard.
func (m *Machine) commits(waiting []uint32) bool {
	for _, i := range waiting {
		if mutates(m.calls.At(i).call.Op) {
			return true
		}
	}
	return false
}

// answerFresh answers the calls of a round that changes nothing, as far as the head
// is newer than they are.
func (m *Machine) answerFresh(at uint32) {
	s := m.slots.At(at)
	var stale []uint32
	group := s.group
	for _, i := range group {
		if c := m.calls.At(i); c.arrived > s.asked {
			stale = append(stale, i)
			continue
		}
		m.conclude(i)
	}
	s.group = s.group[:0]
	if len(stale) > 0 {
		s.waiting = append(stale, s.waiting...)
		m.readHead(at)
	}
}

// conclude answers a call whose result holds, or begins to read what it asks for.
func (m *Machine) conclude(i uint32) {
	if m.calls.At(i).verdict == verdictRead {
		m.read(i)
		return
	}
	m.answer(i)
}

// upload puts an append's updates as a blob.
func (m *Machine) upload(i uint32) {
	c := m.calls.At(i)
	s := m.slots.At(c.slot)
	if c.put && !c.doubt {
		m.doom(c.slot, c.batch.Blob) // it is too old to enter a state now
	}
	c.put = false
	c.batch = Batch{Blob: BlobID{Until: s.head.Seqno + consensus.Seqno(m.config.CommitWindow)}, Lower: c.call.Expected, Upper: c.call.Upper}
	c.batch.Blob.Hi, c.batch.Blob.Lo = m.mint()
	c.batch.describe(c.call.Updates)
	s.busy++
	m.put(i)
}

func (m *Machine) put(i uint32) {
	c := m.calls.At(i)
	m.handle(flight{purpose: forUpload, slot: c.slot, call: i}, c.id, &BatchCall{
		Op: BatchPut, Key: c.batch.Blob.Key(c.call.Shard), Batch: c.batch, Updates: c.call.Updates,
	})
}

// uploaded has an append applied again, now that its updates are there.
func (m *Machine) uploaded(f *flight, r *BatchResult) {
	c := m.calls.At(f.call)
	s := m.slots.At(f.slot)
	if r.Outcome != outcome.Done {
		if m.tryAgain(f.call) {
			m.put(f.call)
			return
		}
		s.busy--
		m.fail(f.call)
		return
	}
	s.busy--
	c.put = true
	s.waiting = append(s.waiting, f.call)
}

// read starts to read what a call asks for, at the state that it was applied to.
func (m *Machine) read(i uint32) {
	c := m.calls.At(i)
	state := c.state
	c.pending, c.again, c.problem = 0, false, ProblemNone
	c.found = c.pick(nil, state.Tail)
	for b := range state.Batches {
		if state.Batches[b].Blob == c.missing && c.missing != (BlobID{}) {
			// It was referred to before and after it was missing: it is lost.
			m.report(c.call.Shard, c.missedAt, ProblemMissing)
			m.fail(i)
			return
		}
	}
	m.slots.At(c.slot).busy++
	for b := range state.Batches {
		if c.wants(&state.Batches[b]) {
			m.get(i, uint32(b))
		}
	}
	if m.calls.At(i).pending == 0 {
		m.readDone(i)
	}
}

func (m *Machine) get(i, b uint32) {
	c := m.calls.At(i)
	batch := c.state.Batches[b]
	c.pending++
	m.handle(flight{purpose: forRead, slot: c.slot, call: i, batch: b}, c.id, &BatchCall{
		Op: BatchGet, Key: batch.Blob.Key(c.call.Shard), Batch: batch,
	})
}

// batchRead continues a read with one of its batches.
func (m *Machine) batchRead(f *flight, r *BatchResult) {
	c := m.calls.At(f.call)
	b := &c.state.Batches[f.batch]
	c.pending--
	switch problem := r.Problem; {
	case r.Outcome == outcome.Done && problem == ProblemNone:
		if problem = b.Check(r.Updates); problem != ProblemNone {
			m.spoilt(f.call, b, problem)
			break
		}
		c.found = c.pick(c.found, r.Updates)
	case problem == ProblemMissing:
		c.again, c.missing, c.missedAt = true, b.Blob, b.Blob.Key(c.call.Shard)
	case problem != ProblemNone:
		m.spoilt(f.call, b, problem)
	case c.problem == ProblemNone && !c.again && m.tryAgain(f.call):
		m.get(f.call, f.batch)
	case c.problem == ProblemNone:
		c.rounds = m.config.MaxRounds
		c.again = true
	}
	if c = m.calls.At(f.call); c.pending == 0 {
		m.readDone(f.call)
	}
}

// spoilt gives a read up because of what is stored.
func (m *Machine) spoilt(i uint32, b *Batch, p Problem) {
	c := m.calls.At(i)
	c.problem = p
	m.report(c.call.Shard, b.Blob.Key(c.call.Shard), p)
}

// readDone answers a read that has everything, and begins it anew if a batch was
// gone: whoever merged it away has left a newer state.
func (m *Machine) readDone(i uint32) {
	c := m.calls.At(i)
	s := m.slots.At(c.slot)
	s.busy--
	switch {
	case c.problem != ProblemNone:
		m.fail(i)
	case c.again:
		c.state, c.found, c.arrived = nil, nil, m.serial
		m.retry(c.slot, []uint32{i})
	default:
		c.result.Updates = c.found
		m.answer(i)
	}
}

// wants reports whether a read may find something in a batch.
func (c *call) wants(b *Batch) bool {
	if c.call.Op == persist.OpSnapshot {
		return b.Lower.LessEqualTime(c.call.AsOf)
	}
	return !b.Upper.LessEqualTime(c.call.AsOf)
}

// pick appends what a read wants of updates: up to AsOf and advanced to it for a
// snapshot, what is after AsOf for a listener.
func (c *call) pick(to []relation.Update, from []relation.Update) []relation.Update {
	for i := range from {
		u := from[i]
		if (u.Time <= c.call.AsOf) != (c.call.Op == persist.OpSnapshot) {
			continue
		}
		if c.call.Op == persist.OpSnapshot {
			u.Time = c.call.AsOf
		}
		to = append(to, u)
	}
	return to
}
