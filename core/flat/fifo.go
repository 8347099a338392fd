package flat

// Fifo is a queue of positions or other small values.
type Fifo[T any] struct {
	items []T
	head  int
}

// Push appends v.
func (q *Fifo[T]) Push(v T) {
	if q.head > 32 && 2*q.head > len(q.items) {
		n := copy(q.items, q.items[q.head:])
		q.items = q.items[:n]
		q.head = 0
	}
	q.items = append(q.items, v)
}

// Pop removes and returns the oldest value. The queue is not empty.
func (q *Fifo[T]) Pop() T {
	v := q.items[q.head]
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return v
}

// Len is the number of values waiting.
func (q *Fifo[T]) Len() int { return len(q.items) - q.head }

// At is the i-th value, the oldest first.
func (q *Fifo[T]) At(i int) T { return q.items[q.head+i] }

// RemoveAt removes the i-th value and keeps the order of the others.
func (q *Fifo[T]) RemoveAt(i int) {
	q.items = append(q.items[:q.head+i], q.items[q.head+i+1:]...)
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
}

// Reset empties the queue and keeps its memory.
func (q *Fifo[T]) Reset() { q.items, q.head = q.items[:0], 0 }

// CopyFrom makes q an independent copy of src.
func (q *Fifo[T]) CopyFrom(src *Fifo[T]) {
	q.items = append(q.items[:0], src.items[src.head:]...)
	q.head = 0
}
