package shard

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// doomedBlob is a blob that no state refers to, and none ever will.
type doomedBlob struct {
	slot uint32
	key  string
	at   clock.Instant
}

// doom has a blob deleted after a while.
func (m *Machine) doom(at uint32, b BlobID) {
	s := m.slots.At(at)
	s.busy++
	m.doomed.Push(doomedBlob{at, b.Key(s.id), m.now.Mono.Add(m.config.DeleteAfter)})
}

// deleteDoomed deletes at the pace of the settings. A deletion that fails is left to
// the next sweep.
func (m *Machine) deleteDoomed() {
	for m.doomed.Len() > 0 && m.doomed.At(0).at <= m.now.Mono && m.deleteAt <= m.now.Mono {
		d := m.doomed.Pop()
		m.slots.At(d.slot).busy--
		m.handle(flight{purpose: forTidying, slot: d.slot}, 0, &BatchCall{Op: BatchDelete, Key: d.key})
		m.deleteAt = m.now.Mono.Add(m.config.DeleteEvery)
	}
}

// tidy is what whoever has committed a state does afterwards: the blobs that it has
// made garbage are deleted, old states truncated, and now and then all blobs looked
// through.
func (m *Machine) tidy(at uint32, before *State) {
	s := m.slots.At(at)
	if s.installs || s.head.Since.Empty {
		m.doomReplaced(at, before)
	}
	if s.installs {
		s.merge, s.installs = merge{}, false
	}
	n := uint64(s.head.Seqno)
	switch {
	case s.head.Finalized && !before.Finalized:
		m.truncate(at, s.head.Seqno)
		s.sweepAt = m.now.Mono
	case n%m.config.TruncateEvery == 0 && n > m.config.TruncateKeep:
		m.truncate(at, min(s.head.first(), s.head.Seqno-consensus.Seqno(m.config.TruncateKeep)))
	}
	if s.sweepAt <= m.now.Mono && !s.sweeping && (m.sweeping == 0 || s.head.Finalized) {
		s.sweeping = true
		m.sweeping++
		m.list(at, "")
	}
	m.compact(at)
}

// doomReplaced deletes the blobs that the state before referred to, and the head does
// not: nothing brings them back (docs/persist-format.md).
func (m *Machine) doomReplaced(at uint32, before *State) {
	head := m.slots.At(at).head
	for i := range before.Batches {
		if b := before.Batches[i].Blob; head.findBatch(b) < 0 {
			m.doom(at, b)
		}
	}
}

func (m *Machine) truncate(at uint32, before consensus.Seqno) {
	m.consult(flight{purpose: forTidying, slot: at}, consensus.Call{Op: consensus.OpTruncate, Before: before})
}

// sweepLimit is how many blobs are listed at a time.
const sweepLimit = 256

func (m *Machine) list(at uint32, after string) {
	m.handle(flight{purpose: forSweep, slot: at}, 0, &BatchCall{Op: BatchList, After: after, Limit: sweepLimit})
}

// swept has garbage among the listed blobs deleted, and lists on.
func (m *Machine) swept(at uint32, r *BatchResult) {
	s := m.slots.At(at)
	if r.Outcome == outcome.Done && s.head != nil {
		for _, key := range r.Keys {
			if b, ok := ParseBlobKey(s.id, key); ok && s.head.garbage(b) {
				m.doom(at, b)
			}
		}
		if len(r.Keys) >= sweepLimit {
			m.list(at, r.Keys[len(r.Keys)-1])
			return
		}
	}
	s.sweeping = false
	m.sweeping--
	s.sweepAt = m.now.Mono.Add(m.config.SweepEvery)
}

// garbage reports whether a blob that this state does not refer to can be in no later
// one. An older number of the state than the shard's present one does no harm: what
// may not enter the state after this one may enter none after that. A blob whose
// commit is of unknown outcome is either in this state or may still enter, or its
// commit has failed for good.
func (s *State) garbage(b BlobID) bool {
	return s.findBatch(b) < 0 && (s.Finalized || !b.enters(s.Seqno+1))
}
