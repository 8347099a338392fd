package mechanical

import "strings"

// switchDir is a package that exists only in the overlay.
const switchDir = "core/mutantswitch"

const switchSource = `// Package mutantswitch says which mutant is switched on.
package mutantswitch

import (
	"os"
	"strconv"
)

// N is the number of the mutant, 0 for none.
var N = number()

func number() int {
	n, _ := strconv.Atoi(os.Getenv("` + Variable + `"))
	return n
}
`

// helpers is a package's file of switches. Operands are evaluated once and in the
// order in which they stand.
func helpers(name, module string) []byte {
	return []byte(strings.NewReplacer("PACKAGE", name, "SWITCH", module+"/"+switchDir).Replace(helperSource))
}

const helperSource = `package PACKAGE

import "SWITCH"

type mutantInteger interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

type mutantOrdered interface{ mutantInteger | ~string }

func mutantOn(n int) bool { return n == mutantswitch.N }

func mutantLess[T mutantOrdered](n int, a, b T) bool { return a < b || a == b && mutantOn(n) }

func mutantLessEqual[T mutantOrdered](n int, a, b T) bool { return a < b || a == b && !mutantOn(n) }

func mutantGreater[T mutantOrdered](n int, a, b T) bool { return a > b || a == b && mutantOn(n) }

func mutantGreaterEqual[T mutantOrdered](n int, a, b T) bool { return a > b || a == b && !mutantOn(n) }

func mutantAdd[T mutantInteger](n int, a, b T) T {
	if mutantOn(n) {
		return a - b
	}
	return a + b
}

func mutantSubtract[T mutantInteger](n int, a, b T) T {
	if mutantOn(n) {
		return a + b
	}
	return a - b
}

func mutantMore[T mutantInteger](n int, a T) T {
	if mutantOn(n) {
		return a + 1
	}
	return a
}

func mutantFewer[T mutantInteger](n int, a T) T {
	if mutantOn(n) {
		return a - 1
	}
	return a
}

func mutantMin[T mutantOrdered](n int, a, b T) T {
	if mutantOn(n) {
		return max(a, b)
	}
	return min(a, b)
}

func mutantMax[T mutantOrdered](n int, a, b T) T {
	if mutantOn(n) {
		return min(a, b)
	}
	return max(a, b)
}

func mutantOther[T any](n int, a, other T) T {
	if mutantOn(n) {
		return other
	}
	return a
}

type mutantLattice[F any] interface {
	Join(F) F
	Meet(F) F
	LessThan(F) bool
	LessEqual(F) bool
}

func mutantJoin[F mutantLattice[F]](n int, a, b F) F {
	if mutantOn(n) {
		return a.Meet(b)
	}
	return a.Join(b)
}

func mutantMeet[F mutantLattice[F]](n int, a, b F) F {
	if mutantOn(n) {
		return a.Join(b)
	}
	return a.Meet(b)
}

func mutantLessThanOf[F mutantLattice[F]](n int, a, b F) bool {
	if mutantOn(n) {
		return a.LessEqual(b)
	}
	return a.LessThan(b)
}

func mutantLessEqualOf[F mutantLattice[F]](n int, a, b F) bool {
	if mutantOn(n) {
		return a.LessThan(b)
	}
	return a.LessEqual(b)
}
`
