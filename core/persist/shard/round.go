package shard

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
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
