package flat

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// byRule is the order that the package promises, written down once more.
func byRule(a, b Timer) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
}

// drain takes everything out of a copy of a heap.
func drain(h *Heap) []Timer {
	var copied Heap
	copied.CopyFrom(h)
	var list []Timer
	for copied.Len() > 0 {
		t, handle := copied.Least()
		list = append(list, t)
		copied.Remove(handle)
	}
	return list
}

func drawTimer(t *rapid.T, ref uint32) Timer {
	return Timer{
		At:   int64(rapid.IntRange(-2, 6).Draw(t, "at")),
		Kind: uint8(rapid.IntRange(0, 2).Draw(t, "kind")),
		Key:  uint64(rapid.IntRange(0, 3).Draw(t, "key")),
		Ref:  ref,
	}
}

// TestHeapAgainstSortedList: two heaps, one of which is made a copy of the other
// now and then, fire like two sorted lists of timers.
func TestHeapAgainstSortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var heaps [2]Heap
		models := [2]map[uint32]Timer{{}, {}}
		ref := uint32(0)
		which := func(t *rapid.T) int { return rapid.IntRange(0, 1).Draw(t, "heap") }
		pick := func(t *rapid.T, i int) uint32 {
			if len(models[i]) == 0 {
				t.Skip("nothing is armed")
			}
			return rapid.SampledFrom(slices.Sorted(maps.Keys(models[i]))).Draw(t, "handle")
		}
		t.Repeat(map[string]func(*rapid.T){
			"arm": func(t *rapid.T) {
				i := which(t)
				ref++
				timer := drawTimer(t, ref)
				handle := heaps[i].Set(0, timer)
				if _, used := models[i][handle]; used || handle == 0 {
					t.Fatalf("handle %d was given out", handle)
				}
				models[i][handle] = timer
			},
			"move": func(t *rapid.T) {
				i := which(t)
				handle := pick(t, i)
				ref++
				timer := drawTimer(t, ref)
				if got := heaps[i].Set(handle, timer); got != handle {
					t.Fatalf("moving %d returned %d", handle, got)
				}
				models[i][handle] = timer
			},
			"remove": func(t *rapid.T) {
				i := which(t)
				handle := pick(t, i)
				heaps[i].Remove(handle)
				delete(models[i], handle)
			},
			"remove none": func(t *rapid.T) { heaps[which(t)].Remove(0) },
			"fire": func(t *rapid.T) {
				i := which(t)
				if heaps[i].Len() == 0 {
					t.Skip("nothing is armed")
				}
				_, handle := heaps[i].Least()
				heaps[i].Remove(handle)
				delete(models[i], handle)
			},
			"reset": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") > 0 {
					t.Skip()
				}
				i := which(t)
				heaps[i].Reset()
				clear(models[i])
			},
			"copy": func(t *rapid.T) {
				to := which(t)
				heaps[to].CopyFrom(&heaps[1-to])
				models[to] = maps.Clone(models[1-to])
			},
			"": func(t *rapid.T) {
				for i := range heaps {
					checkHeap(t, &heaps[i], models[i])
				}
			},
		})
	})
}

func checkHeap(t *rapid.T, h *Heap, model map[uint32]Timer) {
	if h.Len() != len(model) {
		t.Fatalf("%d timers, want %d", h.Len(), len(model))
	}
	for handle, timer := range model {
		if h.At(handle) != timer.At {
			t.Fatalf("handle %d fires at %d, want %d", handle, h.At(handle), timer.At)
		}
	}
	if h.Len() > 0 {
		if timer, handle := h.Least(); model[handle] != timer {
			t.Fatalf("handle %d fires %v, want %v", handle, timer, model[handle])
		}
	}
	want := slices.SortedFunc(maps.Values(model), byRule)
	got := drain(h)
	if len(got) != len(want) {
		t.Fatalf("%d timers fire, want %d", len(got), len(want))
	}
	for i := range want {
		if byRule(got[i], want[i]) != 0 {
			t.Fatalf("timer %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// TestHeapOrderIsNotLayout: the same timers, armed in another order and after
// others came and went, fire in the same order, to the last field.
func TestHeapOrderIsNotLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := map[Timer]bool{}
		for range rapid.IntRange(0, 30).Draw(t, "timers") {
			all[drawTimer(t, 0)] = true
		}
		list := slices.SortedFunc(maps.Keys(all), byRule)
		var a, b Heap
		for _, timer := range list {
			a.Set(0, timer)
		}
		var passing []uint32
		for _, timer := range rapid.Permutation(list).Draw(t, "order") {
			passing = append(passing, b.Set(0, drawTimer(t, 0)))
			b.Set(b.Set(0, drawTimer(t, 0)), timer)
		}
		for _, handle := range passing {
			b.Remove(handle)
		}
		if got := drain(&b); !slices.Equal(got, list) || !slices.Equal(drain(&a), list) {
			t.Fatalf("fires %v, want %v", got, list)
		}
	})
}
