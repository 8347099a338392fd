package flat

// Timer is one entry of a Heap: it fires at At; entries at the same instant fire
// in the order of Kind, then Key, whatever the heap's layout. Ref is the owner's
// position and takes no part in the order.
type Timer struct {
	At   int64
	Key  uint64
	Ref  uint32
	Kind uint8
}

func (t *Timer) before(u *Timer) bool {
	if t.At != u.At {
		return t.At < u.At
	}
	if t.Kind != u.Kind {
		return t.Kind < u.Kind
	}
	return t.Key < u.Key
}

// Heap is a binary heap of timers, each of which can be moved or removed by the
// handle that Set returned.
type Heap struct {
	entries []heapEntry
	// pos is where the timer of a handle is in entries, plus one.
	pos  []uint32
	free []uint32
}

type heapEntry struct {
	Timer
	handle uint32
}

// Set arms a timer, or moves the one of a non-zero handle, and returns its handle.
func (h *Heap) Set(handle uint32, t Timer) uint32 {
	if handle == 0 {
		handle = h.newHandle()
		h.entries = append(h.entries, heapEntry{})
		i := len(h.entries) - 1
		h.entries[i] = heapEntry{t, handle}
		h.pos[handle] = uint32(i) + 1
		h.up(i)
		return handle
	}
	i := int(h.pos[handle]) - 1
	h.entries[i].Timer = t
	h.fix(i)
	return handle
}

func (h *Heap) newHandle() uint32 {
	if n := len(h.free); n > 0 {
		handle := h.free[n-1]
		h.free = h.free[:n-1]
		return handle
	}
	if len(h.pos) == 0 {
		h.pos = append(h.pos, 0)
	}
	h.pos = append(h.pos, 0)
	return uint32(len(h.pos) - 1)
}

// Remove disarms the timer of a handle; handle 0 is none.
func (h *Heap) Remove(handle uint32) {
	if handle == 0 {
		return
	}
	i := int(h.pos[handle]) - 1
	h.pos[handle] = 0
	h.free = append(h.free, handle)
	last := len(h.entries) - 1
	if i != last {
		h.entries[i] = h.entries[last]
		h.pos[h.entries[i].handle] = uint32(i) + 1
	}
	h.entries = h.entries[:last]
	if i != last {
		h.fix(i)
	}
}

// At is when the timer of a handle fires.
func (h *Heap) At(handle uint32) int64 { return h.entries[h.pos[handle]-1].At }

// Len is the number of armed timers.
func (h *Heap) Len() int { return len(h.entries) }

// Least is the timer that fires first, with its handle. The heap is not empty.
func (h *Heap) Least() (t Timer, handle uint32) {
	return h.entries[0].Timer, h.entries[0].handle
}

func (h *Heap) fix(i int) {
	if i > 0 && h.entries[i].before(&h.entries[(i-1)/2].Timer) {
		h.up(i)
		return
	}
	h.down(i)
}

func (h *Heap) up(i int) {
	e := h.entries[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&h.entries[parent].Timer) {
			break
		}
		h.place(i, h.entries[parent])
		i = parent
	}
	h.place(i, e)
}

func (h *Heap) down(i int) {
	e := h.entries[i]
	for {
		child := 2*i + 1
		if child >= len(h.entries) {
			break
		}
		if r := child + 1; r < len(h.entries) && h.entries[r].before(&h.entries[child].Timer) {
			child = r
		}
		if !h.entries[child].before(&e.Timer) {
			break
		}
		h.place(i, h.entries[child])
		i = child
	}
	h.place(i, e)
}

func (h *Heap) place(i int, e heapEntry) {
	h.entries[i] = e
	h.pos[e.handle] = uint32(i) + 1
}

// Reset removes all timers and keeps the memory.
func (h *Heap) Reset() {
	h.entries, h.pos, h.free = h.entries[:0], h.pos[:0], h.free[:0]
}

// CopyFrom makes h an independent copy of src; handles stay valid.
func (h *Heap) CopyFrom(src *Heap) {
	h.entries = append(h.entries[:0], src.entries...)
	h.pos = append(h.pos[:0], src.pos...)
	h.free = append(h.free[:0], src.free...)
}
