// Package clock is how time looks from one node of a simulation: a wall clock
// with an offset, a drift and jumps, and a monotonic clock that starts with each
// incarnation, drifts too, and never goes back.
//
// The simulation's own time is called true time here, in microseconds since the
// start of the run. A node that is paused does not stop its clocks: it finds,
// when it comes back, that time has passed.
package clock

import (
	"math/bits"

	"example.com/tidemark/core/clock"
)

// Epoch is the wall clock at true time zero, in milliseconds. It is small, so that
// data times in traces stay readable, and large enough for offsets into the past.
const Epoch clock.Wall = 1_000_000_000

// Jump moves the wall clock by ByMs once true time has reached AtUs.
type Jump struct {
	AtUs int64
	ByMs int64
}

// Clock is one node's clocks. The zero value is right.
type Clock struct {
	OffsetMs int64
	// DriftPpm is how many microseconds per second both clocks gain; more than
	// −1,000,000, so that time passes at all.
	DriftPpm int64
	// Jumps in the order of their instants. Shared, never written.
	Jumps []Jump
	// CalmUs is the true time at which the wall clock is set, and from which on it
	// neither jumps nor drifts; 0: never. CalmSkewMs bounds what is left of its offset.
	CalmUs, CalmSkewMs int64
}

// million converts between parts per million and parts.
const million = 1_000_000

// Wall is the wall clock at a true time.
func (c *Clock) Wall(atUs int64) clock.Wall {
	if c.CalmUs > 0 && atUs >= c.CalmUs {
		return clock.Wall(int64(Epoch) + atUs/1000 + min(max(c.OffsetMs, -c.CalmSkewMs), c.CalmSkewMs))
	}
	w := int64(Epoch) + scaled(atUs, million+c.DriftPpm)/1000 + c.OffsetMs
	for i := range c.Jumps {
		j := &c.Jumps[i]
		if j.AtUs > atUs {
			break
		}
		w += j.ByMs
	}
	return clock.Wall(w)
}

// Mono is the monotonic clock at a true time, of an incarnation that started at
// startUs.
func (c *Clock) Mono(atUs, startUs int64) clock.Instant {
	return clock.Instant(scaled(atUs-startUs, million+c.DriftPpm))
}

// WhenMono is the first true time at which the monotonic clock of an incarnation
// that started at startUs shows at least i; ok is false for an instant that no
// run reaches.
func (c *Clock) WhenMono(i clock.Instant, startUs int64) (atUs int64, ok bool) {
	if i > farFuture {
		return 0, false
	}
	if i <= 0 {
		return startUs, true
	}
	rate := uint64(million + c.DriftPpm)
	if rate == million {
		return startUs + int64(i), true
	}
	// The least t with floor(t·rate/million) ≥ i is ceil(i·million/rate).
	hi, lo := bits.Mul64(uint64(i), million)
	lo, carry := bits.Add64(lo, rate-1, 0)
	t, _ := bits.Div64(hi+carry, lo, rate)
	return startUs + int64(t), true
}

// farFuture is a thousand years: far beyond every run, far from overflow.
const farFuture clock.Instant = 1000 * 366 * 24 * 3600 * million

// scaled is floor(us·rate/million) for us ≥ 0.
func scaled(us, rate int64) int64 {
	if rate == million {
		return us
	}
	hi, lo := bits.Mul64(uint64(us), uint64(rate))
	q, _ := bits.Div64(hi, lo, million)
	return int64(q)
}
