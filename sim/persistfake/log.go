package persistfake

const (
	pageSize  = 16
	blockSize = 32
)

// log is an append-only list that clones share: a chain of pages, of which this
// log sees the first filled entries of the last one. Copying the two words copies
// the list. The zero value is empty.
type log[T any] struct {
	tail   *page[T]
	filled int32
}

// page holds entries that are never written twice, so that every clone can read
// its own prefix.
type page[T any] struct {
	prev *page[T]
	// before is how many of prev's entries come before this page: a clone may have
	// filled prev further.
	before int32
	// written is how many entries any clone has written here.
	written int32
	items   [pageSize]T
}

// push appends v. The last page is extended only by the first clone that gets
// there; the others go on in pages of their own.
func (l *log[T]) push(pages *arena[T], v T) {
	p := l.tail
	if p == nil || l.filled == pageSize || p.written != l.filled {
		p = pages.next()
		p.prev, p.before, p.written = l.tail, l.filled, 0
		l.tail, l.filled = p, 0
	}
	p.items[l.filled] = v
	l.filled++
	p.written = l.filled
}

// arena hands out pages in blocks.
type arena[T any] struct {
	blocks [][]page[T]
	used   int
	// lent says that a clone may refer to pages of this arena: they are left to the
	// garbage collector then and not used again.
	lent bool
}

func (a *arena[T]) next() *page[T] {
	if a.used == len(a.blocks)*blockSize {
		a.blocks = append(a.blocks, make([]page[T], blockSize))
	}
	p := &a.blocks[a.used/blockSize][a.used%blockSize]
	a.used++
	return p
}

// reset makes all pages available again; nothing may refer to them any more but
// clones, if the arena is lent.
func (a *arena[T]) reset() {
	if a.lent {
		clear(a.blocks)
		a.blocks = a.blocks[:0]
		a.lent = false
	}
	a.used = 0
}
