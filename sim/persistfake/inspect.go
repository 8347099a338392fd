package persistfake

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// State is a shard's durable state as the world and its judges need it.
type State struct {
	Since, Upper frontier.Frontier
	// CriticalSince and Opaque are those of the shard's oldest critical reader, if
	// HasCritical.
	HasCritical   bool
	CriticalSince frontier.Frontier
	Opaque        persist.Opaque
	// WriterEpoch is the highest epoch that opened a writer.
	WriterEpoch uint64
	// Leased counts the leased readers that are registered, lapsed ones included.
	Leased int
	// Updates counts what was ever appended.
	Updates   int
	Finalized bool
}

// State is the state of a shard; ok is false if nobody has used it yet, and the
// state is that of a new shard then.
func (s *Store) State(id persist.ShardID) (st State, ok bool) {
	ok = s.ReadState(id, &st)
	return st, ok
}

// ReadState overwrites st with what State returns.
func (s *Store) ReadState(id persist.ShardID, st *State) (ok bool) {
	at := s.index.find(s.shards, id)
	if at < 0 {
		*st = State{}
		return false
	}
	sh := &s.shards[at]
	st.Since, st.Upper, st.WriterEpoch = sh.since, sh.upper, sh.writerEpoch
	st.Leased, st.Updates, st.Finalized = int(sh.leased), sh.updates, sh.finalized
	if sh.firstCritical != 0 {
		k := &s.criticals[sh.firstCritical-1]
		st.HasCritical, st.CriticalSince, st.Opaque = true, k.since, k.opaque
	} else {
		st.HasCritical, st.CriticalSince, st.Opaque = false, frontier.Frontier{}, persist.Opaque{}
	}
	return true
}

// EachLeased calls f with every leased reader of a shard: since when it can read, the last
// instant of its lease, and the lease's length in milliseconds.
func (s *Store) EachLeased(id persist.ShardID, f func(reader persist.ReaderID, since frontier.Frontier, end clock.Wall, lease int64)) {
	at := s.index.find(s.shards, id)
	if at < 0 {
		return
	}
	for l := s.shards[at].firstLeased; l != 0; l = s.leased[l-1].next {
		v := &s.leased[l-1]
		f(v.id, v.since, v.end, v.lease)
	}
}

// Len is the number of shards that were ever used.
func (s *Store) Len() int { return len(s.shards) }

// Shard is the id of the i-th shard, in the order of their first use.
func (s *Store) Shard(i int) persist.ShardID { return s.shards[i].id }

// AppendUpdates appends everything that was ever appended to the shard, in that
// order and uncompacted, to list. A finalized shard still shows it: judges may
// look where callers may not.
func (s *Store) AppendUpdates(list []relation.Update, id persist.ShardID) []relation.Update {
	at := s.index.find(s.shards, id)
	if at < 0 {
		return list
	}
	sh := &s.shards[at]
	n := len(list) + sh.updates
	for len(list) < n {
		list = append(list, relation.Update{})
	}
	for p, filled := sh.history.tail, int(sh.history.filled); p != nil; p, filled = p.prev, int(p.before) {
		n -= filled
		copy(list[n:], p.items[:filled])
	}
	return list
}
