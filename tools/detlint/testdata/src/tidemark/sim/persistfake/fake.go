package persistfake

import "tidemark/core/clean"

type Store struct{ kind clean.Kind }

func (s *Store) Apply() {
	s.kind = clean.Two.Next() // want `call of Next, which is declared in core/clean: compare the fields`
	_, _ = clean.First(nil)   // want `call of First, which is declared in core/clean`
	next := clean.Kind.Next   // want `call of Next`
	_, _ = next, s.kind.String()
}
