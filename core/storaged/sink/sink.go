// Package sink is the contract of external systems that exports write to: the calls
// that a storage host may make of one, as data. A fake is Apply(state, *Call,
// *Result), a driver Do(ctx, *Call, *Result).
//
// For each export the external system keeps, durably and together with the output:
//   - the progress: every change with a time before it is out (H-21); minimum at
//     first;
//   - who may write: the Fence of the copy that opened last, the epoch of the
//     controller that stood behind it, and Count, which rises with every opening and
//     closing (H-20).
//
// A write compares progress and fence and commits the output and the new progress
// together, or nothing. So a write that takes effect late, or twice, or by a copy
// that should be gone, can neither lose nor double a change.
package sink

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
)

// Fence names one life of one copy of an export; it is never used again.
type Fence struct{ Hi, Lo uint64 }

// Op is the operation of a Call.
type Op uint8

// Operations. Each names the fields of Call that it reads and the fields of Result
// that it sets when Done.
const (
	OpNone Op = iota
	// OpOpen makes Fence the one that may write, in this order: it is already: Done
	// (of a call that is repeated); the stored epoch is higher than Epoch: Fenced
	// with Epoch the stored one; Seen is not the stored Count: Mismatch with Count;
	// otherwise Count rises by one, and Epoch and Fence are stored. Done: Count,
	// Progress. Because of Seen an opening that takes effect late fences nobody who
	// opened after it was sent.
	OpOpen
	// OpWrite commits Updates, all with times in [From, To), and the progress To. In
	// this order: Fence is not the stored one: Fenced with Epoch; the progress is not
	// From: Mismatch with Progress. Done: Progress.
	OpWrite
	// OpProgress reads the progress. Fence is not the stored one: Fenced with Epoch.
	// Done: Progress.
	OpProgress
	// OpClose ends Fence for good: whatever carries it and takes effect later is
	// Fenced, or Mismatch for an opening. Count rises by one. Done: nothing is set,
	// also if Fence is not the stored one.
	OpClose
)

// String is the operation's name as it appears in traces.
func (o Op) String() string {
	switch o {
	case OpNone:
		return "none"
	case OpOpen:
		return "open"
	case OpWrite:
		return "write"
	case OpProgress:
		return "progress"
	case OpClose:
		return "close"
	}
	return "op?"
}

// Call is one call to one external system. Its outcomes are Done, NotDone, Unknown,
// Mismatch, Fenced, and Invalid for a connection that cannot be used as it is
// described.
type Call struct {
	Op Op
	// Export names what the external system keeps, such as a transactional id.
	Export core.GlobalID
	// Connection is the external system, as the client described it.
	Connection string
	// Schema of the rows.
	Schema relation.Schema
	Fence  Fence
	// Epoch of the controller that wants this export, for an opening.
	Epoch uint64
	// Seen is the Count that the opening was decided on.
	Seen uint64
	// From and To are the progress before and after a write.
	From, To frontier.Frontier
	// Updates of a write, by time, then row; each (row, time) once, with its net
	// count. Errors in the collection are among them: what becomes of one is the
	// connector's to say, but the progress covers it. Frozen.
	Updates []relation.Update
}

// Result is how a call ended.
type Result struct {
	Outcome  outcome.Outcome
	Progress frontier.Frontier
	Count    uint64
	Epoch    uint64
}
