// Package persist is the contract of durable shards: the calls that a machine
// may make of one, as data. A fake is Apply(state, now, *Call, *Result), a driver
// Do(ctx, *Call, *Result); both sign the one suite in conformance/persist.
//
// A shard is an append-only, compactable log of (row or error, time, diff) with
// its own since and upper (rules P-1 to P-19 in docs/semantics.md). Shards are
// made by their first use, with since = upper = minimum.
package persist

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
)

// ShardID names a shard: "s" and a UUID in print.
type ShardID struct{ Hi, Lo uint64 }

// ReaderID names a leased or a critical reader of a shard; the two live in
// separate spaces.
type ReaderID struct{ Hi, Lo uint64 }

// WriterID names a writer of a shard.
type WriterID struct{ Hi, Lo uint64 }

// Token is an append's idempotency token (P-11).
type Token struct{ Hi, Lo uint64 }

// Opaque is a critical reader's fencing value: the owner's epoch and a nonce
// that tells two owners of one epoch apart (P-15). The zero value is that of a
// reader which no owner has taken over.
type Opaque struct{ Epoch, Nonce uint64 }

// Op is the operation of a Call.
type Op uint8

// Operations. Each names the fields of Call that it reads and the fields of
// Result that it sets when Done; every other field is zero.
const (
	OpNone Op = iota
	// OpOpenWriter registers Writer, with Epoch (0: without one). The shard keeps
	// the highest epoch seen; a lower one is Fenced with Result.Epoch the stored
	// one. Done: Since, Upper (fresh).
	OpOpenWriter
	// OpOpenLeasedReader registers Reader at the shard's current since, with a
	// lease of Lease. Opening it again while it lives renews the lease and keeps
	// its since. Done: Since, ReaderSince, Upper (fresh).
	OpOpenLeasedReader
	// OpOpenCritical registers the critical Reader at the shard's current since
	// with Opaque New, unless it exists: then it is left as it is. Done: Since,
	// ReaderSince, Upper (fresh), Opaque (what is stored now).
	OpOpenCritical
	// OpCompareAndAppend appends Updates and moves the upper from Expected to Upper
	// (P-11), by Writer, with Token and Epoch (0: without one). Done: Upper.
	// Mismatch: Upper is the shard's; nothing was applied. Fenced: Epoch.
	OpCompareAndAppend
	// OpFetchUpper reads the upper (P-13). Done: Since, Upper.
	OpFetchUpper
	// OpDowngradeSince joins the leased Reader's since with Since, renews its lease,
	// and recomputes the shard's since (P-1, P-14). Done: Since, ReaderSince.
	OpDowngradeSince
	// OpCompareAndDowngradeSince replaces the critical Reader's opaque value
	// ExpectedOpaque by Opaque and joins its since with Since (P-15). A reader that
	// does not exist compares as the zero opaque and is created. Stored = Opaque is
	// success too; a higher stored epoch is Fenced (Result.Epoch, Result.Opaque);
	// any other difference is Mismatch with Result.Opaque the stored one. Done:
	// Since (the shard's), ReaderSince, Opaque.
	OpCompareAndDowngradeSince
	// OpHeartbeat renews the leased Reader's lease (P-18). Done: ReaderSince.
	OpHeartbeat
	// OpCloseReader removes the leased Reader; removing one that is not there is
	// Done. The shard's since is not recomputed (P-1).
	OpCloseReader
	// OpSnapshot reads the leased Reader's shard at AsOf (P-16). Done: Updates with
	// times ≤ AsOf advanced to AsOf, consolidated or not; Upper, Since. NotYet: the
	// upper has not passed AsOf; Upper says where it is. Mismatch: AsOf is before
	// the since; Since says where it is.
	OpSnapshot
	// OpFinalize deletes the shard's data for ever and leaves a tombstone (P-2). Done,
	// also if it was finalized before. NotYet: it is still in use, and nothing was
	// applied; Since and Upper say where they are, and if both are empty a reader is
	// left.
	OpFinalize
	// OpListen reads what the leased Reader's shard has after AsOf (P-17). Done: Updates
	// with AsOf < time < Upper, at their own times, consolidated or not and in any
	// order; Upper, Since. NotYet: no time after AsOf is complete; Upper says where it
	// is. Mismatch: AsOf is before the since; Since says where it is.
	OpListen
)

// String is the operation's name as it appears in traces and statistics.
func (o Op) String() string {
	switch o {
	case OpNone:
		return "none"
	case OpOpenWriter:
		return "open-writer"
	case OpOpenLeasedReader:
		return "open-leased-reader"
	case OpOpenCritical:
		return "open-critical"
	case OpCompareAndAppend:
		return "compare-and-append"
	case OpFetchUpper:
		return "fetch-upper"
	case OpDowngradeSince:
		return "downgrade-since"
	case OpCompareAndDowngradeSince:
		return "compare-and-downgrade-since"
	case OpHeartbeat:
		return "heartbeat"
	case OpCloseReader:
		return "close-reader"
	case OpSnapshot:
		return "snapshot"
	case OpFinalize:
		return "finalize"
	case OpListen:
		return "listen"
	}
	return "op?"
}

