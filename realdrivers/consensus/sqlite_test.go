package consensus

import (
	"path/filepath"
	"testing"

	"example.com/tidemark/conformance"
	suite "example.com/tidemark/conformance/consensus"
	"example.com/tidemark/core/persist/consensus"
)

// do is a store's Do as the suite wants it.
func do(t *testing.T, s Store) func(*consensus.Call, *consensus.Result) {
	return func(c *consensus.Call, r *consensus.Result) { s.Do(t.Context(), c, r) }
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

func newSQLite(t *testing.T, file string) *SQLite {
	t.Helper()
	s, err := OpenSQLite(t.Context(), file, Options{})
	return opened(t, s, err)
}

func TestMemConformance(t *testing.T) {
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Store {
		return &suite.Store{Do: do(t, new(Mem))}
	})
}

func TestSQLiteConformance(t *testing.T) {
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Store {
		return &suite.Store{Do: do(t, newSQLite(t, filepath.Join(t.TempDir(), "x.db")))}
	})
}

// Two stores of one file are what two processes of one machine are.
func TestSQLiteConformanceOfTwo(t *testing.T) {
	suite.Run(conformance.Of(t), func(conformance.T) *suite.Store {
		file := filepath.Join(t.TempDir(), "two of them?.db")
		return &suite.Store{Do: do(t, newSQLite(t, file)), Others: []func(*consensus.Call, *consensus.Result){do(t, newSQLite(t, file))}}
	})
}
