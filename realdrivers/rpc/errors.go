package rpc

import (
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect"

	"example.com/tidemark/core"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
	"example.com/tidemark/realdrivers/runtime"
)

// BadRequestError says that a message could not become a request. Nothing happened.
type BadRequestError struct {
	// Field that is wrong, as a path: appends[2].updates[0].row.
	Field string
	// Code is InvalidRequest, or what the core would have said: RowMismatch.
	Code core.ErrorCode
	// ID that it is about; the zero id is none.
	ID    core.GlobalID
	Cause error
}

// Error says where and what.
func (e *BadRequestError) Error() string {
	if e.ID != (core.GlobalID{}) {
		return fmt.Sprintf("rpc: %s: %s of %s: %v", e.Code, e.Field, e.ID, e.Cause)
	}
	return fmt.Sprintf("rpc: %s: %s: %v", e.Code, e.Field, e.Cause)
}

// Unwrap is the cause.
func (e *BadRequestError) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, core.RowMismatch) work.
func (e *BadRequestError) Is(target error) bool {
	code, ok := target.(core.ErrorCode)
	return ok && code == e.Code
}

// bad is a BadRequestError about a field.
func bad(field, format string, arguments ...any) error {
	return &BadRequestError{Field: field, Code: core.InvalidRequest, Cause: fmt.Errorf(format, arguments...)}
}

// codeOf is the RPC code of a failure. What may have happened is Unknown, whatever
// else it is, so that nobody repeats it without a thought.
func codeOf(code core.ErrorCode, definite bool) connect.Code {
	if !definite && code != core.InvalidUppers {
		return connect.CodeUnknown
	}
	switch code {
	case core.IdentifierMissing:
		return connect.CodeNotFound
	case core.SourceIDReused, core.IntrospectionAlreadyBound:
		return connect.CodeAlreadyExists
	case core.UpdateBeyondUpper, core.InvalidDescription, core.RowMismatch, core.InvalidPolicy, core.InvalidRequest:
		return connect.CodeInvalidArgument
	case core.ReadBeforeSince:
		return connect.CodeOutOfRange
	case core.InvalidUppers:
		return connect.CodeAborted
	case core.IOError:
		return connect.CodeDataLoss
	case core.DataflowError, core.NotAppendable, core.NotReportable, core.InvalidReadHold, core.StillReferenced,
		core.NotHosted, core.TokenExpired:
		return connect.CodeFailedPrecondition
	case core.NotLeader, core.Halted:
		return connect.CodeUnavailable
	case core.Overloaded:
		return connect.CodeResourceExhausted
	case core.DeadlineExceeded:
		return connect.CodeDeadlineExceeded
	case core.Cancelled:
		return connect.CodeCanceled
	case core.RequestIDOpen, core.Ok, core.ErrorCodeCount:
	}
	return connect.CodeInternal
}

// failure is the answer to a request that failed. epoch is the controller's.
func failure(err error, epoch uint64) error {
	var known *core.Error
	var badRequest *BadRequestError
	var none *runtime.NoResponseError
	var halt *runtime.HaltError
	var unreadable *UnreadableError
	var answered *connect.Error
	switch {
	case errors.As(err, &answered):
		return err
	case errors.As(err, &known):
		return withDetail(codeOf(known.Code, known.Definite), err, detailOf(known, epoch))
	case errors.As(err, &badRequest):
		detail := &tidemarkpb.ErrorDetail{
			Code: badRequest.Code.String(), Definite: true, Epoch: epoch, Advice: badRequest.Code.Advice(),
		}
		if badRequest.ID != (core.GlobalID{}) {
			detail.Ids = []string{badRequest.ID.String()}
		}
		return withDetail(codeOf(badRequest.Code, true), err, detail)
	case errors.As(err, &none):
		return withDetail(codeOfNone(none), err, &tidemarkpb.ErrorDetail{
			Code: "NoResponse", Definite: none.Definite, Epoch: epoch, Advice: adviceOnNone(none.Definite),
		})
	case errors.As(err, &halt):
		return withDetail(connect.CodeUnavailable, err, &tidemarkpb.ErrorDetail{
			Code: core.Halted.String(), Definite: true, Epoch: epoch, Advice: core.Halted.Advice(),
		})
	case errors.As(err, &unreadable):
		return withDetail(connect.CodeDataLoss, err, &tidemarkpb.ErrorDetail{
			Code: core.DataflowError.String(), Definite: true, Ids: []string{unreadable.ID.String()}, Epoch: epoch,
			Advice: "read an older time, or restore the shard",
		})
	case errors.Is(err, runtime.ErrStopped):
		return connect.NewError(connect.CodeUnavailable, err)
	case errors.Is(err, context.DeadlineExceeded):
		return connect.NewError(connect.CodeDeadlineExceeded, err)
	case errors.Is(err, context.Canceled):
		return connect.NewError(connect.CodeCanceled, err)
	}
	return connect.NewError(connect.CodeInternal, err)
}

func detailOf(err *core.Error, epoch uint64) *tidemarkpb.ErrorDetail {
	detail := &tidemarkpb.ErrorDetail{
		Code: err.Code.String(), Definite: err.Definite, Epoch: epoch, Advice: err.Code.Advice(),
	}
	for _, id := range err.IDs {
		detail.Ids = append(detail.Ids, id.String())
	}
	switch err.Code {
	case core.ReadBeforeSince, core.InvalidUppers:
		detail.Frontier = fromFrontier(err.Frontier)
	case core.Overloaded:
		detail.Limit = err.Limit.String()
	default:
	}
	return detail
}

// codeOfNone is the code of a request that got no response.
func codeOfNone(err *runtime.NoResponseError) connect.Code {
	switch {
	case !err.Definite:
		return connect.CodeUnknown
	case errors.Is(err, context.DeadlineExceeded):
		return connect.CodeDeadlineExceeded
	case errors.Is(err, context.Canceled):
		return connect.CodeCanceled
	}
	return connect.CodeUnavailable
}

func adviceOnNone(definite bool) string {
	if definite {
		return "ask again, at the newest controller"
	}
	return "look at the collection to see what happened, at the newest controller"
}

func withDetail(code connect.Code, err error, detail *tidemarkpb.ErrorDetail) error {
	out := connect.NewError(code, err)
	if d, bad := connect.NewErrorDetail(detail); bad == nil {
		out.AddDetail(d)
	}
	return out
}
