package shard

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// purpose is what a call below is made for.
type purpose uint8

const (
	// forHead reads the head, for calls that wait.
	forHead purpose = iota + 1
	// forCommit adds the proposed state.
	forCommit
	// forDoubt reads the head, forEntry one entry, to learn what became of a commit.
	forDoubt
	forEntry
	// forChain reads the entries that the head is a part of.
	forChain
	// forUpload puts an append's updates, forRead reads a batch.
	forUpload
	forRead
	// forMerge merges batches.
	forMerge
	// forSweep lists blobs. Deletions and truncations are forTidying: nothing depends on
	// how they end.
	forSweep
	forTidying
)

// flight is a call below that is not answered.
type flight struct {
	effect  EffectID
	purpose purpose
	slot    uint32
	call    uint32
	// batch is the one that is read, by its position in the call's state.
	batch uint32
	timer uint32
}

// depart registers a call below and returns its id.
func (m *Machine) depart(f flight, deadline clock.Duration) EffectID {
	m.nextEffect++
	f.effect = m.nextEffect
	at := m.flights.New()
	f.timer = m.timers.Set(0, flat.Timer{At: int64(m.now.Mono.Add(deadline)), Key: uint64(f.effect), Ref: at})
	*m.flights.At(at) = f
	m.byEffect.Put(uint64(f.effect), at)
	m.slots.At(f.slot).flights++
	return f.effect
}

// land takes a call below off the list; ok is false if it is not on it (any more).
func (m *Machine) land(id EffectID) (f flight, ok bool) {
	at, ok := m.byEffect.Get(uint64(id))
	if !ok {
		return flight{}, false
	}
	f = *m.flights.At(at)
	m.timers.Remove(f.timer)
	m.byEffect.Delete(uint64(id))
	m.flights.Release(at)
	m.slots.At(f.slot).flights--
	return f, true
}

// consult emits a call of the consensus store.
func (m *Machine) consult(f flight, c consensus.Call) *Effect {
	e := m.out.next()
	e.Kind, e.Effect, e.Shard = EffectConsensus, m.depart(f, m.config.StoreDeadline), m.slots.At(f.slot).id
	e.Consensus = c
	e.Consensus.Key = StateKey(e.Shard)
	return e
}

// handle emits a call about batches.
func (m *Machine) handle(f flight, cause CallID, c *BatchCall) {
	deadline := m.config.StoreDeadline
	if c.Op == BatchMerge {
		deadline = m.config.MergeDeadline
	}
	e := m.out.next()
	e.Kind, e.Effect, e.Shard, e.Cause = EffectBatch, m.depart(f, deadline), m.slots.At(f.slot).id, cause
	e.Batch = *c
	e.Batch.Shard = e.Shard
}

// consensusDone continues with what came of a call of the consensus store.
func (m *Machine) consensusDone(f *flight, r *consensus.Result) {
	switch f.purpose {
	case forHead:
		m.headRead(f.slot, r)
	case forCommit:
		m.commitDone(f.slot, r)
	case forDoubt:
		m.doubtRead(f.slot, r)
	case forEntry:
		m.entryRead(f.slot, r)
	case forChain:
		m.chainRead(f.slot, r)
	case forUpload, forRead, forMerge, forSweep, forTidying:
	}
	m.advance(f.slot)
}

// batchDone continues with what came of a call about batches.
func (m *Machine) batchDone(f *flight, r *BatchResult) {
	switch f.purpose {
	case forUpload:
		m.uploaded(f, r)
	case forRead:
		m.batchRead(f, r)
	case forMerge:
		m.mergeDone(f.slot, r)
	case forSweep:
		m.swept(f.slot, r)
	case forHead, forCommit, forDoubt, forEntry, forChain, forTidying:
	}
	m.advance(f.slot)
}

// overdue gives a call below up whose deadline has passed: its outcome is unknown.
func (m *Machine) overdue(f *flight) {
	switch f.purpose {
	case forHead, forCommit, forDoubt, forEntry, forChain:
		m.consensusDone(f, &consensus.Result{Outcome: outcome.Unknown})
	case forUpload, forRead, forMerge, forSweep, forTidying:
		m.batchDone(f, &BatchResult{Outcome: outcome.Unknown})
	}
}
