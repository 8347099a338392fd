package shard

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
)

// findWriter is where the writer id is, −1 if it is not remembered.
func (s *State) findWriter(id persist.WriterID) int {
	for i := range s.Writers {
		if s.Writers[i].ID == id {
			return i
		}
	}
	return -1
}

// forgetWriters drops what no call can need any more, so that the state does not
// grow with every process that ever wrote:
//
//   - A writer whose last append had an epoch below the shard's. A repeat is the same
//     call, with the same epoch, and is fenced before its token is looked at (P-11).
//   - One whose last append is older than WriterRetention and RetainStates both. Who
//     repeats an append after that long could be told Mismatch although it was
//     applied: a process must give up an append of unknown outcome within that time.
//     It takes both, so that one process with a wrong clock forgets nobody who is
//     still about.
func (s *State) forgetWriters(a *applying) {
	kept := 0
	for i := range s.Writers {
		w := &s.Writers[i]
		old := a.wall-w.At > clock.Wall(a.config.WriterRetention/clock.Millisecond) &&
			uint64(a.next-w.Seqno) > a.config.RetainStates
		if old || w.Epoch != 0 && w.Epoch < s.Epoch {
			continue
		}
		s.Writers[kept] = *w
		kept++
	}
	s.Writers = s.Writers[:kept]
}
