package clock

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// Add is exact where it fits, never wraps forwards, and Never is its ceiling.
func TestAdd(t *testing.T) {
	instant := rapid.OneOf(rapid.Int64Min(0), rapid.SampledFrom([]int64{0, 1, int64(Never) - 1, int64(Never)}))
	span := rapid.OneOf(rapid.Int64Min(0), rapid.SampledFrom([]int64{0, 1, int64(Hour), 1<<63 - 1}))
	rapid.Check(t, func(t *rapid.T) {
		i, d := Instant(instant.Draw(t, "instant")), Duration(span.Draw(t, "span"))
		want := new(big.Int).Add(big.NewInt(int64(i)), big.NewInt(int64(d)))
		if never := big.NewInt(int64(Never)); want.Cmp(never) > 0 {
			want = never
		}
		if got := i.Add(d); int64(got) != want.Int64() {
			t.Fatalf("%d + %d = %d, want %v", i, d, got, want)
		}
		if got := i.Add(-d); got > i || int64(got) != int64(i)-int64(d) {
			t.Fatalf("%d − %d = %d", i, d, got)
		}
	})
}

func TestUnits(t *testing.T) {
	for d, want := range map[Duration]int64{0: 0, 999: 0, 1000: 1, Second: 1000, Minute: 60_000, Hour: 3_600_000} {
		if got := d.Milliseconds(); got != want {
			t.Errorf("%d µs = %d ms, want %d", d, got, want)
		}
	}
}
