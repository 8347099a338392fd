package shard

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// call is one call that is not answered yet.
type call struct {
	id   CallID
	slot uint32
	call persist.Call
	// arrived is the serial of its arrival: an answer from a head that is not newer
	// would be one from before the call.
	arrived uint64
	// rounds counts what was tried for it.
	rounds uint32
	// doubt: it was part of a commit whose outcome could not be found out.
	doubt bool

	// verdict and result are what it meant for the state that it was applied to last.
	verdict verdict
	result  persist.Result

	// batch holds an append's updates once they were put (put); until then it names
	// what is being put.
	batch Batch
	put   bool

	// A read: the state that is read, how many batches of it are on their way, what was
	// found in the others, whether one was missing, and which.
	state    *State
	pending  uint32
	found    []relation.Update
	again    bool
	problem  Problem
	missing  BlobID
	missedAt string
}

// own makes a copied call independent of its original.
func (c *call) own() { c.found = c.found[:len(c.found):len(c.found)] }

// accept takes a call up.
func (m *Machine) accept(id CallID, c *persist.Call) {
	if reason := persist.CheckArguments(c); reason != persist.ReasonNone {
		m.respond(id, &persist.Result{Outcome: outcome.Invalid, Reason: reason})
		return
	}
	slot := m.slotOf(c.Shard)
	at := m.calls.New()
	*m.calls.At(at) = call{id: id, slot: slot, call: *c, arrived: m.serial}
	s := m.slots.At(slot)
	s.waiting = append(s.waiting, at)
	m.advance(slot)
}

// answer ends a call with its result. One that may have happened earlier is answered
// only with its success: what it finds now is not what it found then.
func (m *Machine) answer(at uint32) {
	c := m.calls.At(at)
	if c.doubt && c.result.Outcome != outcome.Done {
		c.result = persist.Result{Outcome: outcome.Unknown}
	}
	if c.result.Outcome != outcome.Done && c.put && !c.doubt {
		m.doom(c.slot, c.batch.Blob)
	}
	m.respond(c.id, &c.result)
	m.calls.Release(at)
}

// fail ends a call that certainly has not happened, or may have, if that is in doubt.
func (m *Machine) fail(at uint32) {
	m.calls.At(at).result = persist.Result{Outcome: outcome.NotDone}
	m.answer(at)
}

// again reports whether a call may be tried once more, and counts that.
func (m *Machine) tryAgain(at uint32) bool {
	c := m.calls.At(at)
	c.rounds++
	return c.rounds < m.config.MaxRounds
}

// retry has calls of a shard applied again, before those that wait, in their order;
// those that were tried too often are failed.
func (m *Machine) retry(slot uint32, calls []uint32) {
	s := m.slots.At(slot)
	kept := make([]uint32, 0, len(calls)+len(s.waiting))
	for _, at := range calls {
		if m.tryAgain(at) {
			kept = append(kept, at)
		} else {
			m.fail(at)
		}
	}
	s.waiting = append(kept, s.waiting...)
}

// failAll fails every call that waits, and says why in a report if there is a
// problem.
func (m *Machine) failAll(slot uint32) {
	s := m.slots.At(slot)
	waiting := s.waiting
	s.waiting = nil
	for _, at := range waiting {
		m.fail(at)
	}
}
