package shard

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// findLeased is the leased reader id, nil if it is not there.
func (s *State) findLeased(id persist.ReaderID) *Leased {
	for i := range s.Leased {
		if s.Leased[i].ID == id {
			return &s.Leased[i]
		}
	}
	return nil
}

// openLeased registers a reader at the shard's since, or renews the one that is
// there (P-10). One that was removed starts anew.
func (s *State) openLeased(a *applying, c *persist.Call, r *persist.Result) verdict {
	l := s.findLeased(c.Reader)
	if l == nil {
		s.Leased = append(s.Leased, Leased{ID: c.Reader, Since: s.Since})
		l = &s.Leased[len(s.Leased)-1]
	}
	l.Lease = int64((c.Lease + clock.Millisecond - 1) / clock.Millisecond)
	l.renew(a)
	s.done(r)
	r.ReaderSince = l.Since
	s.removeLapsed(a)
	return verdictChanged
}

// renew starts the lease again. A process whose clock is behind never shortens it.
func (l *Leased) renew(a *applying) { l.End = max(l.End, a.wall+clock.Wall(l.Lease)) }

// heartbeat is P-18.
func (s *State) heartbeat(a *applying, c *persist.Call, r *persist.Result) verdict {
	l := s.findLeased(c.Reader)
	if l == nil {
		return s.missing(c.Reader, r)
	}
	l.renew(a)
	r.Outcome, r.ReaderSince = outcome.Done, l.Since
	s.removeLapsed(a)
	return verdictChanged
}

// downgradeSince is P-14. The reader's own lease is renewed before the lapsed ones
// are removed: a late downgrade is as good as a late heartbeat.
func (s *State) downgradeSince(a *applying, c *persist.Call, r *persist.Result) verdict {
	l := s.findLeased(c.Reader)
	if l == nil {
		return s.missing(c.Reader, r)
	}
	l.renew(a)
	l.Since = l.Since.Join(c.Since)
	r.Outcome, r.ReaderSince = outcome.Done, l.Since
	s.recompute(a)
	r.Since = s.Since
	return verdictChanged
}

// closeReader removes the reader if it is there. The since stays (P-1).
func (s *State) closeReader(a *applying, c *persist.Call, r *persist.Result) verdict {
	r.Outcome = outcome.Done
	for i := range s.Leased {
		if s.Leased[i].ID == c.Reader {
			s.Leased = append(s.Leased[:i], s.Leased[i+1:]...)
			s.rememberRemoved(c.Reader)
			s.removeLapsed(a)
			return verdictChanged
		}
	}
	return verdictSame
}

// removeLapsed removes the readers whose lease has ended by the clock of this
// process, and reports whether there were any. Whatever commits does so (P-18).
func (s *State) removeLapsed(a *applying) (removed bool) {
	kept := 0
	for i := range s.Leased {
		if s.Leased[i].End < a.wall {
			s.rememberRemoved(s.Leased[i].ID)
			removed = true
			continue
		}
		s.Leased[kept] = s.Leased[i]
		kept++
	}
	s.Leased = s.Leased[:kept]
	return removed
}

// missing answers a call that names a leased reader which is not there.
func (s *State) missing(id persist.ReaderID, r *persist.Result) verdict {
	r.Outcome, r.Reason = outcome.Invalid, persist.ReasonUnknownReader
	for _, f := range s.Removed {
		if f == fingerprint(id) {
			r.Outcome, r.Reason = outcome.LeaseExpired, persist.ReasonNone
		}
	}
	return verdictSame
}

// rememberRemoved keeps the last RemovedKept readers that left. What is older than
// that is answered as if it had never been, which is as definite.
func (s *State) rememberRemoved(id persist.ReaderID) {
	f := fingerprint(id)
	for i := range s.Removed {
		if s.Removed[i] == f {
			s.Removed = append(s.Removed[:i], s.Removed[i+1:]...)
			break
		}
	}
	s.Removed = append(s.Removed, f)
	if n := len(s.Removed) - RemovedKept; n > 0 {
		s.Removed = append(s.Removed[:0], s.Removed[n:]...)
	}
}

// fingerprint is 64 bits of a reader's name. Should two readers share one, one that
// never was is told that its lease has ended.
func fingerprint(id persist.ReaderID) uint64 {
	m := digest.New(domainReader)
	m.U64(id.Hi)
	m.U64(id.Lo)
	return m.Sum().Lo
}
