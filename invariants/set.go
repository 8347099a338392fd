package invariants

// set is a growing set of pairs of words whose bulk copies share: a small table
// that is written, and sealed ones that are not any more, each less than half as
// large as the one before it.
type set struct {
	open   table
	sealed []*table
}

// mostOpen is how many pairs the open table takes before it is sealed.
const mostOpen = 32

func (s *set) has(a, b uint64) bool {
	if s.open.find(a, b) >= 0 {
		return true
	}
	for _, t := range s.sealed {
		if t.find(a, b) >= 0 {
			return true
		}
	}
	return false
}

func (s *set) add(a, b uint64) {
	s.open.put(a, b, 0)
	if s.open.n < mostOpen {
		return
	}
	merged := new(table)
	merged.addAll(&s.open)
	s.open.reset()
	for n := len(s.sealed) - 1; n >= 0 && s.sealed[n].n < 2*merged.n; n-- {
		merged.addAll(s.sealed[n])
		s.sealed = s.sealed[:n]
	}
	s.sealed = append(s.sealed, merged)
}

func (t *table) addAll(src *table) {
	for i := range src.cells {
		if c := &src.cells[i]; c.v != 0 {
			t.put(c.a, c.b, c.v-1)
		}
	}
}

func (s *set) reset() {
	s.open.reset()
	clear(s.sealed)
	s.sealed = s.sealed[:0]
}

func (s *set) copyFrom(src *set) {
	s.open.copyFrom(&src.open)
	s.sealed = append(s.sealed[:0], src.sealed...)
}
