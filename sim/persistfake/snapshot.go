package persistfake

import (
	"slices"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

const (
	// imageEvery is how many updates the since must have passed before they enter
	// the image.
	imageEvery = 16
	// resultBlock is how many updates of results are allocated at a time.
	resultBlock = 512
)

// snapshot is P-16. It reads and commits nothing.
func (s *Store) snapshot(sh *shard, c *persist.Call, r *persist.Result) {
	if s.findLeased(sh, c.Reader) == nil {
		s.missing(sh, c.Reader, r)
		return
	}
	if !reaches(c.AsOf, sh.since) {
		r.Outcome, r.Since = outcome.Mismatch, sh.since
		return
	}
	if reaches(c.AsOf, sh.upper) {
		r.Outcome, r.Upper = outcome.NotYet, sh.upper
		return
	}
	r.Outcome, r.Since, r.Upper = outcome.Done, sh.since, sh.upper
	if s.unsorted {
		s.moveImage(sh, s.passed(sh))
		r.Updates = s.readRaw(sh, c.AsOf)
		return
	}
	var passed int
	r.Updates, passed = s.readSum(sh, c.AsOf)
	s.moveImage(sh, passed)
}

// tail is the part of the history that is not in the image, oldest first, in
// memory that the next call uses again.
func (s *Store) tail(sh *shard) []relation.Update {
	n := sh.updates - sh.imaged
	s.window = slices.Grow(s.window[:0], n)[:n]
	for p, filled := sh.history.tail, int(sh.history.filled); n > 0; p, filled = p.prev, int(p.before) {
		take := min(filled, n)
		n -= take
		copy(s.window[n:], p.items[filled-take:filled])
	}
	return s.window
}

// passed is how many updates of the tail the since has passed, up to the first
// that it has not.
func (s *Store) passed(sh *shard) int {
	window := s.tail(sh)
	n := 0
	for n < len(window) && window[n].Time <= sh.since.T {
		n++
	}
	return n
}

// moveImage sums into the image what the since has passed, once there is enough
// of it. No permitted read tells the times of such updates apart: it advances all
// of them to its own.
func (s *Store) moveImage(sh *shard, passed int) {
	if passed < imageEvery+len(sh.image)/2 {
		return
	}
	s.net.reset()
	s.net.addAll(sh.image)
	s.net.addAll(s.tail(sh)[:passed])
	sh.image = s.netted(sh.since.T)
	sh.imaged += passed
}

// readSum is the consolidated contents at asOf: rows with a count that is not
// zero, in row order; and what passed is, which the same walk finds out.
func (s *Store) readSum(sh *shard, asOf frontier.Timestamp) (list []relation.Update, passed int) {
	s.net.reset()
	s.net.addAll(sh.image)
	n := sh.updates - sh.imaged
	passed = n
	for p, filled := sh.history.tail, int(sh.history.filled); n > 0; p, filled = p.prev, int(p.before) {
		for i := filled - 1; i >= 0 && n > 0; i-- {
			n--
			u := &p.items[i]
			if u.Time <= asOf {
				s.net.add(u.Data, u.Diff)
			}
			if u.Time > sh.since.T {
				passed = n
			}
		}
	}
	return s.netted(asOf), passed
}

// readRaw is the same contents with nothing cancelled: the newest updates first,
// then the image.
func (s *Store) readRaw(sh *shard, asOf frontier.Timestamp) []relation.Update {
	window := s.tail(sh)
	out := s.carve(len(sh.image) + len(window))
	n := 0
	add := func(u *relation.Update) {
		out[n] = relation.Update{Data: u.Data, Time: asOf, Diff: u.Diff}
		n++
	}
	for i := len(window) - 1; i >= 0; i-- {
		if window[i].Time <= asOf {
			add(&window[i])
		}
	}
	for i := range sh.image {
		add(&sh.image[i])
	}
	return s.trim(out, n)
}

// netted is what the net holds, as a list of its own: rows whose counts did not
// cancel, in row order, all at the time at.
func (s *Store) netted(at frontier.Timestamp) []relation.Update {
	rows := s.net.sorted()
	if len(rows) == 0 {
		return nil
	}
	out := s.carve(len(rows))
	for i := range rows {
		out[i] = relation.Update{Data: rows[i].row, Time: at, Diff: rows[i].diff}
	}
	return out
}

// carve is a new list of n updates, of which trim gives the unused end back. What
// was carved is never written again.
func (s *Store) carve(n int) []relation.Update {
	used := len(s.results)
	if n > cap(s.results)-used {
		s.results, used = make([]relation.Update, 0, max(n, resultBlock)), 0
	}
	s.results = s.results[:used+n]
	return s.results[used : used+n : used+n]
}

func (s *Store) trim(list []relation.Update, n int) []relation.Update {
	s.results = s.results[:len(s.results)-(len(list)-n)]
	if n == 0 {
		return nil
	}
	return list[:n:n]
}
