package core

import (
	"strconv"

	"example.com/tidemark/core/frontier"
)

// ErrorCode is the type of a request's failure (spec section 11). It works as a
// target of errors.Is.
type ErrorCode uint8

// Codes. Ok is the absence of an error.
const (
	Ok ErrorCode = iota
	// SourceIDReused: the id is, was or is about to be something else.
	SourceIDReused
	// IdentifierMissing: no such collection, or it was dropped.
	IdentifierMissing
	// UpdateBeyondUpper: an update's time is not before the append's own new upper.
	UpdateBeyondUpper
	// ReadBeforeSince: history before the since has been compacted.
	ReadBeforeSince
	// InvalidUppers: the collections named were already complete beyond the
	// append's times, or were dropped before it was their turn. Those named are not
	// durable, the others are. This is the only code that leaves part of a request
	// done; any other definite error means that nothing of the request is.
	InvalidUppers
	// IOError: the collection's shard is permanently unusable.
	IOError
	// DataflowError: the collection contains errors at that time.
	DataflowError
	// InvalidDescription: malformed schema, kind, since or reference.
	InvalidDescription
	// NotAppendable: only tables are written through the controller.
	NotAppendable
	// RowMismatch: a row does not fit the collection's schema.
	RowMismatch
	// NotReportable: only reported collections have their upper reported by a client.
	NotReportable
	// InvalidPolicy: a multiple of nothing, or an empty frontier.
	InvalidPolicy
	// InvalidReadHold: no such hold, or fewer capabilities than are released.
	InvalidReadHold
	// NotLeader: leadership has not been proved recently enough to grant a hold.
	NotLeader
	// Overloaded: a limit is reached; Error.Limit says which.
	Overloaded
	// RequestIDOpen: a request with this id has no response yet.
	RequestIDOpen
	// InvalidRequest: the request is not well-formed.
	InvalidRequest
	// DeadlineExceeded: the time was not complete before the request's deadline.
	DeadlineExceeded
	// Cancelled at the client's wish.
	Cancelled
	// Halted: this controller has stopped (C-13); ask the one with the newer epoch.
	Halted
	// IntrospectionAlreadyBound: another live collection is of this introspection type.
	IntrospectionAlreadyBound
	// StillReferenced: an ingestion whose subsources live on cannot be dropped (C-28).
	StillReferenced
	// NotHosted: only ingestions and exports run on a host (C-27).
	NotHosted
	// TokenExpired: the export's token has lapsed, or never was (C-31).
	TokenExpired
	// ErrorCodeCount is one more than the last code.
	ErrorCodeCount
)

// LimitKind names the limit of an Overloaded error.
type LimitKind uint8

// Limits (C-49).
const (
	LimitNone LimitKind = iota
	LimitOpenRequests
	LimitQueuedAppends
	LimitQueuedBytes
	LimitHoldsPerOwner
	LimitIDsPerRequest
)

// Error is why a request failed, as plain data. A pointer to it is a Go error
// whose code works with errors.Is.
type Error struct {
	Code ErrorCode
	// Definite: nothing of the request happened, nothing of it will (C-8), except
	// that InvalidUppers names in IDs the collections that this holds for (C-52).
	Definite bool
	// IDs the error is about. Frozen.
	IDs []GlobalID
	// Frontier that the request ran into: the since or the upper.
	Frontier frontier.Frontier
	// Limit of an Overloaded error.
	Limit LimitKind
}

// String is the code's name.
func (c ErrorCode) String() string {
	switch c {
	case Ok:
		return "Ok"
	case SourceIDReused:
		return "SourceIDReused"
	case IdentifierMissing:
		return "IdentifierMissing"
	case UpdateBeyondUpper:
		return "UpdateBeyondUpper"
	case ReadBeforeSince:
		return "ReadBeforeSince"
	case InvalidUppers:
		return "InvalidUppers"
	case IOError:
		return "IOError"
	case DataflowError:
		return "DataflowError"
	case InvalidDescription:
		return "InvalidDescription"
	case NotAppendable:
		return "NotAppendable"
	case RowMismatch:
		return "RowMismatch"
	case NotReportable:
		return "NotReportable"
	case InvalidPolicy:
		return "InvalidPolicy"
	case InvalidReadHold:
		return "InvalidReadHold"
	case NotLeader:
		return "NotLeader"
	case Overloaded:
		return "Overloaded"
	case RequestIDOpen:
		return "RequestIDOpen"
	case InvalidRequest:
		return "InvalidRequest"
	case DeadlineExceeded:
		return "DeadlineExceeded"
	case Cancelled:
		return "Cancelled"
	case Halted:
		return "Halted"
	case IntrospectionAlreadyBound:
		return "IntrospectionAlreadyBound"
	case StillReferenced:
		return "StillReferenced"
	case NotHosted:
		return "NotHosted"
	case TokenExpired:
		return "TokenExpired"
	case ErrorCodeCount:
	}
	return "error?"
}

