package frontier

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawChanges(t *rapid.T) []Change {
	count := rapid.OneOf(rapid.Int64Range(-2, 2), rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64}))
	changes := make([]Change, rapid.IntRange(0, 20).Draw(t, "changes"))
	for i := range changes {
		changes[i] = Change{Timestamp(rapid.Uint64Range(0, 6).Draw(t, "time")), count.Draw(t, "count")}
	}
	return changes
}

// netted is the dumb batch: a map of what is not zero.
func netted(changes []Change) map[Timestamp]int64 {
	nets := map[Timestamp]int64{}
	for _, c := range changes {
		if nets[c.Time] += c.Count; nets[c.Time] == 0 {
			delete(nets, c.Time)
		}
	}
	return nets
}

func checkBatch(t *rapid.T, b Batch, want map[Timestamp]int64) {
	t.Helper()
	if !b.Valid() {
		t.Fatalf("%v is not in its one form", b)
	}
	if len(b) != len(want) {
		t.Fatalf("%v is not %v", b, want)
	}
	earliest := Empty()
	for time, n := range want {
		if b.Count(time) != n {
			t.Fatalf("%v counts %d at %d, want %d", b, b.Count(time), time, n)
		}
		earliest = earliest.Meet(At(time))
	}
	if b.Frontier() != earliest {
		t.Fatalf("frontier of %v is %v, want %v", b, b.Frontier(), earliest)
	}
	if b.Count(99) != 0 {
		t.Fatalf("%v counts what it does not hold", b)
	}
}

func TestNetAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := drawChanges(t)
		want := netted(changes)
		checkBatch(t, Net(changes), want)
	})
}

func TestAddAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := drawChanges(t)
		var b Batch
		for i, c := range changes {
			b.Add(c.Time, c.Count)
			checkBatch(t, b, netted(changes[:i+1]))
		}
	})
}

func TestAddBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := drawChanges(t), drawChanges(t)
		want := netted(append(slices.Clone(first), second...))
		b, c := Net(slices.Clone(first)), Net(slices.Clone(second))
		before := slices.Clone(c)
		var copied Batch
		copied.CopyFrom(b)
		b.AddBatch(c)
		checkBatch(t, b, want)
		if !c.Equal(before) {
			t.Fatal("the argument was changed")
		}
		// The copy did not follow; adding in the other order gives the same.
		checkBatch(t, copied, netted(first))
		c.AddBatch(copied)
		if !c.Equal(b) {
			t.Fatalf("%v added to %v, and the other way round, differ", first, second)
		}
		b.AddBatch(b)
		checkBatch(t, b, netted(slices.Concat(first, second, first, second)))
	})
}

func TestBatchValidAndText(t *testing.T) {
	for _, c := range []struct {
		batch Batch
		valid bool
		text  string
	}{
		{nil, true, "[]"},
		{Batch{{3, 1}, {7, -2}}, true, "[3:+1 7:-2]"},
		{Batch{{3, 1}, {3, 1}}, false, "[3:+1 3:+1]"},
		{Batch{{7, 1}, {3, 1}}, false, "[7:+1 3:+1]"},
		{Batch{{3, 0}}, false, "[3:0]"},
	} {
		if c.batch.Valid() != c.valid || c.batch.String() != c.text {
			t.Errorf("%s: valid %v, want %s, %v", c.batch, c.batch.Valid(), c.text, c.valid)
		}
	}
}

func TestBatchAllocatesNothingInSteadyState(t *testing.T) {
	b := make(Batch, 0, 8)
	b.Add(5, 1)
	if n := testing.AllocsPerRun(100, func() { b.Add(7, 1); b.Add(5, 1); b.Add(7, -1); b.Add(5, -1) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
