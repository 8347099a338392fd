package persistfake

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// criticalReader holds its shard's since back for ever; only a newer epoch takes
// it over (P-15).
type criticalReader struct {
	id     persist.ReaderID
	since  frontier.Frontier
	opaque persist.Opaque
	next   link
}

// findCritical is the shard's critical reader id, nil if there is none.
func (s *Store) findCritical(sh *shard, id persist.ReaderID) *criticalReader {
	for at := sh.firstCritical; at != 0; at = s.criticals[at-1].next {
		if s.criticals[at-1].id == id {
			return &s.criticals[at-1]
		}
	}
	return nil
}

// addCritical registers a critical reader at the shard's since, behind the
// others, so that the oldest stays the first.
func (s *Store) addCritical(sh *shard, id persist.ReaderID, o persist.Opaque) *criticalReader {
	s.criticals = append(s.criticals, criticalReader{id: id, since: sh.since, opaque: o})
	from := &sh.firstCritical
	for *from != 0 {
		from = &s.criticals[*from-1].next
	}
	*from = link(len(s.criticals))
	return &s.criticals[len(s.criticals)-1]
}

// openCritical reports the critical reader as it is stored, and registers it
// first if there is none (P-10).
func (s *Store) openCritical(now clock.Wall, sh *shard, c *persist.Call, r *persist.Result) {
	k := s.findCritical(sh, c.Reader)
	if k == nil {
		k = s.addCritical(sh, c.Reader, c.Opaque)
		s.removeLapsed(now, sh)
	}
	r.Outcome, r.Since, r.ReaderSince, r.Upper = outcome.Done, sh.since, k.since, sh.upper
	r.Opaque = k.opaque
}

// compareAndDowngradeSince is P-15. What is stored decides in this order: it is
// the caller's own, it is of a higher epoch, it is what the caller expects.
func (s *Store) compareAndDowngradeSince(now clock.Wall, sh *shard, c *persist.Call, r *persist.Result) {
	k := s.findCritical(sh, c.Reader)
	var stored persist.Opaque
	if k != nil {
		stored = k.opaque
	}
	if stored != c.Opaque {
		if stored.Epoch > c.Opaque.Epoch {
			r.Outcome, r.Epoch, r.Opaque = outcome.Fenced, stored.Epoch, stored
			return
		}
		if stored != c.ExpectedOpaque {
			r.Outcome, r.Opaque = outcome.Mismatch, stored
			return
		}
	}
	if k == nil {
		k = s.addCritical(sh, c.Reader, c.Opaque)
	}
	k.opaque = c.Opaque
	k.since = later(k.since, c.Since)
	s.recompute(now, sh)
	r.Outcome, r.Since, r.ReaderSince, r.Opaque = outcome.Done, sh.since, k.since, k.opaque
}
