package persistfake

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// leasedReader holds its shard's since back until it is removed: by itself, or
// by whoever commits after its lease has ended.
type leasedReader struct {
	id    persist.ReaderID
	since frontier.Frontier
	// end is the last instant of the lease, by the clock of whoever renewed it;
	// lease is its length in milliseconds.
	end   clock.Wall
	lease int64
	next  link
}

// removedReader is a leased reader that left the shard in slot.
type removedReader struct {
	id   persist.ReaderID
	slot int
}

func (s *Store) findLeased(sh *shard, id persist.ReaderID) *leasedReader {
	for at := sh.firstLeased; at != 0; at = s.leased[at-1].next {
		if s.leased[at-1].id == id {
			return &s.leased[at-1]
		}
	}
	return nil
}

// missing answers a call that names a leased reader which is not there (P-18).
func (s *Store) missing(sh *shard, id persist.ReaderID, r *persist.Result) {
	slot := s.index.find(s.shards, sh.id)
	r.Outcome, r.Reason = outcome.Invalid, persist.ReasonUnknownReader
	for p, n := s.removed.tail, s.removed.filled; p != nil; p, n = p.prev, p.before {
		for i := range p.items[:n] {
			if p.items[i].id == id && p.items[i].slot == slot {
				r.Outcome, r.Reason = outcome.LeaseExpired, persist.ReasonNone
				return
			}
		}
	}
}

// renew starts the reader's lease again. A caller whose clock is behind never
// shortens it.
func (l *leasedReader) renew(now clock.Wall) { l.end = max(l.end, now+clock.Wall(l.lease)) }

// openLeased registers a reader at the shard's since, or renews the one that is
// there. A reader that was removed starts anew.
func (s *Store) openLeased(now clock.Wall, sh *shard, c *persist.Call, r *persist.Result) {
	l := s.findLeased(sh, c.Reader)
	if l == nil {
		l = s.addLeased(sh, c.Reader)
	}
	l.lease = (int64(c.Lease) + 999) / 1000
	l.renew(now)
	sh.lapse = min(sh.lapse, l.end)
	r.Outcome, r.Since, r.ReaderSince, r.Upper = outcome.Done, sh.since, l.since, sh.upper
	s.removeLapsed(now, sh)
}

func (s *Store) addLeased(sh *shard, id persist.ReaderID) *leasedReader {
	at := s.freeSeats
	if at != 0 {
		s.freeSeats = s.leased[at-1].next
	} else {
		s.leased = append(s.leased, leasedReader{})
		at = link(len(s.leased))
	}
	s.leased[at-1] = leasedReader{id: id, since: sh.since, next: sh.firstLeased}
	if sh.leased == 0 {
		sh.lapse = 1<<63 - 1
	}
	sh.firstLeased = at
	sh.leased++
	return &s.leased[at-1]
}

// heartbeat renews the lease (P-18).
func (s *Store) heartbeat(now clock.Wall, sh *shard, c *persist.Call, r *persist.Result) {
	l := s.findLeased(sh, c.Reader)
	if l == nil {
		s.missing(sh, c.Reader, r)
		return
	}
	l.renew(now)
	r.Outcome, r.ReaderSince = outcome.Done, l.since
	s.removeLapsed(now, sh)
}

// downgradeSince is P-14. The reader's own lease is renewed before lapsed ones
// are removed: a late downgrade is as good as a late heartbeat.
func (s *Store) downgradeSince(now clock.Wall, sh *shard, c *persist.Call, r *persist.Result) {
	l := s.findLeased(sh, c.Reader)
	if l == nil {
		s.missing(sh, c.Reader, r)
		return
	}
	l.renew(now)
	l.since = later(l.since, c.Since)
	r.ReaderSince = l.since
	s.recompute(now, sh)
	r.Outcome, r.Since = outcome.Done, sh.since
}

// closeReader removes the reader if it is there. The shard's since stays (P-1).
func (s *Store) closeReader(now clock.Wall, sh *shard, c *persist.Call, r *persist.Result) {
	r.Outcome = outcome.Done
	for from := &sh.firstLeased; *from != 0; from = &s.leased[*from-1].next {
		if s.leased[*from-1].id == c.Reader {
			s.remove(sh, from)
			s.removeLapsed(now, sh)
			return
		}
	}
}

// remove takes the reader that from refers to out of the shard.
func (s *Store) remove(sh *shard, from *link) {
	at := *from
	l := &s.leased[at-1]
	gone := removedReader{id: l.id, slot: s.index.find(s.shards, sh.id)}
	s.removed.push(&s.removedPages, gone)
	*from = l.next
	l.next = s.freeSeats
	s.freeSeats = at
	sh.leased--
}

// removeLapsed removes the readers whose lease has ended by the caller's clock;
// every call that commits does so (P-18).
func (s *Store) removeLapsed(now clock.Wall, sh *shard) {
	if sh.leased == 0 || now <= sh.lapse {
		return
	}
	sh.lapse = 1<<63 - 1
	from := &sh.firstLeased
	for *from != 0 {
		l := &s.leased[*from-1]
		if l.end < now {
			s.remove(sh, from)
			continue
		}
		sh.lapse = min(sh.lapse, l.end)
		from = &l.next
	}
}

// recompute moves the shard's since to the meet of its readers' sinces. Only the
// two downgrades call it (P-1), and their own reader is always among them.
func (s *Store) recompute(now clock.Wall, sh *shard) {
	s.removeLapsed(now, sh)
	meet := frontier.Frontier{Empty: true}
	for at := sh.firstLeased; at != 0; at = s.leased[at-1].next {
		if f := s.leased[at-1].since; before(f, meet) {
			meet = f
		}
	}
	for at := sh.firstCritical; at != 0; at = s.criticals[at-1].next {
		if f := s.criticals[at-1].since; before(f, meet) {
			meet = f
		}
	}
	sh.since = later(sh.since, meet)
}
