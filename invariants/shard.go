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
	// ended: it was finalized as C-29 says, not by a mishap.
	ended bool
	// foreign writes make its history incomplete for S16.
	foreign bool
	// base sums everything at times ≤ folded; recent has the rest in landing order.
	folded     frontier.Timestamp
	hasFolded  bool
	rows, errs print128
	recent     log[landing]
	// marks are uppers that it had, the older first, if a host writes it.
	marks [2]upperMark
	// batches heads the list of appends that went out to it.
	batches int32
}

// landing is one update that is durable: its row, weighted by its count.
type landing struct {
	row  print128
	time frontier.Timestamp
	err  bool // the row is an error
	// Of it and what is before it on its page: the sums, the first time and the last.
	upto           landed
	first, through frontier.Timestamp
}

// landed sums rows and errors.
type landed struct{ rows, errs print128 }

// shardAt is the place of a shard, made if it is new.
func (j *Judges) shardAt(id persist.ShardID) int32 {
	if i := j.shardIndex.find(id.Hi, id.Lo); i >= 0 {
		return i
	}
	i := int32(len(j.shards))
	if len(j.shards) < cap(j.shards) {
		j.shards = j.shards[:i+1]
		pages := j.shards[i].recent.pages[:0]
		j.shards[i] = shard{recent: log[landing]{pages: pages}}
	} else {
		j.shards = append(j.shards, shard{})
	}
	j.shards[i].id, j.shards[i].slot, j.shards[i].batches = id, -1, -1
	j.shardIndex.put(id.Hi, id.Lo, i)
	return i
}

// land records updates that have become durable.
func (s *shard) land(pool *pagePool[landing], updates []relation.Update) {
	for i := range updates {
		u := &updates[i]
		l := landing{time: u.Time, err: isError(u.Data), first: u.Time, through: u.Time}
		l.row.add(u.Data, u.Diff)
		if before := s.recent.onPage(); before != nil {
			l.upto, l.first, l.through = before.upto, min(before.first, u.Time), max(before.through, u.Time)
		}
		l.addTo(&l.upto.rows, &l.upto.errs)
		s.recent.push(pool, l)
	}
}

// fold sums what no permitted read can tell apart any more: updates at times not
// after t.
func (s *shard) fold(pool *pagePool[landing], t frontier.Timestamp) {
	for len(s.recent.pages) > 0 {
		list := s.recent.span(0)
		n := 0
		for n < len(list) && list[n].time <= t {
			list[n].addTo(&s.rows, &s.errs)
			n++
		}
		if n == 0 {
			break
		}
		s.recent.drop(pool, n)
		if n < len(list) {
			break
		}
	}
	if !s.hasFolded || t > s.folded {
		s.folded, s.hasFolded = t, true
	}
}

// contents sums rows and errors at times ≤ t. It must not be asked for a time
// before what was folded.
func (s *shard) contents(t frontier.Timestamp) (rows, errs print128) {
	rows, errs = s.rows, s.errs
	for p := range s.recent.pages {
		list := s.recent.span(p)
		switch last := &list[len(list)-1]; {
		case last.first > t: // and so are all on the page
		case last.through <= t && (p > 0 || s.recent.dropped == 0):
			rows.sum(last.upto.rows)
			errs.sum(last.upto.errs)
		default:
			for i := range list {
				if list[i].time <= t {
					list[i].addTo(&rows, &errs)
				}
			}
		}
	}
	return rows, errs
}

func (l *landing) addTo(rows, errs *print128) {
	if l.err {
		errs.sum(l.row)
	} else {
		rows.sum(l.row)
	}
}
