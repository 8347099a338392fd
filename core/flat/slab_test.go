package flat

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSlabAgainstMap: two slabs, one of which is made a copy of the other now and
// then, behave like two maps from position to value.
func TestSlabAgainstMap(t *testing.T) {
	type item struct{ a, b uint64 }
	rapid.Check(t, func(t *rapid.T) {
		var slabs [2]Slab[item]
		models := [2]map[uint32]item{{}, {}}
		which := func(t *rapid.T) int { return rapid.IntRange(0, 1).Draw(t, "slab") }
		pick := func(t *rapid.T, i int) uint32 {
			if len(models[i]) == 0 {
				t.Skip("nothing in use")
			}
			return rapid.SampledFrom(slices.Sorted(maps.Keys(models[i]))).Draw(t, "position")
		}
		t.Repeat(map[string]func(*rapid.T){
			"new": func(t *rapid.T) {
				i := which(t)
				at := slabs[i].New()
				if _, used := models[i][at]; used || at == 0 {
					t.Fatalf("position %d was handed out", at)
				}
				if got := *slabs[i].At(at); got != (item{}) {
					t.Fatalf("a new item is %v", got)
				}
				v := item{rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")}
				*slabs[i].At(at), models[i][at] = v, v
			},
			"release": func(t *rapid.T) {
				i := which(t)
				at := pick(t, i)
				slabs[i].Release(at)
				delete(models[i], at)
			},
			"write": func(t *rapid.T) {
				i := which(t)
				at := pick(t, i)
				v := item{a: rapid.Uint64().Draw(t, "a")}
				*slabs[i].At(at), models[i][at] = v, v
			},
			"reset": func(t *rapid.T) {
				i := which(t)
				slabs[i].Reset()
				clear(models[i])
			},
			"copy": func(t *rapid.T) {
				to := which(t)
				slabs[to].CopyFrom(&slabs[1-to])
				models[to] = maps.Clone(models[1-to])
			},
			"": func(t *rapid.T) {
				for i := range slabs {
					if slabs[i].Len() != len(models[i]) {
						t.Fatalf("slab %d has %d items, want %d", i, slabs[i].Len(), len(models[i]))
					}
					for at, v := range models[i] {
						if got := *slabs[i].At(at); got != v {
							t.Fatalf("slab %d holds %v at %d, want %v", i, got, at, v)
						}
					}
				}
			},
		})
	})
}

// TestSlabForgets: neither a release nor a reset nor a shorter copy leaves anything
// of an item behind that could keep other memory alive.
func TestSlabForgets(t *testing.T) {
	var s, small Slab[*int]
	small.New()
	for range 4 {
		*s.At(s.New()) = new(int)
	}
	s.Release(3)
	if s.items[3] != nil {
		t.Error("a released item keeps its pointer")
	}
	s.CopyFrom(&small)
	for i, p := range s.items[:cap(s.items)] {
		if p != nil {
			t.Errorf("after a shorter copy, item %d keeps its pointer", i)
		}
	}
	*s.At(1) = new(int)
	s.Reset()
	if s.items[:2][1] != nil {
		t.Error("after a reset an item keeps its pointer")
	}
}
