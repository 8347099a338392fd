package consensus

import (
	"fmt"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"example.com/tidemark/conformance"
	"example.com/tidemark/core/persist/consensus"
)

const (
	// maxCalls bounds one sequence.
	maxCalls = 60
	// latest is the highest number that a sequence names; all are close together, so
	// that equal ones are common.
	latest = 12
)

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
	if c.Op == consensus.OpKeys {
		got.Keys, want.Keys = s.own(got.Keys), s.own(want.Keys)
	}
	s.story = append(s.story, fmt.Sprintf("%+v", c))
	if diff := difference(want, got); diff != "" || !ok {
		s.t.Fatalf("%v\n\nthe last call (-want +got):\n%s", strings.Join(s.story, "\n"), diff)
	}
}

// own are the sequence's own keys of a list that may show those after them, too.
func (s *sequence) own(list []string) []string {
	var out []string
	for _, key := range list {
		if strings.HasPrefix(key, s.prefix) {
			out = append(out, key)
		}
	}
	return out
}

func (s *sequence) draw() consensus.Call {
	key := s.prefix + []string{"a", "A", "a-"}[s.n("key", 3)]
	head := consensus.Seqno(0)
	if list := s.model[key]; len(list) > 0 {
		head = list[len(list)-1].Seqno
	}
	switch s.n("what", 10) {
	case 0:
		return consensus.Call{Op: consensus.OpHead, Key: key}
	case 1:
		return scan(key, s.seqno("from"), uint32(s.n("limit", 4)))
	case 2, 3:
		before := s.seqno("before")
		if s.n("at the head", 3) == 0 {
			before = head
		}
		return truncate(key, before)
	case 4:
		after := s.prefix
		if s.n("after a key", 2) == 0 {
			after = key
		}
		return keys(after, uint32(s.n("limit", 4)))
	default:
		expected := head
		if s.n("another", 4) == 3 {
			expected = s.seqno("expected")
		}
		next := expected + 1 + consensus.Seqno(s.n("gap", 3))
		return cas(key, expected, next, strconv.Itoa(len(s.story)))
	}
}

func (s *sequence) seqno(label string) consensus.Seqno { return consensus.Seqno(s.n(label, latest+1)) }
