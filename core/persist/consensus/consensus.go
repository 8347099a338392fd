// Package consensus is the contract of the store that a shard's states are
// committed to by compare-and-set: the calls that a machine may make of it, as
// data (P-30 in docs/semantics.md). A fake is Apply(state, *Call, *Result), a
// driver Do(ctx, *Call, *Result); both sign the suite in conformance/consensus.
//
// The store maps keys to sequences of entries, each under a number that rises. It
// is linearizable. Entries are immutable; old ones can be truncated, the newest
// one (the head) cannot.
package consensus

import "example.com/tidemark/core/outcome"

// Seqno numbers the entries of one key, up to MaxSeqno. 0 is none: the key does not
// exist.
type Seqno uint64

// Op is the operation of a Call.
type Op uint8

// Operations. Each names the fields of Call that it reads and the fields of Result
// that it sets when Done.
const (
	OpNone Op = iota
	// OpHead reads the newest entry. Done: Head; zero if the key does not exist.
	OpHead
	// OpCompareAndSet adds the entry New with Data if the head is Expected, which must
	// be lower than New; 0 expects that the key does not exist. Done: nothing is set.
	// Mismatch: nothing was added; Head is an entry that was the head during the call,
	// if the store had it at hand, and otherwise zero.
	OpCompareAndSet
	// OpScan reads the entries from number From on, in order, at most Limit of them (0:
	// all). Done: Entries.
	OpScan
	// OpTruncate deletes the entries before number Before. Done: nothing is set.
	// Mismatch: Before is beyond the head, and nothing was deleted.
	OpTruncate
	// OpKeys lists the keys that exist and are greater than Key, in order of their
	// bytes, at most Limit of them (0: all). Done: Keys.
	OpKeys
	// OpCount is one more than the last operation.
	OpCount
)

// String is the operation's name as it appears in traces and statistics.
func (o Op) String() string {
	switch o {
	case OpNone:
		return "none"
	case OpHead:
		return "head"
	case OpCompareAndSet:
		return "compare-and-set"
	case OpScan:
		return "scan"
	case OpTruncate:
		return "truncate"
	case OpKeys:
		return "keys"
	case OpCount:
	}
	return "op?"
}

// Call is one call of the store. Data is opaque bytes.
//
// A NotDone compare-and-set or truncation did not happen and never will. One of
// Unknown outcome did, did not, or will happen; whoever made it has to find out by
// reading (P-12).
type Call struct {
	Op            Op
	Key           string
	Expected, New Seqno
	From, Before  Seqno
	Limit         uint32
	Data          string
}

// Entry is one numbered state of a key.
type Entry struct {
	Seqno Seqno
	Data  string
}

// Result is how a call ended: Done, NotDone, Unknown, Mismatch or Invalid. Its lists
// are frozen.
type Result struct {
	Outcome outcome.Outcome
	Head    Entry
	Entries []Entry
	Keys    []string
}

// MaxKey and MaxData bound a key and an entry, in bytes; MaxSeqno bounds their
// numbers: databases know no larger integers.
const (
	MaxKey         = 512
	MaxData        = 64 << 20
	MaxSeqno Seqno = 1<<63 - 1
)

// Valid reports whether the call may be made at all, by its arguments alone. Keys are
// made of the visible ASCII characters: these a database stores and orders as bytes
// whatever its encoding.
func (c *Call) Valid() bool {
	if !validKey(c.Key) || len(c.Data) > MaxData || max(c.New, c.From, c.Before) > MaxSeqno {
		return false
	}
	switch c.Op {
	case OpHead, OpScan, OpTruncate:
		return c.Key != ""
	case OpCompareAndSet:
		return c.Key != "" && c.New > c.Expected
	case OpKeys:
		return true
	case OpNone, OpCount:
	}
	return false
}

// validKey reports whether key may be one, or is empty.
func validKey(key string) bool {
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return false
		}
	}
	return len(key) <= MaxKey
}
