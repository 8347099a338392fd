// Package orchestratorfake is the simple, obviously right model of the
// orchestrator of managed hosts: what core.OrchestratorCall asks for (C-83), as one
// function, Apply, over a table of services. Whether a call takes effect, when,
// whether anybody hears of it, and how long processes take to start and to end, is
// the world's business: it starts and ends them, and tells the model.
//
// A store is a value that is cloned by one flat copy. It and all its clones belong
// to one goroutine.
//
// The package reads the fields of core's types and calls none of core's functions.
package orchestratorfake

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
)

// Store is what the orchestrator remembers. The zero value knows no service.
type Store struct {
	// services in the order of their hosts. An entry is never removed: the epoch of a
	// service that does not run fences all the same.
	services []service

	// What follows is memory, not state.
	lists []core.Service
}

// service is one managed host.
type service struct {
	host  core.HostID
	epoch uint64
	// wanted services are to run.
	wanted bool
	// running counts the processes that there are, wanted or not.
	running int32
}

// Apply lets the call take effect, and overwrites r with how it ended. A call below
// the epoch that is recorded with its service is refused and changes nothing,
// whether or not the service runs.
//
// A stop is Done in the sense of the model as soon as the service is not wanted. It
// may be reported as Done only once Running is 0: whoever calls Apply sees to that.
//
// The list in r is frozen and stays valid for ever.
func (s *Store) Apply(c *core.OrchestratorCall, r *core.OrchestratorResult) {
	*r = core.OrchestratorResult{}
	switch {
	case !wellFormed(c):
		r.Outcome = outcome.Invalid
		return
	case c.Op == core.OrchestratorList:
		r.Outcome, r.Services = outcome.Done, s.list()
		return
	}
	v := s.use(c.Host)
	if c.Epoch < v.epoch {
		r.Outcome, r.Epoch = outcome.Fenced, v.epoch
		return
	}
	v.epoch = c.Epoch
	v.wanted = c.Op == core.OrchestratorEnsure
	r.Outcome, r.Epoch = outcome.Done, v.epoch
}

// wellFormed reports whether a call is complete: it has an epoch and, but for a
// list, names a managed host.
func wellFormed(c *core.OrchestratorCall) bool {
	if c.Epoch == 0 {
		return false
	}
	switch c.Op {
	case core.OrchestratorEnsure, core.OrchestratorStop:
		return c.Host.Address == "" && c.Host.Object.Kind != core.IDNone && c.Host.Size > 0
	case core.OrchestratorList:
		return c.Host == core.HostID{}
	case core.OrchestratorOpNone, core.OrchestratorOpCount:
	}
	return false
}

// list is the services that run or are to run.
func (s *Store) list() []core.Service {
	n := 0
	for i := range s.services {
		if s.services[i].shows() {
			n++
		}
	}
	out := s.carve(n)
	n = 0
	for i := range s.services {
		if v := &s.services[i]; v.shows() {
			out[n] = core.Service{Host: v.host, Epoch: v.epoch}
			n++
		}
	}
	return out
}

func (v *service) shows() bool { return v.wanted || v.running > 0 }

const listBlock = 64

// carve is a new list of n entries; what was carved is never written again.
func (s *Store) carve(n int) []core.Service {
	if n == 0 {
		return nil
	}
	used := len(s.lists)
	if n > cap(s.lists)-used {
		s.lists, used = make([]core.Service, 0, max(n, listBlock)), 0
	}
	s.lists = s.lists[:used+n]
	return s.lists[used : used+n : used+n]
}

// Reset forgets every service and keeps the memory.
func (s *Store) Reset() { s.services = s.services[:0] }

// CopyFrom makes s equal to src; the two are independent from then on.
func (s *Store) CopyFrom(src *Store) { s.services = append(s.services[:0], src.services...) }
