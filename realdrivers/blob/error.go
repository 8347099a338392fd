package blob

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

// Error is a call that failed, as the log has it.
type Error struct {
	Op  blob.Op
	Key string
	// Size is that of the value that was to be set, in bytes.
	Size int
	// Outcome is what the caller was told: NotDone or Unknown.
	Outcome outcome.Outcome
	Err     error
}

// Error implements error.
func (e *Error) Error() string {
	size := ""
	if e.Op == blob.OpSet {
		size = fmt.Sprintf(" to %d bytes", e.Size)
	}
	return fmt.Sprintf("blob: %v of %q%s: %v: %v", e.Op, e.Key, size, e.Outcome, e.Err)
}

// Unwrap is why.
func (e *Error) Unwrap() error { return e.Err }

// ErrClosed is why a call was not done that came when the store was closed.
var ErrClosed = errors.New("the store is closed")

// failed is the result of a call that failed, and says so in the log. A read that
// failed has certainly done nothing. That its caller gave up is no failure of the
// store's.
func failed(log *slog.Logger, call *blob.Call, certain bool, err error) blob.Result {
	r := blob.Result{Outcome: outcome.Unknown}
	if certain || !writes(call.Op) {
		r.Outcome = outcome.NotDone
	}
	level := slog.LevelWarn
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrClosed) {
		level = slog.LevelDebug
	}
	e := &Error{Op: call.Op, Key: call.Key, Size: len(call.Data), Outcome: r.Outcome, Err: err}
	log.Log(context.Background(), level, "a call of the blob store failed", "error", e)
	return r
}
