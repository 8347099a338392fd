package plan

import (
	"math/bits"

	"example.com/tidemark/core/digest"
)

// Draws is the only source of chance in a generated plan.
type Draws interface {
	// N is a number in 0…n−1, for n > 0. Zero is always the simplest choice.
	N(label string, n int) int
}

// Scoped is what a source of draws may implement besides: a draw's label is then
// the path of the scopes around it, so that what one element of a list draws
// depends on no other element.
type Scoped interface {
	Draws
	// Enter opens the scope of the nth element called label.
	Enter(label string, nth int)
	// Leave closes the innermost scope.
	Leave()
}

// Another is the label of the draws that ask whether a list goes on. Such a list
// ends where one of them is zero.
const Another = "another"

// seedDraws computes each draw from (seed, path of labels, nth draw of that
// label in its scope). There is no stream, so no draw moves another.
type seedDraws struct {
	scopes []scope
	seen   []seen
}

// scope is an open scope: its key, and where its entries in seen begin.
type scope struct {
	key   uint64
	first int
}

// seen counts the draws of one label in one scope.
type seen struct{ label, n uint64 }

// planDomain separates these draws from every other use of the mixer.
const planDomain = 0x706c616e

// NewSeedDraws is the keyed generator of a seed. It implements Scoped.
func NewSeedDraws(seed uint64) Draws {
	m := digest.New(planDomain)
	m.U64(seed)
	return &seedDraws{scopes: []scope{{key: m.Sum().Lo}}}
}

// N implements Draws.
func (s *seedDraws) N(label string, n int) int {
	if n <= 1 {
		return 0
	}
	top := &s.scopes[len(s.scopes)-1]
	m := digest.New(top.key)
	m.String(label)
	m.U64(s.nth(top.first, m.Sum().Lo))
	v, _ := bits.Mul64(m.Sum().Hi, uint64(n))
	return int(v)
}

// nth is how often the label was drawn in the scope before.
func (s *seedDraws) nth(first int, label uint64) uint64 {
	for i := first; i < len(s.seen); i++ {
		if s.seen[i].label == label {
			s.seen[i].n++
			return s.seen[i].n
		}
	}
	s.seen = append(s.seen, seen{label: label})
	return 0
}

// Enter implements Scoped.
func (s *seedDraws) Enter(label string, nth int) {
	m := digest.New(s.scopes[len(s.scopes)-1].key)
	m.U64(uint64(nth))
	m.String(label)
	s.scopes = append(s.scopes, scope{key: m.Sum().Lo, first: len(s.seen)})
}

// Leave implements Scoped.
func (s *seedDraws) Leave() {
	last := len(s.scopes) - 1
	s.seen = s.seen[:s.scopes[last].first]
	s.scopes = s.scopes[:last]
}
