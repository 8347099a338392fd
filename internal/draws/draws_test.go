package draws_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"example.com/tidemark/internal/draws"
)

// TestUntil: rounds go on until everything was met, and no longer.
func TestUntil(t *testing.T) {
	asked, met := 0, map[string]int{}
	draws.Until(t, func() []string {
		if asked++; asked == 3 {
			met["rare"]++
		}
		return draws.Unmet(met, "common", "rare")
	}, func(*rapid.T) { met["common"]++ })
	if asked != 3 || met["common"] < 3 {
		t.Errorf("asked %d times, %d cases", asked, met["common"])
	}
}

// told is a test that is told of errors and goes on.
type told struct {
	*testing.T
	errors int
}

func (t *told) Errorf(string, ...any) { t.errors++ }

// TestUntilGivesUp: what is not met after all rounds fails the test, once.
func TestUntilGivesUp(t *testing.T) {
	over, rounds := &told{T: t}, 0
	draws.Until(over, func() []string { return []string{"impossible"} }, func(t *rapid.T) {
		if rapid.Bool().Draw(t, "drawn") {
			rounds++
		}
	})
	if over.errors != 1 || rounds < draws.Rounds {
		t.Errorf("%d errors after %d cases", over.errors, rounds)
	}
}

// TestUnmet are the names without a count.
func TestUnmet(t *testing.T) {
	counts := map[string]int{"a": 1, "b": 0}
	if got := draws.Unmet(counts, "a", "b", "c"); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("unmet: %q", got)
	}
}
