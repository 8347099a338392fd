package frontier

import (
	"slices"
	"strconv"
)

// Change is one entry of a change batch: Count more (or fewer) of Time.
type Change struct {
	Time  Timestamp
	Count int64
}

// Batch is a change batch: changes sorted by time, one per time, none of them
// zero. It is both a change of a multiset of times and, if no count is negative,
// such a multiset itself: what holds a since back. The zero value is empty.
//
// Counts are added modulo 2^64, so that the net never depends on the order; who
// takes counts from outside bounds them there.
//
// A Batch shares its memory when it is copied by assignment; use CopyFrom.
type Batch []Change

// Net makes changes into a batch: sorted, netted per time, without zeros. It works
// in place and returns a prefix of changes.
func Net(changes []Change) Batch {
	slices.SortFunc(changes, func(a, b Change) int { return compare(a.Time, b.Time) })
	kept := 0
	for i := 0; i < len(changes); {
		net := changes[i]
		for i++; i < len(changes) && changes[i].Time == net.Time; i++ {
			net.Count += changes[i].Count
		}
		if net.Count != 0 {
			changes[kept] = net
			kept++
		}
	}
	return changes[:kept]
}

// Add adds count of t.
func (b *Batch) Add(t Timestamp, count int64) {
	if count == 0 {
		return
	}
	i, found := b.find(t)
	switch {
	case !found:
		*b = slices.Insert(*b, i, Change{t, count})
	case (*b)[i].Count+count == 0:
		*b = slices.Delete(*b, i, i+1)
	default:
		(*b)[i].Count += count
	}
}

// AddBatch adds every change of c, which may be b itself.
func (b *Batch) AddBatch(c Batch) {
	if len(c) == 0 {
		return
	}
	*b = Net(append(*b, c...))
}

// Count is the net count of t.
func (b Batch) Count(t Timestamp) int64 {
	if i, found := b.find(t); found {
		return b[i].Count
	}
	return 0
}

// Frontier is the meet of the times in the batch: the earliest, or empty if there
// is none. It is what a multiset of holds allows the since to be, so it means
// something only while no count is negative.
func (b Batch) Frontier() Frontier {
	if len(b) == 0 {
		return Empty()
	}
	return At(b[0].Time)
}

// CopyFrom makes b equal to c, reusing b's memory.
func (b *Batch) CopyFrom(c Batch) { *b = append((*b)[:0], c...) }

// Equal reports whether both hold the same changes.
func (b Batch) Equal(c Batch) bool { return slices.Equal(b, c) }

// Valid reports whether b is in its one form: sorted, no time twice, no zero.
// Batches from outside are checked, or made by Net, where they enter.
func (b Batch) Valid() bool {
	for i := range b {
		if b[i].Count == 0 || i > 0 && b[i-1].Time >= b[i].Time {
			return false
		}
	}
	return true
}

// AppendText appends the batch as "[3:+1 7:-2]", "[]" if it is empty.
func (b Batch) AppendText(dst []byte) []byte {
	dst = append(dst, '[')
	for i, c := range b {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(strconv.AppendUint(dst, uint64(c.Time), 10), ':')
		if c.Count > 0 {
			dst = append(dst, '+')
		}
		dst = strconv.AppendInt(dst, c.Count, 10)
	}
	return append(dst, ']')
}

// String is AppendText as a string.
func (b Batch) String() string { return string(b.AppendText(nil)) }

// find is where t is or would be. New times mostly go to the end.
func (b Batch) find(t Timestamp) (i int, found bool) {
	if n := len(b); n == 0 || b[n-1].Time < t {
		return n, false
	}
	low, high := 0, len(b)-1
	for low < high {
		middle := int(uint(low+high) / 2)
		if b[middle].Time < t {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, b[low].Time == t
}

func compare(a, b Timestamp) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
