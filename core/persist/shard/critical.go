package shard

import (
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// findCritical is the critical reader id, nil if it does not exist.
func (s *State) findCritical(id persist.ReaderID) *Critical {
	for i := range s.Critical {
		if s.Critical[i].ID == id {
			return &s.Critical[i]
		}
	}
	return nil
}

func (s *State) addCritical(id persist.ReaderID, o persist.Opaque) *Critical {
	s.Critical = append(s.Critical, Critical{ID: id, Since: s.Since, Opaque: o})
	return &s.Critical[len(s.Critical)-1]
}

// openCritical reports the critical reader as it is stored, and registers it first
// if there is none (P-10).
func (s *State) openCritical(a *applying, c *persist.Call, r *persist.Result) verdict {
	v := verdictSame
	k := s.findCritical(c.Reader)
	if k == nil {
		k = s.addCritical(c.Reader, c.Opaque)
		s.removeLapsed(a)
		v = verdictChanged
	}
	s.done(r)
	r.ReaderSince, r.Opaque = k.Since, k.Opaque
	return v
}

// compareAndDowngradeSince is P-15. What is stored decides, in this order: it is the
// caller's own, its epoch is higher, it is not what the caller expects.
func (s *State) compareAndDowngradeSince(a *applying, c *persist.Call, r *persist.Result) verdict {
	k := s.findCritical(c.Reader)
	var stored persist.Opaque
	if k != nil {
		stored = k.Opaque
	}
	switch {
	case stored == c.Opaque:
	case stored.Epoch > c.Opaque.Epoch:
		r.Outcome, r.Epoch, r.Opaque = outcome.Fenced, stored.Epoch, stored
		return verdictSame
	case stored != c.ExpectedOpaque:
		r.Outcome, r.Opaque = outcome.Mismatch, stored
		return verdictSame
	}
	if k == nil {
		k = s.addCritical(c.Reader, c.Opaque)
	}
	k.Opaque = c.Opaque
	k.Since = k.Since.Join(c.Since)
	s.recompute(a)
	r.Outcome, r.Since, r.ReaderSince, r.Opaque = outcome.Done, s.Since, k.Since, k.Opaque
	return verdictChanged
}
