// Package mutate measures the harness: it plants known bugs into the source, one at
// a time, and sees whether a campaign finds them, by which invariant and how soon.
//
// A mutant is a text file under mutants/: a header and edits in the form of diff
// hunks without line numbers. The text that an edit replaces must occur exactly once
// in its file, so that a mutant can neither silently miss its target nor hit another
// one; a mutant that no longer fits the source is an error that names it.
//
// The shipped code carries no switches for bugs. The edited copies replace the
// originals at build time (go build -overlay), one build per mutant, and each mutant
// runs as a process of its own under limits of time and memory, because a planted
// bug may well loop for ever or eat all there is. A mutant is found if its campaign
// violates an invariant and the same seeds are silent on the unchanged source.
//
// This package starts processes and looks at the clock; it is a tool around the
// simulator and no part of a simulated world.
package mutate
