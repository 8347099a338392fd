package consensus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// Error is a call that failed, as the log has it.
type Error struct {
	Op            consensus.Op
	Key           string
	Expected, New consensus.Seqno
	// Outcome is what the caller was told: NotDone or Unknown.
	Outcome outcome.Outcome
	Err     error
}

// Error implements error.
func (e *Error) Error() string {
	numbers := ""
	if e.Op == consensus.OpCompareAndSet {
		numbers = fmt.Sprintf(" from %d to %d", e.Expected, e.New)
	}
	return fmt.Sprintf("consensus: %v of %q%s: %v: %v", e.Op, e.Key, numbers, e.Outcome, e.Err)
}

// Unwrap is why.
func (e *Error) Unwrap() error { return e.Err }

// ErrClosed is why a call was not done that came when the store was closed.
var ErrClosed = errors.New("the store is closed")

// failed is the result of a call that failed, and says so in the log. That its
// caller gave up is no failure of the store's.
func failed(log *slog.Logger, call *consensus.Call, certain bool, err error) consensus.Result {
	r := consensus.Result{Outcome: outcome.Unknown}
	if certain {
		r.Outcome = outcome.NotDone
	}
	level := slog.LevelWarn
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrClosed) {
		level = slog.LevelDebug
	}
	e := &Error{Op: call.Op, Key: call.Key, Expected: call.Expected, New: call.New, Outcome: r.Outcome, Err: err}
	log.Log(context.Background(), level, "a call of the consensus store failed", "error", e)
	return r
}
