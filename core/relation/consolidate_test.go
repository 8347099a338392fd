package relation

import (
	"math"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/tidemark/core/frontier"
)

// drawUpdates draws a few rows at a few times, so that most of them meet.
func drawUpdates(t *rapid.T) []Update {
	diff := rapid.OneOf(rapid.Int64Range(-2, 2), rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64}))
	updates := make([]Update, rapid.IntRange(0, 30).Draw(t, "updates"))
	for i := range updates {
		updates[i] = Update{
			Data: Pack(Value{Type: Text, Text: rapid.SampledFrom([]string{"", "a", "ab", "b"}).Draw(t, "row")}),
			Time: frontier.Timestamp(rapid.Uint64Range(0, 3).Draw(t, "time")),
			Diff: diff.Draw(t, "diff"),
		}
	}
	return updates
}

type at struct {
	row  Row
	time frontier.Timestamp
}

func TestConsolidateAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		updates := drawUpdates(t)
		nets := map[at]int64{}
		for _, u := range updates {
			nets[at{u.Data, u.Time}] += u.Diff
		}
		got := Consolidate(updates)
		for i, u := range got {
			if u.Diff == 0 || nets[at{u.Data, u.Time}] != u.Diff {
				t.Fatalf("%v nets to %d", u, nets[at{u.Data, u.Time}])
			}
			delete(nets, at{u.Data, u.Time})
			if i > 0 && (u.Data < got[i-1].Data || u.Data == got[i-1].Data && u.Time <= got[i-1].Time) {
				t.Fatalf("out of order: %v", got)
			}
		}
		for k, net := range nets {
			if net != 0 {
				t.Fatalf("lost %d of %v", net, k)
			}
		}
		for _, u := range updates[len(got):] {
			if u != (Update{}) {
				t.Fatal("the rest of the list keeps rows alive")
			}
		}
	})
}

// However a list is shuffled, cut and consolidated in parts, the result is the
// same: compaction may merge in any order.
func TestConsolidateIgnoresOrderAndGrouping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		updates := drawUpdates(t)
		want := Consolidate(slices.Clone(updates))
		shuffled := rapid.Permutation(updates).Draw(t, "shuffled")
		cut := rapid.IntRange(0, len(shuffled)).Draw(t, "cut")
		parts := append(Consolidate(slices.Clone(shuffled[cut:])), Consolidate(slices.Clone(shuffled[:cut]))...)
		if got := Consolidate(parts); !slices.Equal(want, got) {
			t.Fatal(gocmp.Diff(want, got))
		}
		if !IsConsolidated(want) || !slices.Equal(want, Consolidate(slices.Clone(want))) {
			t.Fatalf("not a fixed point: %v", want)
		}
	})
}

func TestIsConsolidated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		updates := drawUpdates(t)
		if len(updates) > 3 {
			updates = updates[:3]
		}
		want := slices.Equal(updates, Consolidate(slices.Clone(updates)))
		if got := IsConsolidated(updates); got != want {
			t.Fatalf("IsConsolidated(%v) = %v", updates, got)
		}
	})
}

func TestAppendRowCountsAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		updates := drawUpdates(t)
		asOf := frontier.Timestamp(rapid.Uint64Range(0, 4).Draw(t, "as of"))
		before := slices.Clone(updates)
		nets := map[Row]int64{}
		for _, u := range updates {
			if u.Time <= asOf {
				nets[u.Data] += u.Diff
			}
		}
		var want []RowCount
		for row, net := range nets {
			if net != 0 {
				want = append(want, RowCount{row, net})
			}
		}
		slices.SortFunc(want, func(a, b RowCount) int { return compareRows(a.Data, b.Data) })

		kept := RowCount{"kept", 0}
		got := AppendRowCounts([]RowCount{kept}, updates, asOf)
		if got[0] != kept || !slices.Equal(got[1:], want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if !slices.Equal(before, updates) {
			t.Fatal("the updates were changed")
		}
	})
}

// A net that fits an int64 is exact even if sums on the way to it do not fit.
func TestNetsAreExactBeyondTheirRange(t *testing.T) {
	updates := []Update{{"r", 1, math.MaxInt64}, {"r", 1, math.MaxInt64}, {"r", 1, -math.MaxInt64}, {"r", 1, -5}}
	got := Consolidate(updates)
	if len(got) != 1 || got[0].Diff != math.MaxInt64-5 {
		t.Fatalf("got %v", got)
	}
}

func TestConsolidateAllocatesNothing(t *testing.T) {
	updates := []Update{{"b", 2, 1}, {"a", 1, 1}, {"b", 2, -1}, {"a", 0, 3}}
	work := make([]Update, len(updates))
	if n := testing.AllocsPerRun(100, func() { copy(work, updates); Consolidate(work) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
