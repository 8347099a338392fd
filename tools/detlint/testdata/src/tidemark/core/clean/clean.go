package clean

import "slices"

type Kind uint8

const (
	One Kind = iota + 1
	Two
)

type State struct {
	list  []Kind
	index map[Kind]int
}

func (k Kind) String() string { return "kind" }

func (k Kind) Next() Kind { return k + 1 }

func First(s *State) (Kind, bool) {
	slices.SortFunc(s.list, func(a, b Kind) int { return int(a) - int(b) })
	i, ok := s.index[One]
	for range s.list {
	}
	for range 3 {
	}
	clear(s.index)
	return s.list[i], ok
}
