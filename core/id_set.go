package core

// idSet is a set of ids as sorted, disjoint ranges of keys: ids are mostly given
// out in a row, so that dropping them costs little for ever (C-28).
type idSet struct{ ranges []idRange }

type idRange struct{ first, last uint64 }

// find is the index of the first range that ends at key or after it.
func (s *idSet) find(key uint64) int {
	lo, hi := 0, len(s.ranges)
	for lo < hi {
		mid := (lo + hi) / 2
		if s.ranges[mid].last < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func (s *idSet) has(id GlobalID) bool {
	i := s.find(id.key())
	return i < len(s.ranges) && s.ranges[i].first <= id.key()
}

func (s *idSet) add(id GlobalID) {
	if s.has(id) {
		return
	}
	key := id.key()
	i := s.find(key)
	joinsNext := i < len(s.ranges) && s.ranges[i].first == key+1
	joinsLast := i > 0 && s.ranges[i-1].last == key-1
	switch {
	case joinsNext && joinsLast:
		s.ranges[i-1].last = s.ranges[i].last
		s.ranges = append(s.ranges[:i], s.ranges[i+1:]...)
	case joinsNext:
		s.ranges[i].first = key
	case joinsLast:
		s.ranges[i-1].last = key
	default:
		s.ranges = append(s.ranges, idRange{})
		copy(s.ranges[i+1:], s.ranges[i:])
		s.ranges[i] = idRange{key, key}
	}
}
