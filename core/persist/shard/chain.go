package shard

import (
	"slices"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
)

// Most states differ from the one before by an append: their tail has become longer.
// Such a state is stored as a part, which has everything but the batches and the
// tail of the state before it, and names that by its mark. So an append costs about
// as much as what it appends, however long the tail is. A whole state and the parts
// that follow it are a chain; who reads the head of one reads its other entries too.

// begin decides how a state is stored that follows the state before: whole, or as a
// part of the chain that the state before is in, of which it is not more than most
// states away.
func (s *State) begin(before *State, most uint64) {
	s.Base, s.After, s.inherited = 0, Mark{}, 0
	if s.adds(before) && uint64(s.Seqno-before.first()) <= most {
		s.Base, s.After, s.inherited = before.first(), before.Mark, len(before.Tail)
	}
}

// adds reports whether a state has the batches of the state before and its tail, and
// perhaps more. A tail that keeps its name has only become longer.
func (s *State) adds(before *State) bool {
	return len(before.Tail) > 0 && !s.Finalized && s.TailFrom == before.TailFrom && slices.Equal(s.Batches, before.Batches)
}

// first is the number of the entry that begins the chain of a state: the oldest that
// must not be truncated.
func (s *State) first() consensus.Seqno {
	if s.Base != 0 {
		return s.Base
	}
	return s.Seqno
}

// Complete is the state that a part is of, or what is wrong with it. The state before
// must be complete itself.
func (s *State) Complete(before *State) (*State, Problem) {
	if before.Seqno+1 != s.Seqno || before.first() != s.Base || before.Mark != s.After || before.TailFrom != s.TailFrom {
		return nil, ProblemState
	}
	c := *s
	c.inherited = len(before.Tail)
	c.Tail = append(before.Tail[:c.inherited:c.inherited], s.Tail...)
	c.tailBytes = before.tailBytes + s.tailBytes
	c.Batches = before.Batches
	return &c, c.judge()
}

// Chain is the state in the last of the entries, which follow on a complete state, or
// on none if they are all of its chain; or what is wrong with it.
func Chain(id persist.ShardID, before *State, entries ...consensus.Entry) (*State, Problem) {
	for _, e := range entries {
		s, problem := Decode(id, e)
		switch {
		case problem != ProblemNone:
		case s.Base == 0 && before == nil:
		case s.Base == 0 || before == nil:
			problem = ProblemState
		default:
			s, problem = s.Complete(before)
		}
		if problem != ProblemNone {
			return nil, problem
		}
		before = s
	}
	return before, ProblemNone
}

// part is a head that lacks what the entries before it have, and the newest state of
// its chain that is known, if there is one.
type part struct{ state, known *State }

// from is the first of the entries that are missing.
func (p *part) from() consensus.Seqno {
	if p.known != nil {
		return p.known.Seqno + 1
	}
	return p.state.Base
}

// missing counts them.
func (p *part) missing() int { return int(p.state.Seqno - p.from()) }

// askChain reads what is missing of the head.
func (m *Machine) askChain(at uint32) {
	p := &m.slots.At(at).part
	m.consult(flight{purpose: forChain, slot: at}, consensus.Call{
		Op: consensus.OpScan, From: p.from(), Limit: uint32(p.missing()),
	})
}

// chainRead completes the head. Entries that are not there were truncated because
// there is a newer one, which is read then; if there is none, because the head is still
// the same, they are lost.
func (m *Machine) chainRead(at uint32, r *consensus.Result) {
	s := m.slots.At(at)
	p := s.part
	switch {
	case r.Outcome != outcome.Done:
		m.headAgain(at)
	case len(r.Entries) == p.missing() && r.Entries[0].Seqno == p.from():
		before, problem := Chain(s.id, p.known, r.Entries...)
		m.headKnown(at, m.complete(at, before, problem))
	case p.state.Seqno == s.lacking:
		s.part = part{}
		m.report(s.id, StateKey(s.id), ProblemTruncated)
		m.headKnown(at, false)
	default:
		s.lacking = p.state.Seqno
		m.headAgain(at)
	}
}

// complete takes the part as the head, on the state before it; it reports whether that
// makes sense.
func (m *Machine) complete(at uint32, before *State, problem Problem) bool {
	s := m.slots.At(at)
	var head *State
	if problem == ProblemNone {
		head, problem = s.part.state.Complete(before)
	}
	s.part = part{}
	if problem != ProblemNone {
		m.report(s.id, StateKey(s.id), problem)
		return false
	}
	s.head, s.seen = head, head.Seqno
	return true
}
