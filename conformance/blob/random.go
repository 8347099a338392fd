package blob

import (
	"fmt"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/persist/blob"
)

// maxCalls bounds one sequence.
const maxCalls = 40

// Random compares the store with the model, result by result, over random
// sequences of calls.
func Random(t conformance.T, fresh Factory) {
	t.Helper()
	store := fresh(t)
	serial := 0
	rapid.Check(t, func(rt *rapid.T) {
		serial++
		s := sequence{t: rt, store: store, model: model{}, prefix: fmt.Sprintf("r%06d/", serial)}
		for range rapid.IntRange(1, maxCalls).Draw(rt, "calls") {
			s.step()
		}
	})
}

// sequence is one random sequence in progress.
type sequence struct {
	t      *rapid.T
	store  *Store
	model  model
	prefix string
	story  []string
}

func (s *sequence) n(label string, n int) int { return rapid.IntRange(0, n-1).Draw(s.t, label) }

// step makes one call and compares the store's answer with the model's.
func (s *sequence) step() {
	c := s.draw()
	want := s.model.apply(c)
	got, ok := attempt(s.store.Do, c)
	s.story = append(s.story, fmt.Sprintf("%+v", c))
	if diff := difference(want, got); diff != "" || !ok {
		s.t.Fatalf("%v\n\nthe last call (-want +got):\n%s", strings.Join(s.story, "\n"), diff)
	}
}

func (s *sequence) draw() blob.Call {
	// None of these is the beginning of another with a slash after it.
	key := s.prefix + []string{"a", "b/a", "b/b", "b-", "b.c/d", "c/c/c"}[s.n("key", 6)]
	switch s.n("what", 7) {
	case 0, 1:
		return get(key)
	case 2:
		return remove(key)
	case 3:
		prefix := s.prefix + []string{"", "b", "b/", "c/c", "b/a"}[s.n("prefix", 5)]
		after := []string{"", s.prefix, key, s.prefix + "b/"}[s.n("after", 4)]
		return list(prefix, after, uint32(s.n("limit", 4)))
	default:
		return set(key, strconv.Itoa(len(s.story)))
	}
}
