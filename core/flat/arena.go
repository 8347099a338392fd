package flat

// arenaChunk is how many elements an arena allocates at once.
const arenaChunk = 512

// Arena carves lists from large chunks, so that building many small frozen lists
// costs few allocations. A list is written once, by whoever carved it, and then
// shared freely.
type Arena[T any] struct{ chunk []T }

// Carve is a zeroed list of n elements that nothing else refers to. Its capacity
// is n, so that appending to it cannot reach its neighbour.
func (a *Arena[T]) Carve(n int) []T {
	if n == 0 {
		return nil
	}
	if n > arenaChunk/4 {
		return make([]T, n)
	}
	if cap(a.chunk)-len(a.chunk) < n {
		a.chunk = make([]T, 0, arenaChunk)
	}
	start := len(a.chunk)
	a.chunk = a.chunk[:start+n]
	return a.chunk[start : start+n : start+n]
}

// Copy is a frozen copy of list.
func (a *Arena[T]) Copy(list []T) []T {
	out := a.Carve(len(list))
	copy(out, list)
	return out
}

// Fork is called when the state that owns the arena was copied from another: the
// rest of the chunk belongs to the other one.
func (a *Arena[T]) Fork() { a.chunk = nil }
