package invariants

// logPage is how many entries a page of a log holds.
const logPage = 32

// log is an append-only list whose front can be dropped and whose pages copies
// share, so that copying it costs a pointer per page. The zero value is empty.
type log[T any] struct {
	pages   []*page[T]
	dropped int // entries of the first page
	filled  int // entries of the last page, dropped ones included
}

// page holds entries that are never written twice, so that every copy of a log can
// read its own prefix.
type page[T any] struct {
	// written is how many entries any copy has written here.
	written int
	items   [logPage]T
}

// pagePool keeps pages for their next use.
type pagePool[T any] struct {
	spare []*page[T]
	// lent: copies may refer to pages of this pool. They are left to the garbage
	// collector then.
	lent bool
}

// push appends v. A page that another copy has already filled further is not
// extended but replaced by one of this log's own.
func (l *log[T]) push(pool *pagePool[T], v T) {
	last := len(l.pages) - 1
	switch {
	case last < 0 || l.filled == logPage:
		l.pages = append(l.pages, pool.take())
		last, l.filled = last+1, 0
	case l.pages[last].written != l.filled:
		own := pool.take()
		copy(own.items[:l.filled], l.pages[last].items[:l.filled])
		l.pages[last] = own
	}
	p := l.pages[last]
	p.items[l.filled] = v
	l.filled++
	p.written = l.filled
}

// span is the entries on the i-th page.
func (l *log[T]) span(i int) []T {
	from, to := 0, logPage
	if i == 0 {
		from = l.dropped
	}
	if i == len(l.pages)-1 {
		to = l.filled
	}
	return l.pages[i].items[from:to]
}

// drop takes the first n entries of the first page away.
func (l *log[T]) drop(pool *pagePool[T], n int) {
	l.dropped += n
	if len(l.pages) == 1 && l.dropped == l.filled || l.dropped == logPage {
		pool.give(l.pages[0])
		copy(l.pages, l.pages[1:])
		l.pages = l.pages[:len(l.pages)-1]
		l.dropped = 0
	}
}

// last is the newest entry; nil if there is none.
func (l *log[T]) last() *T {
	if len(l.pages) == 0 {
		return nil
	}
	return &l.pages[len(l.pages)-1].items[l.filled-1]
}

// onPage is the newest entry, if the next one goes on its page; nil if not.
func (l *log[T]) onPage() *T {
	if l.filled == logPage {
		return nil
	}
	return l.last()
}

func (l *log[T]) reset(pool *pagePool[T]) {
	for i := range l.pages {
		pool.give(l.pages[i])
	}
	clear(l.pages)
	l.pages, l.dropped, l.filled = l.pages[:0], 0, 0
}

func (l *log[T]) copyFrom(src *log[T]) {
	l.pages = append(l.pages[:0], src.pages...)
	l.dropped, l.filled = src.dropped, src.filled
}

func (p *pagePool[T]) take() *page[T] {
	n := len(p.spare)
	if n == 0 {
		return new(page[T])
	}
	taken := p.spare[n-1]
	p.spare = p.spare[:n-1]
	taken.written = 0
	return taken
}

func (p *pagePool[T]) give(old *page[T]) {
	if !p.lent {
		p.spare = append(p.spare, old)
	}
}
