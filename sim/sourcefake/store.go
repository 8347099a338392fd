// Package sourcefake is the simple, obviously right model of external sources: the
// contract of core/storaged/source as one function, Apply, over contents that are
// known from the start. What a source will ever say, and when, is data that its
// owner gives to Add; the model shows of it what has been said by now. Judges know
// the same contents.
//
// A store is a value that is cloned by one flat copy; contents are never written
// once they were added, so clones share them. A store and all its clones belong to
// one goroutine.
//
// The package reads the fields of core's types and calls none of core's functions.
package sourcefake

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/source"
)

// Content is all that a source will ever say. It is frozen.
type Content struct {
	// Records in the order of their offsets.
	Records []source.Record
	// AtUs is when each record comes into being, in the same order, never earlier than
	// the one before. Records at one offset come together.
	AtUs []int64
	// Finished: nothing follows the last record, and the source says so from FinishUs on.
	Finished bool
	FinishUs int64
	// Trailing moves the end of what there is so many offsets beyond the last record,
	// as sources do whose positions count other things too.
	Trailing source.Offset
}

// Store is a set of sources. The zero value has none.
type Store struct {
	sources []entry
	readers []reader
}

type entry struct {
	connection string
	content    Content
	// said counts the records that exist by now.
	said int
}

// reader is what a source keeps for an ingestion that confirmed something; one that was
// released has confirmed everything.
type reader struct {
	source    int32
	ingestion core.GlobalID
	confirmed source.Offset
}

// Add makes a source. Its connection is new.
func (s *Store) Add(connection string, c Content) {
	s.sources = append(s.sources, entry{connection: connection, content: c})
}

// Apply lets the call take effect at nowUs, and overwrites r with how it ended. The
// list in r is frozen and stays valid for ever.
func (s *Store) Apply(nowUs int64, c *source.Call, r *source.Result) {
	*r = source.Result{}
	i := s.find(c.Connection)
	if i < 0 || c.Ingestion.Kind == core.IDNone || c.Op == source.OpPoll && c.Max == 0 {
		r.Outcome = outcome.Invalid
		return
	}
	e := &s.sources[i]
	e.see(nowUs)
	switch c.Op {
	case source.OpPoll:
		s.poll(int32(i), e, nowUs, c, r)
	case source.OpConfirm:
		s.confirm(int32(i), c)
		r.Outcome = outcome.Done
	case source.OpRelease:
		s.release(int32(i), c)
		r.Outcome = outcome.Done
	default:
		r.Outcome = outcome.Invalid
	}
}

// poll gives whole offsets, about as many records as asked for. What a reader
// confirmed is gone for that reader.
func (s *Store) poll(i int32, e *entry, nowUs int64, c *source.Call, r *source.Result) {
	if gone := s.confirmedBy(i, c.Ingestion); c.From < gone {
		r.Outcome, r.Upto = outcome.Mismatch, gone
		return
	}
	list := e.content.Records[:e.said]
	first, _ := slices.BinarySearchFunc(list, c.From, func(v source.Record, from source.Offset) int {
		if v.Offset < from {
			return -1
		}
		return 1
	})
	list = list[first:]
	r.Outcome, r.Upto = outcome.Done, max(c.From, e.end())
	if n := int(c.Max); n < len(list) {
		for n < len(list) && list[n].Offset == list[n-1].Offset {
			n++
		}
		if n < len(list) {
			r.Upto = list[n].Offset
			list = list[:n:n]
		}
	}
	if len(list) > 0 {
		r.Records = list
	}
	r.Finished = e.content.Finished && nowUs >= e.content.FinishUs &&
		e.said == len(e.content.Records) && r.Upto >= e.end()
}

// confirm never goes back.
func (s *Store) confirm(i int32, c *source.Call) {
	for k := range s.readers {
		if v := &s.readers[k]; v.source == i && v.ingestion == c.Ingestion {
			v.confirmed = max(v.confirmed, c.From)
			return
		}
	}
	s.readers = append(s.readers, reader{i, c.Ingestion, c.From})
}

// release leaves nothing for the ingestion, for ever.
func (s *Store) release(i int32, c *source.Call) {
	all := *c
	all.From = ^source.Offset(0)
	s.confirm(i, &all)
}

func (s *Store) confirmedBy(i int32, id core.GlobalID) source.Offset {
	for k := range s.readers {
		if v := &s.readers[k]; v.source == i && v.ingestion == id {
			return v.confirmed
		}
	}
	return 0
}

// see lets time pass for the source.
func (e *entry) see(nowUs int64) {
	at := e.content.AtUs
	for e.said < len(at) && at[e.said] <= nowUs {
		e.said++
	}
}

// end is the first offset at which nothing stands yet and, of what has been said,
// nothing will.
func (e *entry) end() source.Offset {
	if e.said == 0 {
		return 0
	}
	end := e.content.Records[e.said-1].Offset + 1
	if e.said == len(e.content.Records) {
		return end + e.content.Trailing
	}
	return min(end+e.content.Trailing, e.content.Records[e.said].Offset)
}

func (s *Store) find(connection string) int {
	for i := range s.sources {
		if s.sources[i].connection == connection {
			return i
		}
	}
	return -1
}

// Said is what the source has said by nowUs: the first so many of its records. ok is
// false if there is no such source.
func (s *Store) Said(connection string, nowUs int64) (records []source.Record, finished, ok bool) {
	i := s.find(connection)
	if i < 0 {
		return nil, false, false
	}
	e := &s.sources[i]
	e.see(nowUs)
	return e.content.Records[:e.said:e.said], e.content.Finished && nowUs >= e.content.FinishUs, true
}

// Reset removes every source and keeps the memory.
func (s *Store) Reset() {
	clear(s.sources) // drops the references to contents
	s.sources, s.readers = s.sources[:0], s.readers[:0]
}

// CopyFrom makes s equal to src; the two are independent from then on.
func (s *Store) CopyFrom(src *Store) {
	s.sources = append(s.sources[:0], src.sources...)
	s.readers = append(s.readers[:0], src.readers...)
}
