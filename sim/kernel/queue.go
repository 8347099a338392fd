// Package kernel is what every simulation needs and knows nothing of storage: an
// event queue, randomness keyed by cause, and a hash of everything that happened.
//
// Everything in here is flat data that is cloned by a few copies (CopyFrom) and
// reused by Reset. Nothing allocates in steady state.
package kernel

// Event is an entry of the queue: when, what kind of thing, and which. What the
// fields after Seq mean is the user's business; what an event is about lives in
// the user's slabs, at Slot.
type Event struct {
	// AtUs is the simulated instant in microseconds.
	AtUs int64
	// Seq orders events of one instant. Push assigns it.
	Seq  uint64
	Kind uint8
	Node int16
	Slot int32
	// Gen tells an event whose slot has been given to something else since.
	Gen uint32
	Arg uint32
}

// before is the one total order of events.
func (e *Event) before(f *Event) bool {
	return e.AtUs < f.AtUs || e.AtUs == f.AtUs && e.Seq < f.Seq
}

// arity of the heap: wide enough to be shallow, while one node's children still
// share two cache lines.
const arity = 4

// Queue holds the events to come, the earliest first and, within an instant, in
// the order of their Push. The zero value is empty.
type Queue struct {
	heap []Event
	seq  uint64
}

// Reset empties the queue and keeps its memory.
func (q *Queue) Reset() { q.heap, q.seq = q.heap[:0], 0 }

// Len is the number of events.
func (q *Queue) Len() int { return len(q.heap) }

// CopyFrom makes q an independent copy of src, reusing q's memory.
func (q *Queue) CopyFrom(src *Queue) {
	q.heap = append(q.heap[:0], src.heap...)
	q.seq = src.seq
}

// Push adds an event and assigns its Seq.
func (q *Queue) Push(e Event) {
	e.Seq = q.seq
	q.seq++
	q.heap = append(q.heap, e)
	q.up(len(q.heap)-1, e)
}

// Peek is the event that Pop would return, valid until the queue changes. The
// queue must not be empty.
func (q *Queue) Peek() *Event { return &q.heap[0] }

// Pop removes the earliest event. ok is false if there is none.
func (q *Queue) Pop() (e Event, ok bool) {
	if len(q.heap) == 0 {
		return Event{}, false
	}
	e = q.heap[0]
	q.removeAt(0)
	return e, true
}

// Enabled is the number of events at the earliest instant: those of which an
// explorer may choose one by Take.
func (q *Queue) Enabled() int {
	if len(q.heap) == 0 {
		return 0
	}
	n := 0
	for i := range q.heap {
		if q.heap[i].AtUs == q.heap[0].AtUs {
			n++
		}
	}
	return n
}

// Take removes the i-th of the enabled events, in the order of their Seq: Take(0)
// is Pop. ok is false if there are not so many.
func (q *Queue) Take(i int) (e Event, ok bool) {
	if i < 0 || i >= q.Enabled() {
		return Event{}, false
	}
	// The i-th smallest is found by excluding what was found before; runs in which
	// this matters have a handful of enabled events.
	at, least := q.heap[0].AtUs, uint64(0)
	for {
		best := -1
		for j := range q.heap {
			e := &q.heap[j]
			if e.AtUs == at && e.Seq >= least && (best < 0 || e.Seq < q.heap[best].Seq) {
				best = j
			}
		}
		if i == 0 {
			e = q.heap[best]
			q.removeAt(best)
			return e, true
		}
		least = q.heap[best].Seq + 1
		i--
	}
}

// removeAt closes the gap at i with the last event.
func (q *Queue) removeAt(i int) {
	last := len(q.heap) - 1
	moved := q.heap[last]
	q.heap = q.heap[:last]
	if i == last {
		return
	}
	if i > 0 && moved.before(&q.heap[(i-1)/arity]) {
		q.up(i, moved)
		return
	}
	q.down(i, moved)
}

// up places e at the hole i or above it.
func (q *Queue) up(i int, e Event) {
	h := q.heap
	for i > 0 {
		parent := (i - 1) / arity
		if !e.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
}

// down places e at the hole i or below it.
func (q *Queue) down(i int, e Event) {
	h := q.heap
	for {
		first := i*arity + 1
		if first >= len(h) {
			break
		}
		end := min(first+arity, len(h))
		least := first
		for c := first + 1; c < end; c++ {
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if !h[least].before(&e) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = e
}
