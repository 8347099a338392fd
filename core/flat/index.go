package flat

// Index maps non-zero words to positions: open addressing with linear probing
// and backward-shift deletion (Knuth, TAOCP vol. 3, section 6.4), at most half
// full.
type Index struct {
	slots []indexSlot
	n     int
}

type indexSlot struct {
	key uint64 // 0: empty
	val uint32
}

const (
	minIndex = 16
	// keptOfEmpty is how many slots are kept ready, and cleared, for what comes after a
	// copy of nothing.
	keptOfEmpty = 256
)

func (x *Index) home(key uint64) int {
	h := key * 0x9e3779b97f4a7c15
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return int(h>>32) & (len(x.slots) - 1)
}

// Get is the position stored under key; ok is false if there is none.
func (x *Index) Get(key uint64) (val uint32, ok bool) {
	if x.n == 0 || key == 0 {
		return 0, false
	}
	for i := x.home(key); ; i = (i + 1) & (len(x.slots) - 1) {
		switch x.slots[i].key {
		case key:
			return x.slots[i].val, true
		case 0:
			return 0, false
		}
	}
}

// Put stores val under a non-zero key, replacing what was there.
func (x *Index) Put(key uint64, val uint32) {
	if 2*(x.n+1) > len(x.slots) {
		x.grow()
	}
	x.put(key, val)
}

func (x *Index) put(key uint64, val uint32) {
	for i := x.home(key); ; i = (i + 1) & (len(x.slots) - 1) {
		switch x.slots[i].key {
		case key:
			x.slots[i].val = val
			return
		case 0:
			x.slots[i] = indexSlot{key, val}
			x.n++
			return
		}
	}
}

func (x *Index) grow() {
	old := x.slots
	x.slots = make([]indexSlot, max(minIndex, 2*len(old)))
	x.n = 0
	for i := range old {
		if old[i].key != 0 {
			x.put(old[i].key, old[i].val)
		}
	}
}

// Delete removes key if it is there.
func (x *Index) Delete(key uint64) {
	if x.n == 0 || key == 0 {
		return
	}
	mask := len(x.slots) - 1
	i := x.home(key)
	for ; x.slots[i].key != key; i = (i + 1) & mask {
		if x.slots[i].key == 0 {
			return
		}
	}
	x.n--
	hole := i
	for j := (i + 1) & mask; x.slots[j].key != 0; j = (j + 1) & mask {
		// The entry at j may fill the hole if its home is not after the hole.
		if (j-x.home(x.slots[j].key))&mask >= (j-hole)&mask {
			x.slots[hole] = x.slots[j]
			hole = j
		}
	}
	x.slots[hole] = indexSlot{}
}

// Len is the number of keys.
func (x *Index) Len() int { return x.n }

// Reset empties the index and keeps its memory.
func (x *Index) Reset() {
	clear(x.slots)
	x.n = 0
}

// CopyFrom makes x an independent copy of src. Of an empty one it keeps some memory.
func (x *Index) CopyFrom(src *Index) {
	if src.n == 0 {
		x.slots = x.slots[:min(len(x.slots), keptOfEmpty)]
		x.Reset()
		return
	}
	x.slots = append(x.slots[:0], src.slots...)
	x.n = src.n
}
