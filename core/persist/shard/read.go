package shard

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

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
