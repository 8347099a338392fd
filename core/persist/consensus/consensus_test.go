package consensus_test

import (
	"strings"
	"testing"

	"example.com/tidemark/core/persist/consensus"
)

func TestValidCall(t *testing.T) {
	const top = consensus.MaxSeqno
	for _, c := range []struct {
		call consensus.Call
		want bool
	}{
		{consensus.Call{Op: consensus.OpHead, Key: "s1"}, true},
		{consensus.Call{Op: consensus.OpHead}, false},
		{consensus.Call{Op: consensus.OpHead, Key: strings.Repeat("~", consensus.MaxKey)}, true},
		{consensus.Call{Op: consensus.OpHead, Key: strings.Repeat("a", consensus.MaxKey+1)}, false},
		{consensus.Call{Op: consensus.OpHead, Key: "a b"}, false},
		{consensus.Call{Op: consensus.OpHead, Key: "a\x00"}, false},
		{consensus.Call{Op: consensus.OpHead, Key: "é"}, false},
		{consensus.Call{Op: consensus.OpCompareAndSet, Key: "a", New: 1}, true},
		{consensus.Call{Op: consensus.OpCompareAndSet, Key: "a", Expected: 1, New: 1}, false},
		{consensus.Call{Op: consensus.OpCompareAndSet, Key: "a", Expected: 2, New: 1}, false},
		{consensus.Call{Op: consensus.OpCompareAndSet, Key: "a", New: top}, true},
		{consensus.Call{Op: consensus.OpCompareAndSet, Key: "a", New: top + 1}, false},
		{consensus.Call{Op: consensus.OpCompareAndSet, New: 1}, false},
		{consensus.Call{Op: consensus.OpScan, Key: "a", From: top}, true},
		{consensus.Call{Op: consensus.OpScan, Key: "a", From: top + 1}, false},
		{consensus.Call{Op: consensus.OpTruncate, Key: "a", Before: top + 1}, false},
		{consensus.Call{Op: consensus.OpTruncate}, false},
		{consensus.Call{Op: consensus.OpKeys}, true},
		{consensus.Call{Op: consensus.OpKeys, Key: "\n"}, false},
		{consensus.Call{Key: "a"}, false},
		{consensus.Call{Op: consensus.OpCount, Key: "a"}, false},
	} {
		if got := c.call.Valid(); got != c.want {
			t.Errorf("%v %+v: valid %v, want %v", c.call.Op, c.call, got, c.want)
		}
	}
}
