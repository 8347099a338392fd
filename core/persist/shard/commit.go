package shard

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// propose adds the next state. Its number and mark, and so its bytes, stay the same
// however often that is tried: at most one of the tries takes effect.
func (m *Machine) propose(at uint32, next *State) {
	s := m.slots.At(at)
	next.Seqno = s.head.Seqno + 1
	next.begin(s.head, m.config.MaxChain)
	next.Mark.Hi, next.Mark.Lo = m.mint()
	s.stage, s.tries, s.began, s.doubt = stageCommit, 0, m.serial, false
	s.proposed, s.data, s.wall = next, next.Encode(), m.now.Wall
	if len(s.data) > consensus.MaxData || next.Seqno > consensus.MaxSeqno {
		m.refused(at)
		return
	}
	m.commit(at)
}

func (m *Machine) commit(at uint32) {
	s := m.slots.At(at)
	s.stage = stageCommit
	s.tries++
	e := m.consult(flight{purpose: forCommit, slot: at}, consensus.Call{
		Op: consensus.OpCompareAndSet, Expected: s.proposed.Seqno - 1, New: s.proposed.Seqno, Data: s.data,
	})
	e.Wall = s.wall
	for _, i := range s.group {
		if c := m.calls.At(i); c.verdict == verdictChanged {
			e.Calls = append(e.Calls, c.id)
		}
	}
	if len(e.Calls) > 0 {
		e.Cause = e.Calls[0]
	}
}

// commitDone continues with what came of adding the proposed state. Once one try was
// of unknown outcome, a mismatch may mean that it was there already.
func (m *Machine) commitDone(at uint32, r *consensus.Result) {
	s := m.slots.At(at)
	switch r.Outcome {
	case outcome.Done:
		m.committed(at)
	case outcome.Mismatch:
		m.overtaken(at, r.Head)
	case outcome.Invalid:
		m.refused(at)
	case outcome.NotDone:
		m.recommit(at)
	default:
		s.doubt = true
		m.recommit(at)
	}
}

// recommit tries again to add the same state, and gives that up after a while.
func (m *Machine) recommit(at uint32) {
	if m.slots.At(at).tries < m.config.MaxRounds {
		m.commit(at)
		return
	}
	m.giveUp(at)
}

// overtaken: another state is at the head, or the proposed one from an earlier try.
func (m *Machine) overtaken(at uint32, head consensus.Entry) {
	s := m.slots.At(at)
	switch {
	case head.Seqno < s.proposed.Seqno:
		m.look(at) // the store did not say which state it is, or could not know
	case !s.doubt:
		m.lost(at, head)
	default:
		m.recognise(at, head)
	}
}

// look reads the head because the proposed state could not be added, or may have
// been.
func (m *Machine) look(at uint32) {
	s := m.slots.At(at)
	s.stage = stageDoubt
	s.tries++
	m.consult(flight{purpose: forDoubt, slot: at}, consensus.Call{Op: consensus.OpHead})
}

// doubtRead continues with the head.
func (m *Machine) doubtRead(at uint32, r *consensus.Result) {
	s := m.slots.At(at)
	switch {
	case r.Outcome == outcome.Done && r.Head.Seqno >= s.proposed.Seqno:
		if s.doubt {
			m.recognise(at, r.Head)
			return
		}
		m.lost(at, r.Head)
	case r.Outcome == outcome.Done:
		// Neither it nor another state: it may still be added, so it is tried again.
		m.recommit(at)
	case s.tries < 2*m.config.MaxRounds:
		m.look(at)
	default:
		m.giveUp(at)
	}
}

// recognise finds out whether the proposed state was added, from a head that is not
// older: by its mark, and in the entry of its number if the shard has gone on.
func (m *Machine) recognise(at uint32, head consensus.Entry) {
	s := m.slots.At(at)
	if head.Seqno != s.proposed.Seqno {
		s.stage = stageDoubt
		s.tries++
		m.consult(flight{purpose: forEntry, slot: at}, consensus.Call{Op: consensus.OpScan, From: s.proposed.Seqno, Limit: 1})
		return
	}
	if head.Data == s.data {
		m.committed(at)
		return
	}
	m.lost(at, head)
}

