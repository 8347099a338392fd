package persistfake

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// finalize is P-2: the shard is given up for ever once both frontiers are empty and
// no reader is left. What the shard held is kept, for judges only.
func (s *Store) finalize(now clock.Wall, sh *shard, r *persist.Result) {
	if !sh.finalized && (!sh.since.Empty || !sh.upper.Empty || s.hasReaders(now, sh)) {
		r.Outcome, r.Since, r.Upper = outcome.NotYet, sh.since, sh.upper
		return
	}
	sh.finalized = true
	r.Outcome = outcome.Done
}

// hasReaders reports whether a reader is left. One whose lease has ended by the
// caller's clock is none, though a refusal does not remove it. Critical readers need
// no look: when the since is empty they are all at the empty frontier, will never
// read again, and are none.
func (s *Store) hasReaders(now clock.Wall, sh *shard) bool {
	for at := sh.firstLeased; at != 0; at = s.leased[at-1].next {
		if s.leased[at-1].end >= now {
			return true
		}
	}
	return false
}

// Finalize makes the shard unusable for ever, whatever its state and whoever uses
// it: a mishap, not a call of the contract.
func (s *Store) Finalize(id persist.ShardID) { s.use(id).finalized = true }
