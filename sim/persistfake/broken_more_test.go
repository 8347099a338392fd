package persistfake

import (
	"slices"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/persist"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// A rule that no store breaks may be one that cannot fail.
func TestEveryRuleCanFail(t *testing.T) {
	var all []*conformance.Recorder
	for _, b := range broken() {
		all = append(all, recorded(b.do))
	}
	conformance.EveryRuleFails(t, recorded((*Store).Apply), all)
}

// recorded is what the suite says of a store.
func recorded(do step) *conformance.Recorder {
	return conformance.Record("suite", func(r conformance.T) { suite.Rules(r, underTest(do)) })
}

// usedBefore begins a shard's first use elsewhere than at the minimum.
func usedBefore(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if _, known := s.State(c.Shard); !known {
		s.use(c.Shard).upper = frontier.Frontier{T: 1}
	}
	s.Apply(now, c, r)
}

// oneShard takes all shards for one.
func oneShard(_ *Store, c *persist.Call) {
	if c.Shard != (persist.ShardID{}) {
		c.Shard.Hi = 1
	}
}

// cachedFetch answers every fetch from the one before.
func cachedFetch() step {
	fetched := map[*Store]frontier.Frontier{}
	return on(persist.OpFetchUpper, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
		s.Apply(now, c, r)
		if old, ok := fetched[s]; r.Outcome == outcome.Done {
			if fetched[s] = r.Upper; ok {
				r.Upper = old
			}
		}
	})
}

// cutOff leaves out what is out of bounds.
func cutOff(_ *Store, c *persist.Call) {
	c.Updates = slices.DeleteFunc(slices.Clone(c.Updates), func(u relation.Update) bool {
		return u.Time < c.Expected.T || !reaches(u.Time, c.Upper)
	})
}

// everyToken remembers all tokens of a writer, not only the last one.
func everyToken() step {
	type use struct {
		s      *Store
		writer persist.WriterID
		token  persist.Token
	}
	used := map[use]frontier.Frontier{}
	return on(persist.OpCompareAndAppend, func(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
		key := use{s, c.Writer, c.Token}
		s.Apply(now, c, r)
		if upper, again := used[key]; again && r.Outcome == outcome.Mismatch {
			*r = persist.Result{Outcome: outcome.Done, Upper: upper}
		}
		if r.Outcome == outcome.Done {
			used[key] = r.Upper
		}
	})
}

func appendRaisesEpoch(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if sh := s.use(c.Shard); r.Outcome == outcome.Done {
		sh.writerEpoch = max(sh.writerEpoch, c.Epoch)
	}
}

func tokenBeforeArguments(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if w := s.findWriter(s.use(c.Shard), c.Writer); w != nil && w.token == c.Token {
		*r = persist.Result{Outcome: outcome.Done, Upper: w.upper}
		return
	}
	s.Apply(now, c, r)
}

// letIn opens a reader that nobody has opened.
func letIn(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if s.Apply(now, c, r); r.Reason == persist.ReasonUnknownReader {
		open := persist.Call{Op: persist.OpOpenLeasedReader, Shard: c.Shard, Reader: c.Reader, Lease: clock.Minute}
		s.Apply(now, &open, r)
		s.Apply(now, c, r)
	}
}

// hearAnyway tells of progress that there is not.
func hearAnyway(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	if s.Apply(now, c, r); r.Outcome == outcome.NotYet {
		*r = persist.Result{Outcome: outcome.Done, Since: s.use(c.Shard).since, Upper: r.Upper}
	}
}

// setLease lets a lease end where the latest renewal says, even if that is earlier.
func setLease(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	s.Apply(now, c, r)
	if l := s.findLeased(s.use(c.Shard), c.Reader); l != nil {
		l.end = now + clock.Wall(l.lease)
		s.use(c.Shard).lapse = -1 << 62
	}
}

// keepEnd opens a reader that is open without renewing it.
func keepEnd(s *Store, now clock.Wall, c *persist.Call, r *persist.Result) {
	old := s.findLeased(s.use(c.Shard), c.Reader)
	if old == nil {
		s.Apply(now, c, r)
		return
	}
	end := old.end
	s.Apply(now, c, r)
	if l := s.findLeased(s.use(c.Shard), c.Reader); l != nil {
		l.end = end
		s.use(c.Shard).lapse = -1 << 62
	}
}

// neverUsed: nobody has read or written it yet.
func neverUsed(sh *shard) bool {
	return sh.since == frontier.Frontier{} && sh.upper == frontier.Frontier{} &&
		sh.firstLeased == 0 && sh.firstCritical == 0 && sh.firstWriter == 0
}
