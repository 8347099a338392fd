package shard

import (
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// openWriter raises the shard's epoch (P-11). A writer is remembered from its first
// append on; until then there is nothing to know about it.
func (s *State) openWriter(a *applying, c *persist.Call, r *persist.Result) verdict {
	if s.fenced(c, r) {
		return verdictSame
	}
	s.done(r)
	if c.Epoch > s.Epoch {
		s.Epoch = c.Epoch
		s.removeLapsed(a)
		s.forgetWriters(a)
		return verdictChanged
	}
	if s.removeLapsed(a) {
		return verdictChanged
	}
	return verdictSame
}

// fenced answers a call whose epoch is below the one that opened a writer here.
func (s *State) fenced(c *persist.Call, r *persist.Result) bool {
	if c.Epoch == 0 || c.Epoch >= s.Epoch {
		return false
	}
	r.Outcome, r.Epoch = outcome.Fenced, s.Epoch
	return true
}

// compareAndAppend is P-11 from its second check on.
func (s *State) compareAndAppend(a *applying, c *persist.Call, r *persist.Result) verdict {
	if s.fenced(c, r) {
		return verdictSame
	}
	at := s.findWriter(c.Writer)
	if at >= 0 && s.Writers[at].Token == c.Token {
		r.Outcome, r.Upper = outcome.Done, s.Writers[at].Upper
		return verdictSame
	}
	if s.Upper != c.Expected {
		r.Outcome, r.Upper = outcome.Mismatch, s.Upper
		return verdictSame
	}
	if !s.take(a, c) {
		return verdictBlob
	}
	s.Upper = c.Upper
	if at >= 0 {
		s.Writers = append(s.Writers[:at], s.Writers[at+1:]...)
	}
	s.Writers = append(s.Writers, Writer{c.Writer, c.Token, c.Upper, c.Epoch, a.next, a.wall})
	s.removeLapsed(a)
	s.forgetWriters(a)
	r.Outcome, r.Upper = outcome.Done, s.Upper
	return verdictChanged
}

// take adds the append's updates: to the tail if they are few, and as the batch that
// was put otherwise, which may be too old to enter this state (BlobID). What nobody
// can ever read is not kept.
func (s *State) take(a *applying, c *persist.Call) bool {
	size := Size(c.Updates)
	if s.Since.Empty {
		return true
	}
	if size <= a.config.InlineMax && s.tailBytes+size <= 4*a.config.SpillAt || size == 0 {
		s.Tail = append(s.Tail, c.Updates...)
		s.tailBytes += size
		return true
	}
	if a.blob == nil || !a.blob.Blob.enters(a.next) {
		return false
	}
	b := *a.blob
	b.Lower, b.Upper = c.Expected, c.Upper
	s.Batches = append(s.Batches, b)
	return true
}

// snapshot is P-16.
func (s *State) snapshot(c *persist.Call, r *persist.Result) verdict {
	return s.read(c, r, s.Upper.LessEqualTime(c.AsOf))
}

// listen is P-17.
func (s *State) listen(c *persist.Call, r *persist.Result) verdict {
	return s.read(c, r, s.nothingAfter(c.AsOf))
}

// read needs a leased reader that is there, and a time that is not compacted away and,
// unless it is too early, complete.
func (s *State) read(c *persist.Call, r *persist.Result, early bool) verdict {
	switch {
	case s.findLeased(c.Reader) == nil:
		return s.missing(c.Reader, r)
	case !s.Since.LessEqualTime(c.AsOf):
		r.Outcome, r.Since = outcome.Mismatch, s.Since
		return verdictSame
	case early:
		r.Outcome, r.Upper = outcome.NotYet, s.Upper
		return verdictSame
	}
	s.done(r)
	return verdictRead
}

// nothingAfter reports whether no time after t is complete.
func (s *State) nothingAfter(t frontier.Timestamp) bool {
	if t == frontier.MaxTimestamp {
		return !s.Upper.Empty
	}
	return s.Upper.LessEqualTime(t + 1)
}
