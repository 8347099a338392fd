// Package blob is the contract of the store that holds a shard's bulk data: the
// calls that a machine may make of it, as data (P-31 in docs/semantics.md). A fake
// is Apply(state, *Call, *Result), a driver Do(ctx, *Call, *Result); both sign the
// suite in conformance/blob.
//
// The store maps keys to byte strings. It is linearizable, a value is set whole or
// not at all, and what was reported as set is durable. After the store's machine lost
// power, what was deleted may be there again, and a new key whose value was never
// reported as set may have a part of it: nobody relies on a blob before that report.
package blob

import "example.com/tidemark/core/outcome"

// Op is the operation of a Call.
type Op uint8

// Operations. Each names the fields of Call that it reads and the fields of Result
// that it sets when Done.
const (
	OpNone Op = iota
	// OpGet reads the value of Key. Done: Found, Data.
	OpGet
	// OpSet makes Data the value of Key, whatever it was. Done: nothing is set.
	OpSet
	// OpDelete removes Key; removing one that is not there is Done. Nothing is set.
	OpDelete
	// OpList lists the keys that begin with Key and are greater than After, in order
	// of their bytes, at most Limit of them (0: all). Done: Keys. It is not atomic: a
	// key that was there during the whole call is listed, one that never was is not,
	// and one that came or went meanwhile may be either.
	OpList
	// OpCount is one more than the last operation.
	OpCount
)

// String is the operation's name as it appears in traces and statistics.
func (o Op) String() string {
	switch o {
	case OpNone:
		return "none"
	case OpGet:
		return "get"
	case OpSet:
		return "set"
	case OpDelete:
		return "delete"
	case OpList:
		return "list"
	case OpCount:
	}
	return "op?"
}

// Call is one call of the store. Data is opaque bytes.
type Call struct {
	Op    Op
	Key   string
	After string
	Limit uint32
	Data  string
}

// Result is how a call ended: Done, NotDone (it did not happen and never will),
// Unknown (it did, did not, or will happen), or Invalid. Its lists are frozen.
type Result struct {
	Outcome outcome.Outcome
	Found   bool
	Data    string
	Keys    []string
}

// MaxKey and MaxData bound a key and a value, in bytes; MaxSegment bounds a part of a
// key between slashes, which is a file's name. Keys are made of the segments that
// ValidKey allows.
const (
	MaxKey     = 512
	MaxSegment = 200
	MaxData    = 1 << 30
)

// Valid reports whether the call may be made at all, by its arguments alone.
func (c *Call) Valid() bool {
	switch c.Op {
	case OpGet, OpSet, OpDelete:
		return ValidKey(c.Key) && len(c.Data) <= MaxData
	case OpList:
		return (c.Key == "" || validBytes(c.Key)) && validBytes(c.After)
	case OpNone, OpCount:
	}
	return false
}

// ValidKey reports whether key can be a file's path and an object's name as it is:
// segments of a-z, 0-9, '-', '_' and '.' that do not begin with a dot, with single
// slashes between them. Whoever uses a key does not use it as the beginning of
// others, too ("a" and "a/b"): where keys are files, one of them would have to be
// a directory, and setting the other is NotDone.
func ValidKey(key string) bool {
	if key == "" || !validBytes(key) || key[len(key)-1] == '/' {
		return false
	}
	start := 0
	for i := range len(key) {
		if i == start && (key[i] == '/' || key[i] == '.') || i-start >= MaxSegment && key[i] != '/' {
			return false
		}
		if key[i] == '/' {
			start = i + 1
		}
	}
	return true
}

// validBytes reports whether key is short enough and made of the bytes of keys.
func validBytes(key string) bool {
	for i := range len(key) {
		c := key[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' && c != '/' {
			return false
		}
	}
	return len(key) <= MaxKey
}
