package shard

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

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
