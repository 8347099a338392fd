//go:build linux

package torture

import (
	"fmt"
	"sync"
)

// fate is what a client knows of a row that it wanted to append.
type fate uint8

const (
	unknown fate = iota
	acknowledged
	refused
)

// table is a collection that one writer appends to, and all that was heard of it.
type table struct {
	id string

	mu    sync.Mutex
	rows  map[uint64]*row
	reads []read
}

// row is one that was sent, by its number.
type row struct {
	time uint64
	fate fate
}

// read is a snapshot that was answered: at its time there were so many rows, with a
// sum over their numbers.
type read struct{ asOf, rows, sum uint64 }

func newTable(id string) *table { return &table{id: id, rows: map[uint64]*row{}} }

// mix makes a number one that sums tell apart.
func mix(n uint64) uint64 {
	n = (n ^ n>>31) * 0x9e3779b97f4a7c15
	return n ^ n>>29
}

// note keeps a snapshot for the end, when what was true is known.
func (t *table) note(asOf uint64, content map[uint64]int64) error {
	r := read{asOf: asOf}
	for n, diff := range content {
		if diff != 1 {
			return fmt.Errorf("%s at %d: row %d is there %d times", t.id, asOf, n, diff)
		}
		r.rows++
		r.sum += mix(n)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads = append(t.reads, r)
	return nil
}

// judge compares all that was heard with the final contents.
func (t *table) judge(final map[uint64]int64) (wrong []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n, diff := range final {
		switch sent := t.rows[n]; {
		case sent == nil:
			wrong = append(wrong, fmt.Sprintf("%s has row %d, which nobody sent", t.id, n))
		case diff != 1:
			wrong = append(wrong, fmt.Sprintf("%s has row %d %d times", t.id, n, diff))
		case sent.fate == refused:
			wrong = append(wrong, fmt.Sprintf("%s has row %d, which was refused", t.id, n))
		}
	}
	for n, sent := range t.rows {
		if final[n] == 0 && sent.fate == acknowledged {
			wrong = append(wrong, fmt.Sprintf("%s lacks row %d, whose append up to %d was acknowledged", t.id, n, sent.time+1))
		}
	}
	for _, r := range t.reads {
		want := read{asOf: r.asOf}
		for n := range final {
			if sent := t.rows[n]; sent != nil && sent.time <= r.asOf {
				want.rows++
				want.sum += mix(n)
			}
		}
		if r != want {
			wrong = append(wrong, fmt.Sprintf("%s at %d was read with %d rows, and has %d", t.id, r.asOf, r.rows, want.rows))
		}
	}
	return wrong
}

func (t *table) counts() (acked, refusedRows, unknownRows, reads int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.rows {
		switch r.fate {
		case acknowledged:
			acked++
		case refused:
			refusedRows++
		case unknown:
			unknownRows++
		}
	}
	return acked, refusedRows, unknownRows, len(t.reads)
}
