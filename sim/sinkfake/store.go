// Package sinkfake is the simple, obviously right model of the external systems
// that exports write to: the contract of core/storaged/sink as one function, Apply,
// over a log of everything that was ever committed. Whether a call takes effect,
// when, and whether anybody hears of it is the world's business.
//
// A store is a value that is cloned by a few flat copies. A store and all its clones
// belong to one goroutine.
//
// The package reads the fields of core's types and calls none of core's functions.
package sinkfake

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
)

// Commit is a write that took effect.
type Commit struct {
	Export   core.GlobalID
	Fence    sink.Fence
	Epoch    uint64
	From, To frontier.Frontier
	// Updates are frozen.
	Updates []relation.Update
}

// State is what the external system keeps for an export beside its output.
type State struct {
	Progress frontier.Frontier
	Count    uint64
	Epoch    uint64
	Fence    sink.Fence
}

// Store is a set of external systems. The zero value has none and lets every
// connection that is not empty be one.
type Store struct {
	exports []export
	log     []Commit
}

type export struct {
	connection string
	id         core.GlobalID
	State
}

// Apply lets the call take effect, and overwrites r with how it ended.
func (s *Store) Apply(c *sink.Call, r *sink.Result) {
	*r = sink.Result{}
	if !wellFormed(c) {
		r.Outcome = outcome.Invalid
		return
	}
	e := s.use(c)
	switch c.Op {
	case sink.OpOpen:
		e.open(c, r)
	case sink.OpWrite:
		s.write(e, c, r)
	case sink.OpProgress:
		if e.Fence != c.Fence {
			r.Outcome, r.Epoch = outcome.Fenced, e.Epoch
			return
		}
		r.Outcome, r.Progress = outcome.Done, e.Progress
	case sink.OpClose:
		if e.Fence == c.Fence {
			e.Fence = sink.Fence{}
		}
		e.Count++
		r.Outcome = outcome.Done
	case sink.OpNone:
	}
}

func (e *export) open(c *sink.Call, r *sink.Result) {
	switch {
	case e.Fence == c.Fence:
	case e.Epoch > c.Epoch:
		r.Outcome, r.Epoch = outcome.Fenced, e.Epoch
		return
	case e.Count != c.Seen:
		r.Outcome, r.Count = outcome.Mismatch, e.Count
		return
	default:
		e.Count++
		e.Epoch, e.Fence = c.Epoch, c.Fence
	}
	r.Outcome, r.Count, r.Progress = outcome.Done, e.Count, e.Progress
}

func (s *Store) write(e *export, c *sink.Call, r *sink.Result) {
	switch {
	case e.Fence != c.Fence:
		r.Outcome, r.Epoch = outcome.Fenced, e.Epoch
	case e.Progress != c.From:
		r.Outcome, r.Progress = outcome.Mismatch, e.Progress
	default:
		e.Progress = c.To
		s.log = append(s.log, Commit{Export: c.Export, Fence: c.Fence, Epoch: e.Epoch, From: c.From, To: c.To, Updates: c.Updates})
		r.Outcome, r.Progress = outcome.Done, e.Progress
	}
}

// wellFormed judges a call by its arguments alone.
func wellFormed(c *sink.Call) bool {
	if c.Connection == "" || c.Export.Kind == core.IDNone || c.Fence == (sink.Fence{}) {
		return false
	}
	switch c.Op {
	case sink.OpOpen:
		return c.Epoch > 0
	case sink.OpProgress, sink.OpClose:
		return true
	case sink.OpWrite:
		return wellFormedWrite(c)
	case sink.OpNone:
	}
	return false
}

// wellFormedWrite wants progress, and updates within it, by time, then row, each
// once and with a count.
func wellFormedWrite(c *sink.Call) bool {
	if c.From.Empty || !c.To.Empty && c.To.T <= c.From.T || c.To.Empty && c.To.T != 0 {
		return false
	}
	for i := range c.Updates {
		u := &c.Updates[i]
		if u.Diff == 0 || u.Time < c.From.T || !c.To.Empty && u.Time >= c.To.T {
			return false
		}
		if i == 0 {
			continue
		}
		if v := &c.Updates[i-1]; u.Time < v.Time || u.Time == v.Time && u.Data <= v.Data {
			return false
		}
	}
	return true
}

func (s *Store) find(connection string, id core.GlobalID) *export {
	for i := range s.exports {
		if e := &s.exports[i]; e.id == id && e.connection == connection {
			return e
		}
	}
	return nil
}

func (s *Store) use(c *sink.Call) *export {
	if e := s.find(c.Connection, c.Export); e != nil {
		return e
	}
	s.exports = append(s.exports, export{connection: c.Connection, id: c.Export})
	return &s.exports[len(s.exports)-1]
}

// State is what is kept for an export; zero if nothing ever was.
func (s *Store) State(connection string, id core.GlobalID) State {
	if e := s.find(connection, id); e != nil {
		return e.State
	}
	return State{}
}

// Log is everything that was committed, in order. It belongs to the store and is
// valid until the next call.
func (s *Store) Log() []Commit { return s.log }

// Reset empties the store and keeps its memory.
func (s *Store) Reset() {
	clear(s.log) // drops the references to updates
	s.exports, s.log = s.exports[:0], s.log[:0]
}

// CopyFrom makes s equal to src; the two are independent from then on.
func (s *Store) CopyFrom(src *Store) {
	s.exports = append(s.exports[:0], src.exports...)
	s.log = append(s.log[:0], src.log...)
}
