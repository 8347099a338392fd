package conformance_test

import (
	"slices"
	"testing"

	"example.com/tidemark/conformance"
)

func TestRecorderNamesWhatFailed(t *testing.T) {
	r := conformance.Record("root", func(t conformance.T) {
		t.Run("a", func(t conformance.T) {
			t.Run("good", func(conformance.T) {})
			t.Run("bad", func(t conformance.T) { t.Fatalf("%d", 1) })
			t.Run("skipped", func(t conformance.T) { t.Skip("why not") })
		})
		t.Run("b/panics", func(conformance.T) { panic("boom") })
		t.Run("c", func(t conformance.T) {})
	})
	if got, want := r.Failures(), []string{"a", "a/bad", "b/panics"}; !slices.Equal(got, want) {
		t.Errorf("failures %q, want %q", got, want)
	}
	if !r.Failed() {
		t.Error("the root of a failed test has not failed")
	}
}

func TestOfIsTheTestItself(t *testing.T) {
	ran := false
	ok := conformance.Of(t).Run("child", func(child conformance.T) {
		ran = child.Name() == t.Name()+"/child"
	})
	if !ok || !ran {
		t.Errorf("ran %v, passed %v", ran, ok)
	}
}
