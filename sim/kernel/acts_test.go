package kernel

import (
	"slices"
	"testing"
)

// TestActsAreIndependent: whichever acts are left out, the dice of the others and of the
// end fall as they did.
func TestActsAreIndependent(t *testing.T) {
	const count = 9
	play := func(only []int) (drawn map[int]int, end int, played []int) {
		var a Acts
		var d Dice
		drawn = map[int]int{}
		for a.Begin(7, count, only); a.Next(&d); {
			drawn[a.Begun()] = d.N(1_000_000)
		}
		return drawn, d.N(1_000_000), a.Played()
	}
	all, end, played := play(nil)
	if len(all) != count || !slices.Equal(played, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Fatalf("%v %v", all, played)
	}
	seen := map[int]bool{end: true}
	for _, v := range all {
		seen[v] = true
	}
	if len(seen) != count+1 {
		t.Errorf("acts share their dice: %v, %d", all, end)
	}
	for _, only := range [][]int{{0}, {8}, {1, 4, 5}, {2, 40, 50}} {
		drawn, atEnd, played := play(only)
		if want := slices.DeleteFunc(slices.Clone(only), func(n int) bool { return n >= count }); !slices.Equal(played, want) {
			t.Errorf("only %v: %v was played", only, played)
		}
		for n, v := range drawn {
			if all[n] != v {
				t.Errorf("only %v: act %d draws %d, and %d among all", only, n, v, all[n])
			}
		}
		if atEnd != end {
			t.Errorf("only %v: the end draws %d instead of %d", only, atEnd, end)
		}
	}
}
