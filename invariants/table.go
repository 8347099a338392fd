package invariants

// table maps pairs of words to small non-negative numbers: open addressing with
// linear probing, deletion by shifting back, no memory once grown.
type table struct {
	cells []cell
	n     int
	// spare is what cells were before they grew, memory for the next time.
	spare []cell
}

// leastCells is how many cells a table starts with; a power of two.
const leastCells = 64

type cell struct {
	a, b uint64
	// v is the value plus one; zero marks a free cell.
	v int32
}

func scramble(a, b uint64) uint64 {
	h := (a ^ 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	h ^= h>>29 ^ b
	h *= 0x94d049bb133111eb
	return h ^ h>>32
}

// find is the value of the pair, or -1.
func (t *table) find(a, b uint64) int32 {
	if t.n == 0 {
		return -1
	}
	mask := uint64(len(t.cells) - 1)
	for i := scramble(a, b) & mask; ; i = (i + 1) & mask {
		c := &t.cells[i]
		if c.v == 0 {
			return -1
		}
		if c.a == a && c.b == b {
			return c.v - 1
		}
	}
}

// put sets the value of the pair.
func (t *table) put(a, b uint64, v int32) {
	if 2*(t.n+1) > len(t.cells) {
		t.grow()
	}
	mask := uint64(len(t.cells) - 1)
	for i := scramble(a, b) & mask; ; i = (i + 1) & mask {
		c := &t.cells[i]
		if c.v == 0 {
			*c = cell{a, b, v + 1}
			t.n++
			return
		}
		if c.a == a && c.b == b {
			c.v = v + 1
			return
		}
	}
}

func (t *table) grow() {
	old := t.cells
	size := max(leastCells, 2*len(old))
	if cap(t.spare) >= size {
		t.cells = t.spare[:size]
		clear(t.cells)
	} else {
		t.cells = make([]cell, size)
	}
	t.spare, t.n = old, 0
	for i := range old {
		if old[i].v != 0 {
			t.put(old[i].a, old[i].b, old[i].v-1)
		}
	}
}

// remove forgets the pair, closing the gap so that no probe breaks.
func (t *table) remove(a, b uint64) {
	if t.n == 0 {
		return
	}
	mask := uint64(len(t.cells) - 1)
	i := scramble(a, b) & mask
	for t.cells[i].v == 0 || t.cells[i].a != a || t.cells[i].b != b {
		if t.cells[i].v == 0 {
			return
		}
		i = (i + 1) & mask
	}
	t.n--
	for k := (i + 1) & mask; t.cells[k].v != 0; k = (k + 1) & mask {
		home := scramble(t.cells[k].a, t.cells[k].b) & mask
		if (k-home)&mask >= (k-i)&mask {
			t.cells[i] = t.cells[k]
			i = k
		}
	}
	t.cells[i] = cell{}
}

// reset empties the table and makes it small again, so that it is cheap to copy.
func (t *table) reset() {
	t.cells = t.cells[:min(len(t.cells), leastCells)]
	clear(t.cells)
	t.n = 0
}

func (t *table) copyFrom(src *table) {
	t.cells = append(t.cells[:0], src.cells...)
	t.n = src.n
}
