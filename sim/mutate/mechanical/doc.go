// Package mechanical measures oracles and plans with mutants that nobody thought up:
// it walks over the source of the core and plants, at every site that fits, one small
// change such as a flipped comparison or a statement that is left out. What survives
// is either no bug, or a bug that this harness cannot see.
//
// All mutants are in one build. Each site becomes a switch on its number, in copies
// of the files that replace the originals at build time (go build -overlay); the
// number of the mutant that is switched on comes from the environment, and 0 is none.
// The shipped source has no switches. With 0 the build behaves like the original,
// trace hash for trace hash, which Lab.Prove checks before anything is measured.
//
// Each mutant runs as a process of its own under limits of processor time and
// address space, on the seeds that are silent on switch 0 and on no others.
//
// Left out are text forms for people, and what other tests check by itself: views,
// the canonical encoding, restoring, copying and digests (coder.go, host_coder.go,
// state.go, restore.go, copy.go, view.go, core/canonical, core/digest), and the derivation of
// ids (random.go), where one random number is as good as another. So are constants
// and types, and the conditions of loops are not negated.
//
// It starts processes through a POSIX shell, which sets the limits.
package mechanical
