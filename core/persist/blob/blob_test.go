package blob_test

import (
	"strings"
	"testing"

	"example.com/tidemark/core/persist/blob"
)

func TestValidKey(t *testing.T) {
	long := strings.Repeat("a", blob.MaxSegment)
	for key, want := range map[string]bool{
		"a": true, "a/b.parquet": true, "a-b_c.0/1": true, long + "/" + long: true, "a.": true,
		"": false, "/a": false, "a/": false, "a//b": false, ".a": false, "a/.b": false, "a/..": false,
		"A": false, "a b": false, "a\x00": false, "é": false, long + "a": false, "b/" + long + "a": false,
		strings.Repeat("a/", blob.MaxKey/2): false, strings.Repeat("a/", blob.MaxKey/2-1) + "ab": true,
		strings.Repeat("a/", blob.MaxKey/2) + "a": false,
	} {
		if got := blob.ValidKey(key); got != want {
			t.Errorf("%q: valid %v, want %v", key, got, want)
		}
	}
}

func TestValidCall(t *testing.T) {
	for _, c := range []struct {
		call blob.Call
		want bool
	}{
		{blob.Call{Op: blob.OpGet, Key: "a"}, true},
		{blob.Call{Op: blob.OpGet}, false},
		{blob.Call{Op: blob.OpSet, Key: "a/"}, false},
		{blob.Call{Op: blob.OpDelete, Key: "a"}, true},
		{blob.Call{Op: blob.OpList}, true},
		{blob.Call{Op: blob.OpList, Key: "a/", After: "a/b"}, true},
		{blob.Call{Op: blob.OpList, Key: "A"}, false},
		{blob.Call{Op: blob.OpList, After: "\n"}, false},
		{blob.Call{Key: "a"}, false},
		{blob.Call{Op: blob.OpCount, Key: "a"}, false},
	} {
		if got := c.call.Valid(); got != c.want {
			t.Errorf("%v %+v: valid %v, want %v", c.call.Op, c.call, got, c.want)
		}
	}
}
