package flat

import (
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// colliding are keys whose homes are the last two slots and the first one of every
// index of up to 1,024 slots: they collide, and their runs wrap around the end.
func colliding(n int) []uint64 {
	probe := Index{slots: make([]indexSlot, 1024)}
	var keys []uint64
	for key := uint64(1); len(keys) < n; key++ {
		if home := probe.home(key); home >= 1022 || home == 0 {
			keys = append(keys, key)
		}
	}
	return keys
}

// TestIndexAgainstMap: two indices, one of which is made a copy of the other now
// and then, behave like two maps, whatever collides and whatever is deleted.
func TestIndexAgainstMap(t *testing.T) {
	pool := append(colliding(24), 1, 2, 3, 1<<63, 1<<64-1)
	rapid.Check(t, func(t *rapid.T) {
		var indices [2]Index
		models := [2]map[uint64]uint32{{}, {}}
		which := func(t *rapid.T) int { return rapid.IntRange(0, 1).Draw(t, "index") }
		key := rapid.SampledFrom(pool)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				i, k, v := which(t), key.Draw(t, "key"), rapid.Uint32().Draw(t, "value")
				indices[i].Put(k, v)
				models[i][k] = v
			},
			"put again": func(t *rapid.T) {
				i, k, v := which(t), key.Draw(t, "key"), rapid.Uint32().Draw(t, "value")
				indices[i].Put(k, v)
				models[i][k] = v
			},
			"delete": func(t *rapid.T) {
				i, k := which(t), key.Draw(t, "key")
				indices[i].Delete(k)
				delete(models[i], k)
			},
			"delete nothing": func(t *rapid.T) { indices[which(t)].Delete(0) },
			"reset": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") > 0 {
					t.Skip()
				}
				i := which(t)
				indices[i].Reset()
				clear(models[i])
			},
			"copy": func(t *rapid.T) {
				to := which(t)
				indices[to].CopyFrom(&indices[1-to])
				models[to] = maps.Clone(models[1-to])
			},
			"": func(t *rapid.T) {
				for i := range indices {
					x := &indices[i]
					if x.Len() != len(models[i]) || 2*x.Len() > len(x.slots) {
						t.Fatalf("index %d has %d keys in %d slots, want %d keys", i, x.Len(), len(x.slots), len(models[i]))
					}
					for _, k := range pool {
						want, wantOK := models[i][k]
						if got, ok := x.Get(k); ok != wantOK || got != want {
							t.Fatalf("index %d has %d, %v under %d, want %d, %v", i, got, ok, k, want, wantOK)
						}
					}
				}
			},
		})
	})
}

func TestIndexOfNothing(t *testing.T) {
	var x Index
	if _, ok := x.Get(0); ok {
		t.Error("an empty index has key 0")
	}
	if _, ok := x.Get(7); ok {
		t.Error("an empty index has key 7")
	}
	x.Delete(7)
	x.Put(7, 1)
	if _, ok := x.Get(0); ok {
		t.Error("key 0 is found in an empty slot")
	}
}

func TestIndexGrows(t *testing.T) {
	var x Index
	for k := uint64(1); k <= 10_000; k++ {
		x.Put(k, uint32(k))
	}
	for k := uint64(1); k <= 10_000; k += 2 {
		x.Delete(k)
	}
	for k := uint64(1); k <= 10_000; k++ {
		if v, ok := x.Get(k); ok != (k%2 == 0) || ok && v != uint32(k) {
			t.Fatalf("%d: %d, %v", k, v, ok)
		}
	}
}
