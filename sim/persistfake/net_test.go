package persistfake

import (
	"slices"
	"strings"
	"testing"

	"example.com/tidemark/core/relation"
)

// What a net holds is what sorting everything and adding neighbours gives.
func TestNetIsTheSumByRow(t *testing.T) {
	var n net
	random := uint64(1)
	draw := func(bound int) int {
		random = random*6364136223846793005 + 1442695040888963407
		return int(random>>33) % bound
	}
	for range 200 {
		n.reset()
		want := map[relation.Row]int64{}
		for range draw(600) {
			row := relation.Row(strings.Repeat("x", draw(20)) + string(rune('a'+draw(20))))
			diff := int64(draw(3) - 1)
			n.add(row, diff)
			want[row] += diff
		}
		got := n.sorted()
		if !slices.IsSortedFunc(got, func(a, b netRow) int { return strings.Compare(string(a.row), string(b.row)) }) {
			t.Fatalf("not in row order: %v", got)
		}
		for _, g := range got {
			if g.diff == 0 || want[g.row] != g.diff {
				t.Fatalf("%q: %d, not %d", g.row, g.diff, want[g.row])
			}
			delete(want, g.row)
		}
		for row, diff := range want {
			if diff != 0 {
				t.Fatalf("%q is missing, with %d", row, diff)
			}
		}
	}
}
