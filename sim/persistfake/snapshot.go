package persistfake

import (
	"slices"
	"strings"

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
	window := s.tail(sh)
	window = s.moveImage(sh, window)
	if s.unsorted {
		r.Updates = s.readRaw(sh.image, window, c.AsOf)
	} else {
		r.Updates = s.readSum(sh.image, window, c.AsOf)
	}
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

// moveImage sums into the image what the since has passed, once there is enough
// of it, and is the rest of the window. No permitted read tells the times of such
// updates apart: it advances all of them to its own.
func (s *Store) moveImage(sh *shard, window []relation.Update) []relation.Update {
	n := 0
	for n < len(window) && window[n].Time <= sh.since.T {
		n++
	}
	if n < imageEvery+len(sh.image)/2 {
		return window
	}
	sh.image = s.sum(sh.image, window[:n], sh.since.T)
	sh.imaged += n
	return window[n:]
}

// readSum is the consolidated contents at asOf: rows with a count that is not
// zero, in row order.
func (s *Store) readSum(image, window []relation.Update, asOf frontier.Timestamp) []relation.Update {
	n := 0
	for i := range window {
		if window[i].Time <= asOf {
			window[n] = window[i]
			n++
		}
	}
	return s.sum(image, window[:n], asOf)
}

// readRaw is the same contents with nothing cancelled: the newest updates first,
// then the image.
func (s *Store) readRaw(image, window []relation.Update, asOf frontier.Timestamp) []relation.Update {
	out := s.carve(len(image) + len(window))
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
	for i := range image {
		add(&image[i])
	}
	return s.trim(out, n)
}

// sum merges image, which is sorted by row and has each row once, with more, which
// it sorts. Rows whose counts cancel are left out.
func (s *Store) sum(image, more []relation.Update, at frontier.Timestamp) []relation.Update {
	slices.SortFunc(more, byRow)
	out := s.carve(len(image) + len(more))
	n := 0
	for len(image) > 0 || len(more) > 0 {
		var row relation.Row
		if len(more) == 0 || len(image) > 0 && image[0].Data < more[0].Data {
			row = image[0].Data
		} else {
			row = more[0].Data
		}
		var diff int64
		if len(image) > 0 && image[0].Data == row {
			diff, image = image[0].Diff, image[1:]
		}
		for len(more) > 0 && more[0].Data == row {
			diff += more[0].Diff
			more = more[1:]
		}
		if diff != 0 {
			out[n] = relation.Update{Data: row, Time: at, Diff: diff}
			n++
		}
	}
	return s.trim(out, n)
}

func byRow(a, b relation.Update) int { return strings.Compare(string(a.Data), string(b.Data)) }

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
