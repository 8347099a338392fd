// Package frontier is the algebra of data time: timestamps, frontiers of a
// totally ordered time, and change batches.
//
// The vocabulary (less_equal, join, meet, antichain) is that of timely dataflow
// (Murray et al., "Naiad", SOSP 2013). Time here is totally ordered, so an
// antichain holds at most one element.
package frontier

import "strconv"

// Timestamp is a data time: milliseconds since the Unix epoch in production,
// totally ordered, unsigned. It is not comparable with clock.Instant or
// clock.Wall.
type Timestamp uint64

// MaxTimestamp is the last timestamp; it has no successor.
const MaxTimestamp Timestamp = 1<<64 - 1

// Frontier is an antichain of the total order: one timestamp, or empty (no time
// is left: closed). The zero value is the minimum, {0}.
//
// An empty frontier has T == 0, so that == compares frontiers.
type Frontier struct {
	T     Timestamp
	Empty bool
}

// At is the frontier {t}.
func At(t Timestamp) Frontier { return Frontier{T: t} }

// Minimum is the frontier {0}: nothing is complete, nothing is compacted.
func Minimum() Frontier { return Frontier{} }

// Empty is the frontier without a time: closed.
func Empty() Frontier { return Frontier{Empty: true} }

// IsEmpty reports whether no time is left.
func (f Frontier) IsEmpty() bool { return f.Empty }

// AsOption is the frontier's time; ok is false when it is empty.
func (f Frontier) AsOption() (t Timestamp, ok bool) { return f.T, !f.Empty }

// LessEqual reports f ≤ g: g is empty, or both hold a time and f's is ≤ g's.
func (f Frontier) LessEqual(g Frontier) bool {
	if g.Empty {
		return true
	}
	return !f.Empty && f.T <= g.T
}

// LessThan reports f ≤ g and f ≠ g.
func (f Frontier) LessThan(g Frontier) bool { return f != g && f.LessEqual(g) }

// LessEqualTime reports f ≤ {t}. For a since: t can be read. For an upper: t is
// not complete.
func (f Frontier) LessEqualTime(t Timestamp) bool { return !f.Empty && f.T <= t }

// Join is the later of the two.
func (f Frontier) Join(g Frontier) Frontier {
	if f.LessEqual(g) {
		return g
	}
	return f
}

// Meet is the earlier of the two.
func (f Frontier) Meet(g Frontier) Frontier {
	if f.LessEqual(g) {
		return f
	}
	return g
}

// StepBack is {t−1} for {t}, the minimum for the minimum, empty for empty.
func (f Frontier) StepBack() Frontier {
	if f.Empty || f.T == 0 {
		return f
	}
	return Frontier{T: f.T - 1}
}

// Valid reports whether f is in its one canonical form (an empty frontier holds
// no time). Values from outside are checked once, where they enter.
func (f Frontier) Valid() bool { return !f.Empty || f.T == 0 }

// AppendText appends "[3]" for {3} and "[]" for the empty frontier.
func (f Frontier) AppendText(b []byte) []byte {
	if f.Empty {
		return append(b, '[', ']')
	}
	b = append(b, '[')
	b = strconv.AppendUint(b, uint64(f.T), 10)
	return append(b, ']')
}

// String is the frontier's text form, "[3]" or "[]".
func (f Frontier) String() string { return string(f.AppendText(nil)) }

// Parse is the frontier that text is the text form of; ok is false if it is none.
func Parse(text string) (f Frontier, ok bool) {
	if text == "[]" {
		return Empty(), true
	}
	n := len(text)
	if n < 3 || text[0] != '[' || text[n-1] != ']' {
		return Frontier{}, false
	}
	t, err := strconv.ParseUint(text[1:n-1], 10, 64)
	if f = At(Timestamp(t)); err != nil || f.String() != text {
		return Frontier{}, false
	}
	return f, true
}
