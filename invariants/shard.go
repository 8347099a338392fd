package invariants

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// shard is what is durable of one shard, and what has landed in it.
type shard struct {
	id   persist.ShardID
	slot int32 // the collection whose data shard it is, or -1
	now  ShardState
	// foreign writes make its history incomplete for S16.
	foreign bool
	// base sums everything at times ≤ folded; recent has the rest in landing order.
	folded     frontier.Timestamp
	hasFolded  bool
	rows, errs print128
	recent     []landing
	head       int
	// batches heads the list of appends that went out to it.
	batches int32
}

// landing is one update that is durable.
type landing struct {
	data relation.Row
	time frontier.Timestamp
	diff int64
}

// shardAt is the place of a shard, made if it is new.
func (j *Judges) shardAt(id persist.ShardID) int32 {
	if i := j.shardIndex.find(id.Hi, id.Lo); i >= 0 {
		return i
	}
	i := int32(len(j.shards))
	if len(j.shards) < cap(j.shards) {
		j.shards = j.shards[:i+1]
		recent := j.shards[i].recent[:0]
		j.shards[i] = shard{recent: recent}
	} else {
		j.shards = append(j.shards, shard{})
	}
	j.shards[i].id, j.shards[i].slot, j.shards[i].batches = id, -1, -1
	j.shardIndex.put(id.Hi, id.Lo, i)
	return i
}

// land records updates that have become durable.
func (s *shard) land(updates []relation.Update) {
	for i := range updates {
		u := &updates[i]
		s.recent = append(s.recent, landing{u.Data, u.Time, u.Diff})
	}
}

// fold sums what no permitted read can tell apart any more: updates at times not
// after t.
func (s *shard) fold(t frontier.Timestamp) {
	for s.head < len(s.recent) && s.recent[s.head].time <= t {
		l := &s.recent[s.head]
		if isError(l.data) {
			s.errs.add(l.data, l.diff)
		} else {
			s.rows.add(l.data, l.diff)
		}
		l.data = ""
		s.head++
	}
	if !s.hasFolded || t > s.folded {
		s.folded, s.hasFolded = t, true
	}
	if s.head > 64 && 2*s.head > len(s.recent) {
		n := copy(s.recent, s.recent[s.head:])
		clear(s.recent[n:])
		s.recent, s.head = s.recent[:n], 0
	}
}

// contents sums rows and errors at times ≤ t. It must not be asked for a time
// before what was folded.
func (s *shard) contents(t frontier.Timestamp) (rows, errs print128) {
	rows, errs = s.rows, s.errs
	for i := s.head; i < len(s.recent); i++ {
		l := &s.recent[i]
		if l.time > t {
			continue
		}
		if isError(l.data) {
			errs.add(l.data, l.diff)
		} else {
			rows.add(l.data, l.diff)
		}
	}
	return rows, errs
}
