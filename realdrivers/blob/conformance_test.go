package blob

import (
	"path/filepath"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/blob"
	"example.com/tidemark/core/persist/blob"
)

// do is a store's Do as the suite wants it.
func do(t *testing.T, s Store) func(*blob.Call, *blob.Result) {
	return func(c *blob.Call, r *blob.Result) { s.Do(t.Context(), c, r) }
}

// opened closes the store with the test.
func opened[S Store](t *testing.T, s S, err error) S {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newFiles(t *testing.T, root string) *Files {
	t.Helper()
	f, err := OpenFiles(root, Options{})
	return opened(t, f, err)
}

func TestMemConformance(t *testing.T) {
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Store {
		return &suite.Store{Do: do(t, new(Mem)), Bytewise: true}
	})
}

// Two stores of one directory are what two processes of one machine are.
func TestFilesConformance(t *testing.T) {
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Store {
		root := filepath.Join(t.TempDir(), "a", "b")
		return &suite.Store{Do: do(t, newFiles(t, root)), Others: []func(*blob.Call, *blob.Result){do(t, newFiles(t, root))}}
	})
}
