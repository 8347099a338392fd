package orchestratorfake

import (
	"slices"

	"example.com/tidemark/core"
)

// Wanted reports whether the service is to run.
func (s *Store) Wanted(h core.HostID) bool {
	i, ok := s.find(h)
	return ok && s.services[i].wanted
}

// Running counts the processes of the service.
func (s *Store) Running(h core.HostID) int {
	if i, ok := s.find(h); ok {
		return int(s.services[i].running)
	}
	return 0
}

// Epoch is what is recorded with the service; 0 if no call about it took effect.
func (s *Store) Epoch(h core.HostID) uint64 {
	if i, ok := s.find(h); ok {
		return s.services[i].epoch
	}
	return 0
}

// Started notes that a process of the service has started.
func (s *Store) Started(h core.HostID) { s.use(h).running++ }

// Ended notes that a process of the service is no more.
func (s *Store) Ended(h core.HostID) { s.use(h).running-- }

// Services is how many the store remembers, and ServiceAt the i-th of them in the
// order of hosts, with whether it is to run and how many processes it has.
func (s *Store) Services() int { return len(s.services) }

// ServiceAt is the i-th service.
func (s *Store) ServiceAt(i int) (v core.Service, wanted bool, running int) {
	e := &s.services[i]
	return core.Service{Host: e.host, Epoch: e.epoch}, e.wanted, int(e.running)
}

func (s *Store) find(h core.HostID) (int, bool) {
	return slices.BinarySearchFunc(s.services, h, func(v service, h core.HostID) int { return order(&v.host, &h) })
}

// use is the service's entry, new if there was none.
func (s *Store) use(h core.HostID) *service {
	i, ok := s.find(h)
	if !ok {
		s.services = slices.Insert(s.services, i, service{host: h})
	}
	return &s.services[i]
}

// order compares two managed hosts: by object, then by size.
func order(a, b *core.HostID) int {
	switch {
	case a.Object.Kind != b.Object.Kind:
		return sign(a.Object.Kind < b.Object.Kind)
	case a.Object.N != b.Object.N:
		return sign(a.Object.N < b.Object.N)
	case a.Size != b.Size:
		return sign(a.Size < b.Size)
	}
	return 0
}

func sign(less bool) int {
	if less {
		return -1
	}
	return 1
}
