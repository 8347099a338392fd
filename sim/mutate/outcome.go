package mutate

import (
	"cmp"
	"slices"
	"time"
)

// Attempt is what one range of seeds found of a mutant.
type Attempt struct {
	Class Class
	// Oracle is the invariant that objected, "" if none did.
	Oracle string
	// First is the range's first seed, Seed the lowest failing one; Seeds and Events is
	// what it took to get there, or what was tried in vain.
	First, Seed, Seeds, Events uint64
	// ControlSilent: the same seeds find nothing on the unchanged source. False as
	// long as nobody has looked.
	ControlSilent bool
	// Detail is for people: a violation's message, a compiler's complaint.
	Detail string
}

// Outcome is what is known about a mutant after its run.
type Outcome struct {
	Mutant *Mutant
	// Profile of the worlds in which it was looked for.
	Profile string
	// Attempt is the median one: of all ranges, sorted by how many seeds the first kill
	// took, those without one last, the one in the middle; of two, the first.
	Attempt
	// Right: the invariant that objected is one of those that the mutant names.
	Right bool
	// Attempts has one entry for each range that was tried.
	Attempts []Attempt
	// Wall is how long its build and its runs took.
	Wall time.Duration
}

// Killed says that the mutant counts as found: an invariant objected to it, and none
// to the same seeds of the unchanged source.
func (o *Outcome) Killed() bool { return o.Class == Found && o.ControlSilent }

// conclude chooses the median of the attempts.
func (o *Outcome) conclude() {
	sorted := slices.Clone(o.Attempts)
	slices.SortStableFunc(sorted, func(a, b Attempt) int {
		if fa, fb := a.Class == Found, b.Class == Found; fa != fb {
			if fa {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Seeds, b.Seeds)
	})
	o.Attempt = sorted[(len(sorted)-1)/2]
	o.Right = o.Class == Found && o.Mutant.Right(o.Oracle)
}
