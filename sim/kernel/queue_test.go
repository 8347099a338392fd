package kernel

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestQueueAgainstSortedList compares the heap with the dumbest queue there is,
// under random pushes, pops and takes.
func TestQueueAgainstSortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q, clone Queue
		var model []Event
		var seq uint64
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1, 2:
				e := Event{AtUs: rapid.Int64Range(0, 20).Draw(t, "at"), Slot: int32(seq)}
				q.Push(e)
				e.Seq = seq
				seq++
				i, _ := slices.BinarySearchFunc(model, e, func(a, b Event) int {
					if a.before(&b) {
						return -1
					}
					return 1
				})
				model = slices.Insert(model, i, e)
			case 3:
				e, ok := q.Pop()
				if ok != (len(model) > 0) || ok && e != model[0] {
					t.Fatalf("popped %v, %v of %v", e, ok, model)
				}
				if ok {
					model = model[1:]
				}
			case 4:
				enabled := 0
				for i := range model {
					if model[i].AtUs == model[0].AtUs {
						enabled++
					}
				}
				if q.Enabled() != enabled {
					t.Fatalf("enabled %d, want %d", q.Enabled(), enabled)
				}
				if enabled == 0 {
					continue
				}
				i := rapid.IntRange(0, enabled-1).Draw(t, "i")
				e, ok := q.Take(i)
				if !ok || e != model[i] {
					t.Fatalf("took %v, want %v", e, model[i])
				}
				model = slices.Delete(slices.Clone(model), i, i+1)
			}
		}
		clone.CopyFrom(&q)
		for _, want := range model {
			a, _ := q.Pop()
			b, _ := clone.Pop()
			if a != want || b != want {
				t.Fatalf("popped %v and from the clone %v, want %v", a, b, want)
			}
		}
		if q.Len() != 0 || clone.Len() != 0 {
			t.Fatal("events left over")
		}
	})
}

func TestTakeBeyondEnabled(t *testing.T) {
	var q Queue
	q.Push(Event{AtUs: 1})
	q.Push(Event{AtUs: 2})
	if _, ok := q.Take(1); ok {
		t.Fatal("took an event of a later instant")
	}
}
