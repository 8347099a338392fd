package plan_test

import (
	"testing"

	"example.com/tidemark/sim/plan"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestDrawsAreFrozen pins the keyed generator: a change would move every seed.
func TestDrawsAreFrozen(t *testing.T) {
	d := plan.NewSeedDraws(42).(plan.Scoped)
	var got []int
	for range 3 {
		got = append(got, d.N("kind", 1000))
	}
	d.Enter("op", 3)
	got = append(got, d.N("kind", 1000), d.N("at", 1<<30))
	d.Leave()
	got = append(got, d.N("kind", 1000))
	if diff := cmp.Diff([]int{499, 87, 576, 598, 567465439, 585}, got); diff != "" {
		t.Error(diff)
	}
}

// TestDrawsAreIndependent wants a draw to depend on its seed, path and number
// only: not on what else is drawn, in other scopes or under other labels.
func TestDrawsAreIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		quiet, busy := plan.NewSeedDraws(seed).(plan.Scoped), plan.NewSeedDraws(seed).(plan.Scoped)
		noise := func() {
			for range rapid.IntRange(0, 3).Draw(t, "noise") {
				busy.Enter("noise", rapid.IntRange(0, 3).Draw(t, "nth"))
				busy.N("x", 10)
				busy.Leave()
				busy.N("y", 10)
			}
		}
		for i := range 5 {
			noise()
			quiet.Enter("element", i)
			busy.Enter("element", i)
			noise()
			for range 3 {
				n := rapid.IntRange(1, 1<<20).Draw(t, "n")
				a := quiet.N("x", n)
				noise()
				if b := busy.N("x", n); a != b || a < 0 || a >= n {
					t.Fatalf("%d and %d of %d", a, b, n)
				}
			}
			quiet.Leave()
			busy.Leave()
		}
	})
}

func TestDrawsCoverTheirRange(t *testing.T) {
	d := plan.NewSeedDraws(1)
	var seen [7]int
	for range 7000 {
		seen[d.N("die", 7)]++
	}
	for i, n := range seen {
		if n < 850 || n > 1150 {
			t.Errorf("%d came %d times of 7000", i, n)
		}
	}
}
