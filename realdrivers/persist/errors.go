package persist

import (
	"errors"
	"fmt"

	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/realdrivers/location"
	"example.com/tidemark/realdrivers/persist/batch"
)

// Error is an operation on a store that failed.
type Error struct {
	// Op is what was tried.
	Op string
	// Location is where; it prints without secrets.
	Location location.Location
	Err      error
}

// Error implements error.
func (e *Error) Error() string {
	return "persist: " + e.Op + " " + e.Location.String() + ": " + e.Err.Error()
}

// Unwrap implements errors.Unwrap.
func (e *Error) Unwrap() error { return e.Err }

// ProblemError is something in a store that is not what was put there. Nothing of it
// is served: calls that need it are NotDone until it is mended.
type ProblemError struct {
	Shard persist.ShardID
	// Key is the shard's in the consensus store, or a blob's.
	Key     string
	Problem shard.Problem
	// Err says more, such as the sums that differ: a *ContentsError, or an error of
	// package batch. Nil if there is no more to say.
	Err error
}

// Error implements error.
func (e *ProblemError) Error() string {
	text := fmt.Sprintf("persist: shard %v: %q: %v", e.Shard, e.Key, e.Problem)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + "; " + e.Advice()
}

// Unwrap implements errors.Unwrap.
func (e *ProblemError) Unwrap() error { return e.Err }

// Advice is what to do about it.
func (e *ProblemError) Advice() string {
	switch e.Problem {
	case shard.ProblemVersion:
		return "run the version of the program that wrote it, or a later one"
	case shard.ProblemMissing:
		return "restore this blob from a copy of the blob store; nothing else has its data"
	case shard.ProblemChecksum, shard.ProblemBlob, shard.ProblemContents:
		if e.Key != shard.StateKey(e.Shard) {
			return "restore this blob from a copy of the blob store, and look at the store's disk; nothing else has its data"
		}
		return "restore the consensus store from a copy, and look at its disk"
	case shard.ProblemMagic, shard.ProblemMisplaced:
		return "see that no other program and no other installation uses this consensus store"
	case shard.ProblemWentBack:
		return "the consensus store was restored while this process ran; restart all processes that use it"
	case shard.ProblemTruncated, shard.ProblemState:
		return "restore the consensus store from a copy, and look at its disk"
	case shard.ProblemRefused:
		return "the shard's state is too large to be stored; see how many readers and writers it has"
	case shard.ProblemNone, shard.ProblemCount:
	}
	return "this is a bug"
}

// Newer reports whether a newer version of the program wrote what was found: trying
// again does not help, and this program should not go on.
func (e *ProblemError) Newer() bool {
	var state *StateVersionError
	var file *batch.VersionError
	return errors.As(e.Err, &state) || errors.As(e.Err, &file) && file.Found > batch.Version
}

// StateVersionError is a shard's state in a version of the format that is later than
// the latest one that this program knows.
type StateVersionError struct{ Found, Known uint8 }

// Error implements error.
func (e *StateVersionError) Error() string {
	return fmt.Sprintf("it has format version %d, and this program knows versions up to %d: it was written by a newer one", e.Found, e.Known)
}

// ContentsError is a blob whose file is whole and whose contents are not those that
// the shard's state refers to.
type ContentsError struct {
	// Want is what the state says.
	Want shard.Batch
	// Count and Digest are those of what is there.
	Count  uint64
	Digest digest.Sum
}

// Error implements error.
func (e *ContentsError) Error() string {
	return fmt.Sprintf("it has %d updates of digest %016x%016x, and the state says %d of %016x%016x",
		e.Count, e.Digest.Hi, e.Digest.Lo, e.Want.Count, e.Want.Digest.Hi, e.Want.Digest.Lo)
}
