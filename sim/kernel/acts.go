package kernel

import "slices"

// Acts are what a trial consists of: as many as its seed draws, each with dice of its own.
// Any of them can be left out, and the others stay what they are as far as they do not
// follow from it.
type Acts struct {
	seed  uint64
	count int
	only  []int
	next  int // into only if that is given, else the number of the next act
	begun int
}

// ending is the part of a trial that comes after its acts.
const ending = 1 << 32

// Begin begins the acts of a trial: count of them, or only those of these numbers, which
// rise; nil: all.
func (a *Acts) Begin(seed uint64, count int, only []int) {
	*a = Acts{seed: seed, count: count, only: only, begun: -1}
}

// Next goes to the next act and gives it its dice. After the last, the dice are for what
// comes at the end.
func (a *Acts) Next(d *Dice) bool {
	n := a.next
	if a.only != nil {
		n = a.count
		if a.next < len(a.only) {
			n = a.only[a.next]
		}
	}
	if a.next++; n >= a.count {
		*d = NewDice(a.seed, ending)
		return false
	}
	a.begun = n
	*d = NewDice(a.seed, uint64(n)+1)
	return true
}

// Begun is the number of the act that was begun last, -1 before the first.
func (a *Acts) Begun() int { return a.begun }

// Played are the numbers of the acts that were begun.
func (a *Acts) Played() (list []int) {
	for n := 0; n <= a.begun; n++ {
		if a.only == nil || slices.Contains(a.only, n) {
			list = append(list, n)
		}
	}
	return list
}