// entryRead continues with the entry that has the proposed state's number.
func (m *Machine) entryRead(at uint32, r *consensus.Result) {
	s := m.slots.At(at)
	switch {
	case r.Outcome != outcome.Done || len(r.Entries) == 0:
		if s.tries < 2*m.config.MaxRounds {
			m.look(at)
			return
		}
		m.giveUp(at)
	case r.Entries[0].Seqno != s.proposed.Seqno:
		// It was truncated: nothing tells any more what it was, but for writers' tokens.
		m.undecided(at)
	case r.Entries[0].Data == s.data:
		m.happened(at)
	default:
		m.lost(at, consensus.Entry{})
	}
}

// committed: the proposed state is, or was just now, the head.
func (m *Machine) committed(at uint32) {
	s := m.slots.At(at)
	before := s.head
	s.head, s.asked, s.seen = s.proposed, s.began, s.proposed.Seqno
	m.conclusions(at)
	m.tidy(at, before)
}

// happened: the proposed state was the head, and others have followed it.
func (m *Machine) happened(at uint32) {
	s := m.slots.At(at)
	before := s.head
	s.head = s.proposed
	m.conclusions(at)
	m.tidy(at, before)
	s.head = nil
}

// conclusions answers the calls of a commit that has happened.
func (m *Machine) conclusions(at uint32) {
	s := m.slots.At(at)
	s.stage, s.proposed, s.data = stageIdle, nil, ""
	for _, i := range s.group {
		m.conclude(i)
	}
	s.group = s.group[:0]
}

// lost: the proposed state was not added and never will be. Its calls are applied to
// the head, which is read if it is not at hand.
func (m *Machine) lost(at uint32, head consensus.Entry) {
	s := m.slots.At(at)
	began := s.began
	m.retire(at)
	if head.Seqno == 0 {
		s.head = nil
		m.retry(at, m.takeGroup(at))
		return
	}
	ok := m.learn(at, head, began)
	m.retry(at, m.takeGroup(at))
	if !ok {
		m.failAll(at)
	}
}

// refused: the store does not take the state, as it is too large.
func (m *Machine) refused(at uint32) {
	s := m.slots.At(at)
	m.report(s.id, StateKey(s.id), ProblemRefused)
	m.giveUp(at)
}

// giveUp ends the calls of a commit whose outcome cannot be found out, or which the
// store does not do.
func (m *Machine) giveUp(at uint32) {
	s := m.slots.At(at)
	doubt := s.doubt
	m.retire(at)
	if s.installs && !doubt {
		m.mergeLost(at)
	}
	m.leaveMerge(at)
	s.head = nil
	for _, i := range m.takeGroup(at) {
		c := m.calls.At(i)
		c.doubt = c.doubt || doubt && c.verdict == verdictChanged
		m.fail(i)
	}
}

// undecided has the calls of a commit applied again that may have happened: repeating
// any of them is harmless, and those that find themselves done say so.
func (m *Machine) undecided(at uint32) {
	s := m.slots.At(at)
	m.retire(at)
	m.leaveMerge(at)
	s.head = nil
	group := m.takeGroup(at)
	for _, i := range group {
		c := m.calls.At(i)
		c.doubt = c.doubt || c.verdict == verdictChanged
	}
	m.retry(at, group)
}

// retire forgets the proposed state. A merge that it had in it is tried again with
// the next one, unless it may have been added.
func (m *Machine) retire(at uint32) {
	s := m.slots.At(at)
	s.stage, s.proposed, s.data = stageIdle, nil, ""
}

// leaveMerge forgets a merge that the proposed state had in it and that may be part of
// the shard now. Should it not be, its blob is garbage for a sweep.
func (m *Machine) leaveMerge(at uint32) {
	s := m.slots.At(at)
	if s.installs {
		s.merge, s.installs = merge{}, false
	}
}

// takeGroup is the calls of a commit, which has none from then on.
func (m *Machine) takeGroup(at uint32) []uint32 {
	s := m.slots.At(at)
	group := s.group
	s.group = nil
	return group
}
