package flat

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestArenaListsNeverOverlap: every list, carved, copied or appended to, from the
// arena or from a fork of it, keeps what was written into it.
func TestArenaListsNeverOverlap(t *testing.T) {
	type written struct {
		list []int
		tag  int
	}
	rapid.Check(t, func(t *rapid.T) {
		arenas := make([]Arena[int], 1, 8)
		var all []written
		size := rapid.OneOf(rapid.IntRange(0, 5), rapid.SampledFrom([]int{127, 128, 129, 511, 512, 513}))
		for tag := 1; tag <= rapid.IntRange(1, 60).Draw(t, "lists"); tag++ {
			a := &arenas[rapid.IntRange(0, len(arenas)-1).Draw(t, "arena")]
			n := size.Draw(t, "size")
			var list []int
			switch rapid.SampledFrom([]string{"carve", "carve", "copy", "append", "fork"}).Draw(t, "how") {
			case "fork":
				if len(arenas) < cap(arenas) {
					arenas = append(arenas, *a)
					arenas[len(arenas)-1].Fork()
				}
				continue
			case "carve":
				list = a.Carve(n)
				if len(list) != n || cap(list) != n && n > 0 {
					t.Fatalf("carved %d elements with room for %d, want %d", len(list), cap(list), n)
				}
				for _, v := range list {
					if v != 0 {
						t.Fatal("a carved list is not zeroed")
					}
				}
			case "copy":
				src := slices.Repeat([]int{tag}, n)
				list = a.Copy(src)
				if !slices.Equal(list, src) {
					t.Fatalf("copied %v, want %v", list, src)
				}
				clear(src)
				if n > 0 && list[0] != tag {
					t.Fatal("a copy shares memory with its source")
				}
			case "append":
				list = append(a.Carve(n), 0, 0)
			}
			for i := range list {
				list[i] = tag
			}
			all = append(all, written{list, tag})
		}
		for _, w := range all {
			for i, v := range w.list {
				if v != w.tag {
					t.Fatalf("element %d of list %d was overwritten by list %d", i, w.tag, v)
				}
			}
		}
	})
}

// TestArenaSavesAllocations is what an arena is for.
func TestArenaSavesAllocations(t *testing.T) {
	var a Arena[uint64]
	if n := testing.AllocsPerRun(arenaChunk, func() { a.Carve(2) }); n > 0 {
		t.Errorf("%v allocations per small list", n)
	}
}
