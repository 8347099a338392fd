package persist

import (
	"strconv"
	"strings"
	"testing"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
)

// Who merges what it has just put reads no blob, nor does a merge of what was merged.
// Others read all of them, and find the same.
func TestMergeOfWhatWasJustPut(t *testing.T) {
	p := place{t.TempDir()}
	config := eachBlob()
	d, _ := p.open(t, config)
	compacted := func(d *Driver, n uint64) {
		for d.Compact(theShard); d.Stats().Merges < n; {
			if r := do(d, persist.Call{Op: persist.OpFetchUpper}); r.Outcome != outcome.Done {
				t.Fatal(r)
			}
		}
	}
	for n := range uint64(6) {
		if o := appendAt(d, n, payload(n)); o != outcome.Done {
			t.Fatal(o)
		}
		if n%3 == 2 {
			compacted(d, n/3+1)
		}
	}
	if read := d.Stats().Read; read != 0 {
		t.Errorf("merges read %d bytes of blobs", read)
	}
	other, _ := p.open(t, config)
	compacted(other, 1)
	if other.Stats().Read == 0 {
		t.Error("another driver has merged without reading anything")
	}
	holds(t, other, 6)
}

// However much is put, no more than a bound is remembered, and the newest of it.
func TestRecentIsBounded(t *testing.T) {
	var r recent
	large := []relation.Update{{Data: relation.Row(strings.Repeat("x", recentBytes/10))}}
	for i := range 2 * recentCount {
		r.keep("small "+strconv.Itoa(i), []relation.Update{{Data: "x"}})
	}
	if n := len(r.batches); n != recentCount {
		t.Errorf("%d batches are remembered, and %d may be", n, recentCount)
	}
	for i := range 20 {
		r.keep("large "+strconv.Itoa(i), large)
	}
	if r.size > recentBytes {
		t.Errorf("%d bytes are remembered, and %d may be", r.size, recentBytes)
	}
	r.keep("too large", []relation.Update{{Data: relation.Row(strings.Repeat("x", recentBytes/8))}})
	for key, want := range map[string]bool{"small 0": false, "large 0": false, "large 19": true, "too large": false} {
		if _, ok := r.take(key); ok != want {
			t.Errorf("%s: %v, want %v", key, ok, want)
		}
		if _, again := r.take(key); again {
			t.Errorf("%s was taken twice", key)
		}
	}
}
