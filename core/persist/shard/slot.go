package shard

import (
	"slices"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
)

// stage is what a shard's commit is at.
type stage uint8

const (
	// stageIdle: nothing is under way.
	stageIdle stage = iota
	// stageHead: the head is being read.
	stageHead
	// stageCommit: the proposed state is being added.
	stageCommit
	// stageDoubt: what became of the proposed state is being found out.
	stageDoubt
)

// slot is what the machine has of one shard.
type slot struct {
	id persist.ShardID
	// next is another slot whose id has the same key in the index.
	next uint32
	// flights counts the calls below that are not answered, busy what else needs the slot:
	// calls that read batches or put one, merges that linger, blobs that are doomed.
	flights, busy uint32

	// head is the newest state that was seen, nil if it has to be read. It was the
	// shard's at some moment after asked, a serial of the machine's.
	head  *State
	asked uint64
	// part is a head that is being read, as long as there is no state: it is stored as
	// what it adds to others (chain.go).
	part part
	// lacking is the number of a head whose chain was not there any more.
	lacking consensus.Seqno
	// seen is the highest number that was ever seen here.
	seen consensus.Seqno

	// waiting are the calls to be applied next, in order; group those in the commit
	// that is under way.
	waiting, group []uint32
	stage          stage
	// began is the serial at which the present stage's call was made for the first time.
	began uint64
	// tries counts how often the present stage's call was made.
	tries uint32

	// proposed is the state that is being added, as data. doubt: a call that adds it
	// had an unknown outcome.
	proposed *State
	data     string
	wall     clock.Wall
	doubt    bool
	// installs: the proposed state has the merge in it.
	installs bool

	merge merge
	// wanted: somebody asked for compaction (InputCompact).
	wanted bool

	// sweepAt is when the shard's blobs are to be listed; sweeping: they are.
	sweepAt  clock.Instant
	sweeping bool
}

// own makes a copied slot independent of its original. States are frozen.
func (s *slot) own() {
	s.waiting, s.group = slices.Clone(s.waiting), slices.Clone(s.group)
}

// slotOf is the slot of the shard, which is made by its first use.
func (m *Machine) slotOf(id persist.ShardID) uint32 {
	key := slotKey(id)
	first, ok := m.byShard.Get(key)
	if ok {
		for at := first; at != 0; at = m.slots.At(at).next {
			if m.slots.At(at).id == id {
				return at
			}
		}
	}
	at := m.slots.New()
	s := m.slots.At(at)
	s.id, s.next = id, first
	// Sweeps of many shards are spread over time.
	s.sweepAt = m.now.Mono.Add(m.config.SweepEvery/2 + clock.Duration(key%uint64(m.config.SweepEvery)))
	m.byShard.Put(key, at)
	return at
}

// forget drops the slot of a finalized shard that nobody uses.
func (m *Machine) forget(at uint32) {
	s := m.slots.At(at)
	if s.head == nil || !s.head.Finalized || s.stage != stageIdle || len(s.waiting) > 0 || s.busy > 0 || s.flights > 0 || s.sweeping {
		return
	}
	key := slotKey(s.id)
	first, _ := m.byShard.Get(key)
	switch {
	case first != at:
		before := first
		for m.slots.At(before).next != at {
			before = m.slots.At(before).next
		}
		m.slots.At(before).next = s.next
	case s.next != 0:
		m.byShard.Put(key, s.next)
	default:
		m.byShard.Delete(key)
	}
	m.slots.Release(at)
}

// slotKey is where a shard is in the index.
func slotKey(id persist.ShardID) uint64 {
	m := digest.New(domainSlot)
	m.U64(id.Hi)
	m.U64(id.Lo)
	return m.Sum().Lo | 1
}
