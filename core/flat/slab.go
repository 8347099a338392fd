package flat

// Slab is a pool of values addressed by position. Position 0 is never handed
// out, so that 0 can mean "none".
type Slab[T any] struct {
	items []T
	free  []uint32
}

// New takes a zeroed item and returns its position.
func (s *Slab[T]) New() uint32 {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i
	}
	var zero T
	if len(s.items) == 0 {
		s.items = append(s.items, zero)
	}
	s.items = append(s.items, zero)
	return uint32(len(s.items) - 1)
}

// At is the item at a position that New returned. The pointer is valid until the
// next New.
func (s *Slab[T]) At(i uint32) *T { return &s.items[i] }

// Release zeroes the item and makes its position available again.
func (s *Slab[T]) Release(i uint32) {
	var zero T
	s.items[i] = zero
	s.free = append(s.free, i)
}

// Len is the number of items in use.
func (s *Slab[T]) Len() int {
	if len(s.items) == 0 {
		return 0
	}
	return len(s.items) - 1 - len(s.free)
}

// Span is one more than the highest position that was ever handed out.
func (s *Slab[T]) Span() uint32 { return uint32(len(s.items)) }

// Reset empties the slab and keeps its memory.
func (s *Slab[T]) Reset() {
	clear(s.items)
	s.items, s.free = s.items[:0], s.free[:0]
}

// CopyFrom makes s an independent copy of src.
func (s *Slab[T]) CopyFrom(src *Slab[T]) {
	if len(s.items) > len(src.items) {
		clear(s.items[len(src.items):])
	}
	s.items = append(s.items[:0], src.items...)
	s.free = append(s.free[:0], src.free...)
}
