package shard

import (
	"slices"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/relation"
)

// State is a shard as it is stored: everything but what lies in blobs. A state that
// was committed is frozen, and shared by whoever looks at it.
type State struct {
	Shard persist.ShardID
	// Seqno is the number under which the state was added; each is one more than the
	// one before. 0: the shard was never used.
	Seqno consensus.Seqno
	// Mark tells who wrote this state, so that a compare-and-set of unknown outcome can
	// be recognised.
	Mark Mark
	// Base is the number of the whole state that begins the chain which this state is
	// stored in, and After the mark of the state before it; 0: it is stored whole
	// (chain.go).
	Base  consensus.Seqno
	After Mark
	// Since ≤ the since of every reader: readers start at it, and it moves only to the
	// meet of all of them (P-1).
	Since, Upper frontier.Frontier
	// Epoch is the highest that opened a writer (P-11).
	Epoch uint64
	// Finalized: nothing else is left (P-2).
	Finalized bool
	// Batches hold the older data, Tail the newest, in the order of appends. TailFrom
	// names the tail: it changes with everything but appends, so that a merge of its
	// first updates knows them again.
	Batches  []Batch
	TailFrom consensus.Seqno
	Tail     []relation.Update
	// tailBytes is Size(Tail). The first inherited of the tail are stored in other entries
	// of the chain, and so are the batches if there is one.
	tailBytes uint64
	inherited int

	Leased   []Leased
	Critical []Critical
	// Writers, the latest to append last (retain.go).
	Writers []Writer
	// Removed are the fingerprints of the leased readers that left last, at most
	// RemovedKept, the latest last, so that their calls can be told from those of readers
	// that never were (P-18).
	Removed []uint64
}

// Mark is a random name that a machine gives to each state that it tries to commit.
type Mark struct{ Hi, Lo uint64 }

// Leased is a leased reader. End is the last instant of its lease, by the clock of
// whoever renewed it; Lease is its length in milliseconds.
type Leased struct {
	ID    persist.ReaderID
	Since frontier.Frontier
	End   clock.Wall
	Lease int64
}

// Critical is a critical reader and its fencing value (P-15).
type Critical struct {
	ID     persist.ReaderID
	Since  frontier.Frontier
	Opaque persist.Opaque
}

// Writer remembers its last append: the token, the upper that it led to, the epoch
// that it was called with, and when it was committed, by number and by the wall
// clock of who committed it. A writer that never appended is not remembered.
type Writer struct {
	ID    persist.WriterID
	Token persist.Token
	Upper frontier.Frontier
	Epoch uint64
	Seqno consensus.Seqno
	At    clock.Wall
}

// RemovedKept is how many removed readers a state remembers.
const RemovedKept = 64

// clone is a state that may be changed: it shares nothing that apply writes. The
// tail is shared, but has no room to grow in place.
func (s *State) clone() *State {
	c := *s
	c.Batches = slices.Clone(s.Batches)
	c.Leased = slices.Clone(s.Leased)
	c.Critical = slices.Clone(s.Critical)
	c.Writers = slices.Clone(s.Writers)
	c.Removed = slices.Clone(s.Removed)
	c.Tail = s.Tail[:len(s.Tail):len(s.Tail)]
	return &c
}
