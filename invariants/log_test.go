package invariants

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// listed is everything in a log.
func (l *log[T]) listed() (all []T) {
	for i := range l.pages {
		all = append(all, l.span(i)...)
	}
	return all
}

// Logs that are copied back and forth, against plain slices.
func TestLogsShareNothingThatShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var logs [3]log[int]
		var pools [3]pagePool[int]
		var model [3][]int
		for step, n := 0, rapid.IntRange(1, 400).Draw(t, "n"); step < n; step++ {
			i := rapid.IntRange(0, 2).Draw(t, "log")
			l := &logs[i]
			switch rapid.IntRange(0, 9).Draw(t, "op") {
			case 0:
				if k := rapid.IntRange(0, 2).Draw(t, "from"); k != i {
					pools[i].lent, pools[k].lent = true, true
					l.copyFrom(&logs[k])
					model[i] = slices.Clone(model[k])
				}
			case 1:
				if len(l.pages) > 0 {
					k := rapid.IntRange(1, len(l.span(0))).Draw(t, "drop")
					l.drop(&pools[i], k)
					model[i] = model[i][k:]
				}
			case 2:
				if rapid.IntRange(0, 5).Draw(t, "reset") == 0 {
					l.reset(&pools[i])
					pools[i].lent = false
					model[i] = nil
				}
			default:
				for range rapid.IntRange(1, 20).Draw(t, "push") {
					l.push(&pools[i], step)
					model[i] = append(model[i], step)
				}
			}
			for k := range logs {
				if !slices.Equal(logs[k].listed(), model[k]) {
					t.Fatalf("log %d is %v, not %v", k, logs[k].listed(), model[k])
				}
				if last := logs[k].last(); (last == nil) != (len(model[k]) == 0) || last != nil && *last != model[k][len(model[k])-1] {
					t.Fatalf("log %d ends wrongly", k)
				}
			}
		}
	})
}

// Sets that are copied back and forth, against maps.
func TestSetsShareNothingThatShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sets [2]set
		model := [2]map[uint64]bool{{}, {}}
		next := uint64(1)
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			i := rapid.IntRange(0, 1).Draw(t, "set")
			if rapid.IntRange(0, 5).Draw(t, "op") == 0 {
				sets[i].copyFrom(&sets[1-i])
				model[i] = map[uint64]bool{}
				for v := range model[1-i] {
					model[i][v] = true
				}
			}
			for range rapid.IntRange(1, 90).Draw(t, "add") {
				sets[i].add(next, next>>3)
				model[i][next] = true
				next++
			}
			for v := uint64(1); v < next; v++ {
				for k := range sets {
					if sets[k].has(v, v>>3) != model[k][v] {
						t.Fatalf("set %d has %d: %v", k, v, !model[k][v])
					}
				}
			}
		}
	})
}