// Call is one call to one shard, with everything a driver needs to make it.
type Call struct {
	Op     Op
	Shard  ShardID
	Reader ReaderID
	Writer WriterID
	Token  Token
	// Epoch of the calling controller, for writers; 0 is "without an epoch".
	Epoch uint64
	// Expected is the upper that an append expects, Upper the one it leads to.
	Expected, Upper frontier.Frontier
	// Since is where a downgrade moves its reader.
	Since frontier.Frontier
	// ExpectedOpaque and Opaque are what a critical reader's fencing value must be
	// and what it becomes.
	ExpectedOpaque, Opaque Opaque
	// AsOf is the time of a snapshot.
	AsOf frontier.Timestamp
	// Lease of a leased reader, counted from the moment the call takes effect.
	Lease clock.Duration
	// Updates of an append. Frozen.
	Updates []relation.Update
}

// Reason says why a call is Invalid.
type Reason uint8

// Reasons for outcome.Invalid. All but ReasonFinalized and ReasonUnknownReader
// are pure functions of the arguments.
const (
	ReasonNone Reason = iota
	// ReasonUpdateOutOfBounds: an update's time is not in [Expected, Upper).
	ReasonUpdateOutOfBounds
	// ReasonUpperRegresses: Upper is before Expected.
	ReasonUpperRegresses
	// ReasonDataInEmptyInterval: updates, but Expected = Upper.
	ReasonDataInEmptyInterval
	// ReasonAppendToClosed: an append from the empty frontier to itself.
	ReasonAppendToClosed
	// ReasonMalformed: an argument that the operation needs is missing, or a
	// frontier is not canonical.
	ReasonMalformed
	// ReasonUnknownReader: the leased reader was never opened here.
	ReasonUnknownReader
	// ReasonFinalized: the shard's data is gone for ever (P-2).
	ReasonFinalized
)

// String is the reason in words.
func (r Reason) String() string {
	switch r {
	case ReasonNone:
		return "none"
	case ReasonUpdateOutOfBounds:
		return "an update's time is outside [expected, new)"
	case ReasonUpperRegresses:
		return "the new upper is before the expected one"
	case ReasonDataInEmptyInterval:
		return "data in an empty interval"
	case ReasonAppendToClosed:
		return "append to a closed shard"
	case ReasonMalformed:
		return "malformed call"
	case ReasonUnknownReader:
		return "unknown reader"
	case ReasonFinalized:
		return "the shard is finalized"
	}
	return "reason?"
}

// Result is how a call ended. Which values hold is said at each operation. The
// list of updates is frozen and belongs to whoever holds the result.
type Result struct {
	Outcome     outcome.Outcome
	Reason      Reason
	Since       frontier.Frontier
	ReaderSince frontier.Frontier
	Upper       frontier.Frontier
	Opaque      Opaque
	Epoch       uint64
	Updates     []relation.Update
}

// CheckArguments judges a call by its arguments alone (the first step of P-11,
// and what every other operation needs). ReasonNone means that it may be sent.
func CheckArguments(c *Call) Reason {
	if !c.Expected.Valid() || !c.Upper.Valid() || !c.Since.Valid() || c.Shard == (ShardID{}) {
		return ReasonMalformed
	}
	switch c.Op {
	case OpOpenWriter:
		if c.Writer == (WriterID{}) {
			return ReasonMalformed
		}
	case OpOpenLeasedReader:
		if c.Reader == (ReaderID{}) || c.Lease <= 0 {
			return ReasonMalformed
		}
	case OpOpenCritical, OpDowngradeSince, OpCompareAndDowngradeSince, OpHeartbeat, OpCloseReader, OpSnapshot, OpListen:
		if c.Reader == (ReaderID{}) {
			return ReasonMalformed
		}
	case OpFetchUpper, OpFinalize:
	case OpCompareAndAppend:
		return checkAppend(c)
	case OpNone:
		return ReasonMalformed
	default:
		return ReasonMalformed
	}
	return ReasonNone
}

func checkAppend(c *Call) Reason {
	switch {
	case c.Writer == (WriterID{}) || c.Token == (Token{}):
		return ReasonMalformed
	case c.Upper.LessThan(c.Expected):
		return ReasonUpperRegresses
	case c.Expected.IsEmpty():
		return ReasonAppendToClosed
	case c.Expected == c.Upper && len(c.Updates) > 0:
		return ReasonDataInEmptyInterval
	}
	for i := range c.Updates {
		t := c.Updates[i].Time
		if !c.Expected.LessEqualTime(t) || c.Upper.LessEqualTime(t) {
			return ReasonUpdateOutOfBounds
		}
	}
	return ReasonNone
}

const hexDigits = "0123456789abcdef"

// appendUUID appends the 128 bits in the 8-4-4-4-12 form.
func appendUUID(b []byte, hi, lo uint64) []byte {
	for i := 0; i < 32; i++ {
		switch i {
		case 8, 12, 16, 20:
			b = append(b, '-')
		}
		v := hi
		if i >= 16 {
			v = lo
		}
		b = append(b, hexDigits[v>>uint(60-4*(i%16))&15])
	}
	return b
}

// String is "s" and the id as a UUID.
func (s ShardID) String() string { return string(appendUUID([]byte{'s'}, s.Hi, s.Lo)) }

// String is "r" and the id as a UUID.
func (r ReaderID) String() string { return string(appendUUID([]byte{'r'}, r.Hi, r.Lo)) }

// String is "w" and the id as a UUID.
func (w WriterID) String() string { return string(appendUUID([]byte{'w'}, w.Hi, w.Lo)) }

// String is "t" and the token as a UUID.
func (t Token) String() string { return string(appendUUID([]byte{'t'}, t.Hi, t.Lo)) }
