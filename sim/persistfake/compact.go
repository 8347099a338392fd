package persistfake

import "example.com/tidemark/core/persist"

// Compact is P-19: what the since has passed is summed by row and forwarded to it. A
// store does so when it likes and tells nobody. No call's answer depends on it, and
// what the shard held stays in its history, for judges only.
func (s *Store) Compact(id persist.ShardID) {
	at := s.index.find(s.shards, id)
	if at < 0 || s.shards[at].finalized || s.shards[at].since.Empty {
		return
	}
	sh := &s.shards[at]
	if n := s.passed(sh); n > 0 {
		s.fold(sh, n)
	}
}

// fold sums the next n updates behind the image into it.
func (s *Store) fold(sh *shard, n int) {
	s.net.reset()
	s.net.addAll(sh.image)
	s.net.addAll(s.tail(sh)[:n])
	sh.image = s.netted(sh.since.T)
	sh.imaged += n
}
