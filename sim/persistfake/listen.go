package persistfake

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// listen is P-17. It reads and commits nothing. What is summed in the image is at or
// before the since, and so never asked for.
func (s *Store) listen(sh *shard, c *persist.Call, r *persist.Result) {
	if s.findLeased(sh, c.Reader) == nil {
		s.missing(sh, c.Reader, r)
		return
	}
	if !reaches(c.AsOf, sh.since) {
		r.Outcome, r.Since = outcome.Mismatch, sh.since
		return
	}
	if c.AsOf == frontier.MaxTimestamp && !sh.upper.Empty || c.AsOf < frontier.MaxTimestamp && reaches(c.AsOf+1, sh.upper) {
		r.Outcome, r.Upper = outcome.NotYet, sh.upper
		return
	}
	r.Outcome, r.Since, r.Upper = outcome.Done, sh.since, sh.upper
	window := s.after(sh, max(sh.imaged, sh.until(c.AsOf)))
	n := 0
	for i := range window {
		if window[i].Time > c.AsOf {
			n++
		}
	}
	out := s.carve(n)
	n = 0
	for i := range window {
		if window[i].Time > c.AsOf {
			out[n] = window[i]
			n++
		}
	}
	if n > 0 {
		r.Updates = out
	}
}
