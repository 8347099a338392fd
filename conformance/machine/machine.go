// Package machine is the contract of a sans-I/O state machine as a test suite:
// whatever inputs it is fed, a copy behaves as the original, a restored state
// behaves as the original, equal bytes mean equal digests, digests kept step by
// step equal those computed from scratch, and nothing panics.
package machine

import (
	"bytes"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
)

// TB is what the suite needs of a test, so that rapid's will do too.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Machine is the shape that the controller, and every machine after it, has. I is
// its input, O the buffer it appends effects to.
type Machine[M any, I any, O any] interface {
	*M
	Step(now clock.Now, in *I, out *O)
	NextWake() clock.Instant
	CopyFrom(src *M)
	AppendCanonical(b []byte) []byte
	Restore(b []byte) error
	Digest() digest.Sum
}

// Check feeds one input to m and, beside it, to a copy and to a restored state,
// and demands that the three cannot be told apart. render makes a buffer of
// effects comparable. The scratch machine holds the copy; it is reused so that
// CopyFrom into used memory is what is tested.
func Check[M any, I any, O any, P Machine[M, I, O]](t TB, m, scratch P, now clock.Now, in *I, out *O, render func(*O) string) {
	t.Helper()
	scratch.CopyFrom((*M)(m))
	before := m.AppendCanonical(nil)
	var fresh M
	P(&fresh).CopyFrom((*M)(m))
	if !bytes.Equal(P(&fresh).AppendCanonical(nil), before) {
		t.Fatalf("a copy into a fresh machine is not equal")
	}
	var restored M
	if err := P(&restored).Restore(before); err != nil {
		t.Fatalf("restore: %v", err)
	}
	m.Step(now, in, out)
	want := render(out)
	if !bytes.Equal(scratch.AppendCanonical(nil), before) {
		t.Fatalf("a copy changed when its original took a step")
	}

	var copied, rebuilt O
	scratch.Step(now, in, &copied)
	if got := render(&copied); got != want {
		t.Fatalf("a copy had other effects\ncopy:\n%s\noriginal:\n%s", got, want)
	}
	P(&restored).Step(now, in, &rebuilt)
	if got := render(&rebuilt); got != want {
		t.Fatalf("a restored state had other effects\nrestored:\n%s\noriginal:\n%s", got, want)
	}
	same(t, "copy", m, scratch)
	same(t, "restored state", m, P(&restored))
}

func same[M any, I any, O any, P Machine[M, I, O]](t TB, name string, m, n P) {
	t.Helper()
	a, b := m.AppendCanonical(nil), n.AppendCanonical(nil)
	if !bytes.Equal(a, b) {
		at := 0
		for at < len(a) && at < len(b) && a[at] == b[at] {
			at++
		}
		t.Fatalf("%s: other bytes after the same input, from byte %d of %d (the original has %d) on", name, at, len(b), len(a))
	}
	if x, y := m.Digest(), n.Digest(); x != y {
		t.Fatalf("%s: digest %v, the original's is %v, for the same bytes", name, y, x)
	}
	if x, y := m.NextWake(), n.NextWake(); x != y {
		t.Fatalf("%s: wants to wake at %d, the original at %d", name, y, x)
	}
}