// Error makes a code usable as a target of errors.Is.
func (c ErrorCode) Error() string { return "core: " + c.String() }

// Advice says what to do about an error.
func (c ErrorCode) Advice() string {
	switch c {
	case SourceIDReused:
		return "choose a fresh id, or repeat the request with the description that the id has"
	case IdentifierMissing:
		return "create the collection first; dropped ids stay dropped"
	case UpdateBeyondUpper:
		return "give every update a time before its entry's new upper"
	case ReadBeforeSince:
		return "choose a time at or after the since"
	case InvalidUppers:
		return "read the collections' uppers and repeat what is named at later times"
	case IOError:
		return "the shard is unusable; drop the collection"
	case DataflowError:
		return "the data contains errors; retract them or read at another time"
	case InvalidDescription:
		return "correct the schema, kind, since or reference"
	case NotAppendable:
		return "append to tables only"
	case RowMismatch:
		return "make the row fit the schema"
	case NotReportable:
		return "report uppers of reported collections only"
	case InvalidPolicy:
		return "give every multiple at least one member and every frontier a time"
	case InvalidReadHold:
		return "acquire the hold before using it; it may have lapsed"
	case NotLeader:
		return "ask again, at the newest controller"
	case Overloaded:
		return "wait for what is open, or raise the limit"
	case RequestIDOpen:
		return "use a fresh request id"
	case InvalidRequest:
		return "correct the request"
	case DeadlineExceeded:
		return "ask for an earlier time, or wait longer"
	case Cancelled:
		return "nothing; the request was cancelled"
	case Halted:
		return "ask the controller with the newer epoch"
	case IntrospectionAlreadyBound:
		return "drop the collection that is of this type first"
	case StillReferenced:
		return "drop its subsources in the same request, or first"
	case NotHosted:
		return "move ingestions and exports only"
	case TokenExpired:
		return "prepare the export again, and renew its token until it is created"
	case Ok, ErrorCodeCount:
	}
	return ""
}

// String is the limit's name.
func (l LimitKind) String() string {
	switch l {
	case LimitOpenRequests:
		return "open requests"
	case LimitQueuedAppends:
		return "queued appends"
	case LimitQueuedBytes:
		return "queued bytes"
	case LimitHoldsPerOwner:
		return "holds per owner"
	case LimitIDsPerRequest:
		return "ids per request"
	case LimitNone:
	}
	return "limit?"
}

// maxIDsInMessage keeps messages short; the IDs field has them all.
const maxIDsInMessage = 8

// Error is the message for an operator: what, which ids, what to do.
func (e *Error) Error() string {
	b := append([]byte("core: "), e.Code.String()...)
	if e.Limit != LimitNone {
		b = append(append(append(b, " ("...), e.Limit.String()...), ')')
	}
	for i, id := range e.IDs {
		if i == maxIDsInMessage {
			b = strconv.AppendInt(append(b, " and "...), int64(len(e.IDs)-i), 10)
			b = append(b, " more"...)
			break
		}
		b = id.AppendText(append(b, ' '))
	}
	switch e.Code {
	case ReadBeforeSince:
		b = e.Frontier.AppendText(append(b, ", since "...))
	case InvalidUppers:
		b = e.Frontier.AppendText(append(b, ", upper "...))
	default:
	}
	if !e.Definite {
		b = append(b, " (outcome unknown)"...)
	}
	return string(append(append(b, ": "...), e.Code.Advice()...))
}

// Is makes errors.Is(err, core.ReadBeforeSince) work.
func (e *Error) Is(target error) bool {
	code, ok := target.(ErrorCode)
	return ok && code == e.Code
}
