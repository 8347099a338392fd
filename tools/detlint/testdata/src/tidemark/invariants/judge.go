package invariants

import "tidemark/core/clean"

type judge struct{ clean.Kind }

func check(a, b clean.Kind, j judge) bool {
	for range map[int]int{} { // want `range over a map`
	}
	if a.Next() == b { // want `call of Next`
		return false
	}
	_ = j.Next() // want `call of Next`
	return a == b && clean.Kind(3) > clean.One && a.String() != ""
}
