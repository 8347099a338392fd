package shard

// Problem is something that a person has to look at: what is stored is not what
// was put there. Nothing of it is served.
type Problem uint8

// Problems.
const (
	ProblemNone Problem = iota
	// ProblemTruncated: a state ends in the middle.
	ProblemTruncated
	// ProblemMagic: what is stored under a shard's key is not a shard's state.
	ProblemMagic
	// ProblemVersion: a state or a blob is in another version of its format than this program knows.
	ProblemVersion
	// ProblemChecksum: the bytes of a state or of a blob are not those that were written.
	ProblemChecksum
	// ProblemState: a state with the right checksum makes no sense.
	ProblemState
	// ProblemMisplaced: a state is not that of this shard, or not of this number.
	ProblemMisplaced
	// ProblemWentBack: the store's head is older than one that was seen before, as after
	// restoring a backup under a running process.
	ProblemWentBack
	// ProblemMissing: a blob that the state refers to is not there.
	ProblemMissing
	// ProblemBlob: a blob cannot be decoded.
	ProblemBlob
	// ProblemContents: a blob's updates are not those that were put.
	ProblemContents
	// ProblemRefused: a store refused a call as malformed, such as one of a state that is
	// too large.
	ProblemRefused
	// ProblemCount is one more than the last problem.
	ProblemCount
)

// String is the problem in words.
func (p Problem) String() string {
	switch p {
	case ProblemNone:
		return "none"
	case ProblemTruncated:
		return "state is cut short"
	case ProblemMagic:
		return "not a shard's state"
	case ProblemVersion:
		return "format version that this program does not know"
	case ProblemChecksum:
		return "checksum does not match"
	case ProblemState:
		return "state makes no sense"
	case ProblemMisplaced:
		return "state belongs to another shard or number"
	case ProblemWentBack:
		return "store went back to an older state"
	case ProblemMissing:
		return "blob is missing"
	case ProblemBlob:
		return "blob cannot be decoded"
	case ProblemContents:
		return "blob has other contents than were put"
	case ProblemRefused:
		return "store refused the call as malformed"
	case ProblemCount:
	}
	return "problem?"
}
