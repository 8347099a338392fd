//go:build linux

package torture

import (
	"strings"
	"testing"
)

// heard is a table with rows 1 (acknowledged, at 10), 2 (refused, at 11), 3 (unknown,
// at 12), read at 11 and at 12.
func heard() *table {
	t := newTable("u1")
	t.rows[1] = &row{time: 10, fate: acknowledged}
	t.rows[2] = &row{time: 11, fate: refused}
	t.rows[3] = &row{time: 12, fate: unknown}
	t.note(11, map[uint64]int64{1: 1})
	t.note(12, map[uint64]int64{1: 1, 3: 1})
	return t
}

// What is promised passes, and each way to break it is found.
func TestJudge(t *testing.T) {
	if wrong := heard().judge(map[uint64]int64{1: 1, 3: 1}); len(wrong) > 0 {
		t.Errorf("what is right: %v", wrong)
	}
	for name, c := range map[string]struct {
		final map[uint64]int64
		want  string
	}{
		"a lost row":       {map[uint64]int64{3: 1}, "lacks row 1"},
		"a row twice":      {map[uint64]int64{1: 2, 3: 1}, "row 1 2 times"},
		"a refused row":    {map[uint64]int64{1: 1, 2: 1, 3: 1}, "row 2, which was refused"},
		"a stranger":       {map[uint64]int64{1: 1, 3: 1, 9: 1}, "row 9, which nobody sent"},
		"a read that lied": {map[uint64]int64{1: 1}, "at 12 was read with 2 rows, and has 1"},
	} {
		if wrong := strings.Join(heard().judge(c.final), "\n"); !strings.Contains(wrong, c.want) {
			t.Errorf("%s: %q", name, wrong)
		}
	}
	if heard().note(12, map[uint64]int64{1: 2}) == nil {
		t.Error("a read with a row twice passes")
	}
}

func TestContiguous(t *testing.T) {
	for name, content := range map[string]map[uint64]int64{
		"a gap": {1: 1, 3: 1}, "twice": {1: 1, 2: 2}, "from 0 on": {0: 1, 1: 1},
	} {
		if contiguous("it", content) == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := contiguous("it", map[uint64]int64{1: 1, 2: 1}); err != nil {
		t.Error(err)
	}
	a, b := map[uint64]int64{1: 1}, map[uint64]int64{1: 1, 2: 1}
	if equal("it", a, b) == nil || equal("it", b, a) == nil || equal("it", b, b) != nil {
		t.Error("equal does not tell sinks apart")
	}
}
