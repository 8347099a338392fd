package flat

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestFifoAgainstSlice: two queues, one of which is made a copy of the other now
// and then, behave like two slices.
func TestFifoAgainstSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var queues [2]Fifo[int]
		var models [2][]int
		pushed := 0
		which := func(t *rapid.T) int { return rapid.IntRange(0, 1).Draw(t, "queue") }
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				i := which(t)
				for range rapid.SampledFrom([]int{1, 2, 40}).Draw(t, "values") {
					pushed++
					queues[i].Push(pushed)
					models[i] = append(models[i], pushed)
				}
			},
			"pop": func(t *rapid.T) {
				i := which(t)
				n := min(len(models[i]), rapid.SampledFrom([]int{1, 2, 40}).Draw(t, "values"))
				for range n {
					if got := queues[i].Pop(); got != models[i][0] {
						t.Fatalf("popped %d, want %d", got, models[i][0])
					}
					models[i] = models[i][1:]
				}
			},
			"remove": func(t *rapid.T) {
				i := which(t)
				if len(models[i]) == 0 {
					t.Skip("empty")
				}
				k := rapid.IntRange(0, len(models[i])-1).Draw(t, "position")
				queues[i].RemoveAt(k)
				models[i] = slices.Delete(slices.Clone(models[i]), k, k+1)
			},
			"reset": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") > 0 {
					t.Skip()
				}
				i := which(t)
				queues[i].Reset()
				models[i] = nil
			},
			"copy": func(t *rapid.T) {
				to := which(t)
				queues[to].CopyFrom(&queues[1-to])
				models[to] = slices.Clone(models[1-to])
			},
			"": func(t *rapid.T) {
				for i := range queues {
					if queues[i].Len() != len(models[i]) {
						t.Fatalf("queue %d has %d values, want %d", i, queues[i].Len(), len(models[i]))
					}
					for k, want := range models[i] {
						if got := queues[i].At(k); got != want {
							t.Fatalf("queue %d has %d at %d, want %d", i, got, k, want)
						}
					}
				}
			},
		})
	})
}

// TestFifoMemoryIsBounded: a queue that never runs empty does not grow for ever.
func TestFifoMemoryIsBounded(t *testing.T) {
	var q Fifo[int]
	for i := range 10 {
		q.Push(i)
	}
	for i := range 100_000 {
		q.Push(i)
		q.Pop()
	}
	if n := cap(q.items); n > 1024 {
		t.Errorf("ten waiting values take room for %d", n)
	}
}
