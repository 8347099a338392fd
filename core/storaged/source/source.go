// Package source is the contract of external sources: the calls that a storage
// host may make of one, as data. A fake is Apply(state, *Call, *Result), a driver
// Do(ctx, *Call, *Result).
//
// A source is a sequence of records. Each belongs to one of the source's outputs
// and stands at an offset, a number that never goes down along the sequence; a
// connector maps its own kind of position (a log sequence number, an offset) onto
// it. What stands at an offset never changes: whoever polls the same offsets
// again, from wherever, is given the same records. That is all that makes a
// collection definite (H-12), so a connector whose system cannot promise it must
// not pretend to.
package source

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
)

// Offset is a position in a source. Records stand at offsets; a bound such as Upto
// is exclusive. The first record stands at 0 or later.
type Offset uint64

// Op is the operation of a Call.
type Op uint8

// Operations. Each names the fields of Call that it reads and the fields of Result
// that it sets when Done.
const (
	OpNone Op = iota
	// OpPoll reads from offset From on, and about Max records: an offset's records are
	// never parted. It changes nothing and may be repeated. Done: Records, Upto,
	// Finished. Nothing new is Done with Upto = From. Mismatch: the records at From
	// are gone; Upto is the first offset that is still there.
	OpPoll
	// OpConfirm tells the source that all records before From are durable and will
	// not be polled again. It may be repeated and may go backwards, which changes
	// nothing. Done: nothing is set.
	OpConfirm
	// OpRelease tells the source that the ingestion is over for good: it keeps nothing
	// for it any more, and begins nothing anew for a copy of it that does not know that
	// yet. It may be repeated. Done: nothing is set. A poll of the ingestion that comes
	// later, or late, is given the same records as ever, or Mismatch.
	OpRelease
)

// String is the operation's name as it appears in traces.
func (o Op) String() string {
	switch o {
	case OpNone:
		return "none"
	case OpPoll:
		return "poll"
	case OpConfirm:
		return "confirm"
	case OpRelease:
		return "release"
	}
	return "op?"
}

// Call is one call to one source. Its outcomes are Done, NotDone, Unknown, Mismatch,
// and Invalid for a connection that cannot be used as it is described.
type Call struct {
	Op Op
	// Ingestion names what the source keeps for its reader, such as a slot.
	Ingestion core.GlobalID
	// Connection is the source, as the client described it.
	Connection string
	From       Offset
	Max        uint32
}

// Record is one change of one output. Data is a row, or an error that is part of
// the contents; a row that does not fit the output's schema becomes an error.
type Record struct {
	Output uint32
	Offset Offset
	Data   relation.Row
	Diff   int64
}

// Result is how a call ended.
type Result struct {
	Outcome outcome.Outcome
	// Records in the order of their offsets, all of those in [From, Upto). Frozen.
	Records []Record
	Upto    Offset
	// Finished: there is no record at or after Upto, and there never will be.
	Finished bool
}
