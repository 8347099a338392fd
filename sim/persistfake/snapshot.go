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
	r.Updates = s.readSum(sh, c.AsOf)
	s.moveImage(sh, s.passed(sh))
	s.keepCheckpoint(sh)
}

// tail is the part of the history that is not in the image, oldest first, in
// memory that the next call uses again.
func (s *Store) tail(sh *shard) []relation.Update { return s.after(sh, sh.imaged) }

// after is the history without its first n updates, in the same memory.
func (s *Store) after(sh *shard, n int) []relation.Update {
	n = sh.updates - n
	s.window = slices.Grow(s.window[:0], n)[:n]
	for p, filled := sh.history.tail, int(sh.history.filled); n > 0; p, filled = p.prev, int(p.before) {
		take := min(filled, n)
		n -= take
		copy(s.window[n:], p.items[filled-take:filled])
	}
	return s.window
}

// passed is how many updates of the tail the since has passed, up to the first
// that it has not. As long as there is such a one and the since stays where it is,
// that is so for ever.
func (s *Store) passed(sh *shard) int {
	k := &sh.known
	if k.holds && k.since == sh.since.T && k.imaged == sh.imaged {
		return k.passed
	}
	window := s.tail(sh)
	n := 0
	for n < len(window) && window[n].Time <= sh.since.T {
		n++
	}
	*k = passing{holds: n < len(window), since: sh.since.T, imaged: sh.imaged, passed: n}
	return n
}

// moveImage sums into the image what the since has passed, once there is enough
// of it. No permitted read tells the times of such updates apart: it advances all
// of them to its own.
func (s *Store) moveImage(sh *shard, passed int) {
	if passed < imageEvery+len(sh.image)/2 {
		return
	}
	s.fold(sh, passed)
}

// readSum is the consolidated contents at asOf: rows with a count that is not
// zero, in row order. It begins with the latest sum that asOf lets it begin with, and
// ends where all that follows is later.
func (s *Store) readSum(sh *shard, asOf frontier.Timestamp) []relation.Update {
	known, from := sh.image, sh.imaged
	history, n := sh.history, sh.updates
	k, end := sh.checkpointAt(asOf)
	if k != nil {
		known, from = k.rows, k.updates
	}
	if end != nil {
		history, n = end.history, end.updates
	}
	s.net.reset()
	s.net.addAll(known)
	n -= from
	for p, filled := history.tail, int(history.filled); n > 0; p, filled = p.prev, int(p.before) {
		newest := p.items[max(filled-n, 0):filled]
		for i := range newest {
			if newest[i].Time <= asOf {
				s.net.add(newest[i].Data, newest[i].Diff)
			}
		}
		n -= len(newest)
	}
	return s.netted(asOf)
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
