// Package clock names the two kinds of time that a state machine is given, so
// that they cannot be confused with each other or with data time
// (frontier.Timestamp).
//
// A machine never reads a clock. The driver reads both clocks once per input and
// passes the readings in as Now (C-1).
package clock

// Instant is a monotonic reading in microseconds since this incarnation of the
// process started. It never goes back and starts again from zero with every
// process, so it is meaningful only within one incarnation. Deadlines, leases,
// backoff, rate limits and ticks are measured in it.
type Instant int64

// Duration is a span of monotonic time in microseconds.
type Duration int64

// Wall is a wall-clock reading in milliseconds since the Unix epoch. It may jump
// in both directions. It is used for choosing data times, and by a shard's
// owner for judging leases (P-18), and for nothing else.
type Wall int64

// Spans, in the unit of Duration.
const (
	Microsecond Duration = 1
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute
)

// Never is later than every instant that a run can reach.
const Never Instant = 1<<63 - 1

// Now is what a machine is told of the present moment with every input.
type Now struct {
	Mono Instant
	Wall Wall
}

// Add is the instant d after i; it saturates at Never.
func (i Instant) Add(d Duration) Instant {
	if d > 0 && i > Never-Instant(d) {
		return Never
	}
	return i + Instant(d)
}

// Milliseconds is d rounded down to whole milliseconds.
func (d Duration) Milliseconds() int64 { return int64(d / Millisecond) }
