package persistfake

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// writer remembers its latest append: the token, and the upper that it led to.
type writer struct {
	id    persist.WriterID
	token persist.Token
	upper frontier.Frontier
	next  link
}

// findWriter is the shard's writer id, nil if it has never been seen.
func (s *Store) findWriter(sh *shard, id persist.WriterID) *writer {
	for at := sh.firstWriter; at != 0; at = s.writers[at-1].next {
		if s.writers[at-1].id == id {
			return &s.writers[at-1]
		}
	}
	return nil
}

func (s *Store) addWriter(sh *shard, id persist.WriterID) *writer {
	s.writers = append(s.writers, writer{id: id, next: sh.firstWriter})
	sh.firstWriter = link(len(s.writers))
	return &s.writers[len(s.writers)-1]
}

// fencedWriter answers a call whose epoch is below the one that opened a writer
// here. Epoch 0 is a caller without an epoch, which is never fenced.
func fencedWriter(sh *shard, c *persist.Call, r *persist.Result) bool {
	if c.Epoch == 0 || c.Epoch >= sh.writerEpoch {
		return false
	}
	r.Outcome, r.Epoch = outcome.Fenced, sh.writerEpoch
	return true
}

// openWriter registers a writer. Only opening raises the shard's epoch.
func (s *Store) openWriter(now clock.Wall, sh *shard, c *persist.Call, r *persist.Result) {
	if fencedWriter(sh, c, r) {
		return
	}
	known := s.findWriter(sh, c.Writer) != nil
	if !known {
		s.addWriter(sh, c.Writer)
	}
	if !known || c.Epoch > sh.writerEpoch {
		sh.writerEpoch = max(sh.writerEpoch, c.Epoch)
	}
	s.removeLapsed(now, sh)
	r.Outcome, r.Since, r.Upper = outcome.Done, sh.since, sh.upper
}

// compareAndAppend is P-11 from its second check on.
func (s *Store) compareAndAppend(now clock.Wall, sh *shard, c *persist.Call, r *persist.Result) {
	if fencedWriter(sh, c, r) {
		return
	}
	w := s.findWriter(sh, c.Writer)
	if w != nil && w.token == c.Token {
		r.Outcome, r.Upper = outcome.Done, w.upper
		return
	}
	if sh.upper != c.Expected {
		r.Outcome, r.Upper = outcome.Mismatch, sh.upper
		return
	}
	if w == nil {
		w = s.addWriter(sh, c.Writer)
	}
	w.token, w.upper = c.Token, c.Upper
	for i := range c.Updates {
		sh.history.push(&s.updatePages, c.Updates[i])
	}
	sh.updates += len(c.Updates)
	sh.upper = c.Upper
	sh.stepTo()
	s.removeLapsed(now, sh)
	r.Outcome, r.Upper = outcome.Done, sh.upper
}
