// Package persistfake is the simple, obviously right model of durable shards: the
// rules P-1 to P-19 of docs/semantics.md as one function, Apply, over a
// state in memory. It decides what a call does, and nothing else: whether a call
// takes effect, when, and whether anybody hears of it is the world's business.
//
// All data is kept for ever, uncompacted, so that judges can read the whole
// history at the end. A store is a value: CopyFrom is a few flat copies, and
// histories are append-only pages that clones share. A store and all its clones
// belong to one goroutine.
//
// The package reads the fields of core's types and calls none of core's
// functions, so that it cannot inherit a mistake from what it judges.
package persistfake

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// Store is a set of shards. The zero value is an empty store.
type Store struct {
	shards []shard
	index  index
	// Readers and writers of all shards; each shard links its own.
	leased    []leasedReader
	freeSeats int32 // links the unused entries of leased
	criticals []criticalReader
	writers   []writer
	// removed remembers every leased reader that ever left, so that its calls can be
	// told from those of a reader that never was (P-18).
	removed  log[removedReader]
	unsorted bool

	// What follows is memory, not state.
	updatePages  arena[relation.Update]
	removedPages arena[removedReader]
	results      []relation.Update
	window       []relation.Update
	net          net
}

// Apply makes the call take effect now, where now is what the *caller's* wall
// clock shows (leases are judged by it, P-18), and overwrites r with how it ended.
// The lists in r are frozen and stay valid for ever.
func (s *Store) Apply(now clock.Wall, c *persist.Call, r *persist.Result) {
	*r = persist.Result{}
	if reason := judgeArguments(c); reason != persist.ReasonNone {
		r.Outcome, r.Reason = outcome.Invalid, reason
		return
	}
	sh := s.use(c.Shard)
	if sh.finalized && c.Op != persist.OpFinalize {
		r.Outcome, r.Reason = outcome.Invalid, persist.ReasonFinalized
		return
	}
	switch c.Op {
	case persist.OpOpenWriter:
		s.openWriter(now, sh, c, r)
	case persist.OpOpenLeasedReader:
		s.openLeased(now, sh, c, r)
	case persist.OpOpenCritical:
		s.openCritical(now, sh, c, r)
	case persist.OpCompareAndAppend:
		s.compareAndAppend(now, sh, c, r)
	case persist.OpFetchUpper:
		r.Outcome, r.Since, r.Upper = outcome.Done, sh.since, sh.upper
	case persist.OpDowngradeSince:
		s.downgradeSince(now, sh, c, r)
	case persist.OpCompareAndDowngradeSince:
		s.compareAndDowngradeSince(now, sh, c, r)
	case persist.OpHeartbeat:
		s.heartbeat(now, sh, c, r)
	case persist.OpCloseReader:
		s.closeReader(now, sh, c, r)
	case persist.OpSnapshot:
		s.snapshot(sh, c, r)
	case persist.OpListen:
		s.listen(sh, c, r)
	case persist.OpFinalize:
		s.finalize(now, sh, r)
	case persist.OpNone: // judgeArguments refused it
	}
}

// SnapshotUnsorted sets whether the snapshots from now on are left unconsolidated
// and out of order, as P-16 allows.
func (s *Store) SnapshotUnsorted(on bool) { s.unsorted = on }

// Reset empties the store and keeps its memory.
func (s *Store) Reset() {
	clear(s.shards) // drops the references to pages
	s.shards = s.shards[:0]
	s.index.reset()
	s.leased = s.leased[:0]
	s.freeSeats = 0
	s.criticals = s.criticals[:0]
	s.writers = s.writers[:0]
	s.removed = log[removedReader]{}
	s.unsorted = false
	s.updatePages.reset()
	s.removedPages.reset()
}

// CopyFrom makes s equal to src; the two are independent from then on.
func (s *Store) CopyFrom(src *Store) {
	if s == src {
		return
	}
	src.updatePages.lent, src.removedPages.lent = true, true
	s.updatePages.reset()
	s.removedPages.reset()
	s.shards = append(s.shards[:0], src.shards...)
	s.index.copyFrom(&src.index)
	s.leased = append(s.leased[:0], src.leased...)
	s.freeSeats = src.freeSeats
	s.criticals = append(s.criticals[:0], src.criticals...)
	s.writers = append(s.writers[:0], src.writers...)
	s.removed = src.removed
	s.unsorted = src.unsorted
}
