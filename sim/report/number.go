package report

import (
	"fmt"
	"strconv"
	"time"
)

// Number prints n with commas between the thousands.
func Number(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Instant prints a simulated instant, given in microseconds, as seconds.
func Instant(us int64) string {
	return fmt.Sprintf("%d.%06d s", us/1e6, us%1e6)
}

// Span prints a span of simulated time, given in milliseconds, to three figures or so.
func Span(ms int64) string {
	switch {
	case ms < 60_000:
		return fmt.Sprintf("%d.%d s", ms/1000, ms%1000/100)
	case ms < 2*3_600_000:
		return fmt.Sprintf("%d min %d s", ms/60_000, ms%60_000/1000)
	case ms < 2*86_400_000:
		return fmt.Sprintf("%d h %d min", ms/3_600_000, ms%3_600_000/60_000)
	}
	return fmt.Sprintf("%d d %d h", ms/86_400_000, ms%86_400_000/3_600_000)
}

// Wall prints a span of real time.
func Wall(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d.%02d s", d.Milliseconds()/1000, d.Milliseconds()%1000/10)
	}
	return d.Round(time.Second).String()
}

// per is n per second of wall time.
func per(n uint64, wall time.Duration) uint64 {
	if wall <= 0 {
		return 0
	}
	return uint64(float64(n) / wall.Seconds())
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(uint64(n)) + " " + many
}
