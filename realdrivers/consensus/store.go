package consensus

import (
	"context"
	"log/slog"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// Store is an open store. It is safe for concurrent use, and so are several stores
// of one location, also in several processes.
type Store interface {
	// Do makes the call and overwrites the whole result, whatever happens. When ctx
	// ends it returns; a compare-and-set or truncation that was not begun by then is
	// NotDone, any other Unknown. SQLite cannot be interrupted: a commit that it is
	// writing to its file, with nobody in its way, is waited for.
	Do(ctx context.Context, call *consensus.Call, result *consensus.Result)
	// Stats is what the store has done so far.
	Stats() Stats
	// Close waits for what was begun and ends the store's goroutines. Calls that wait
	// or come later are NotDone. Only the first Close does anything.
	Close() error
}

// Options are what a store may be told besides its location. The zero value will do.
type Options struct {
	// Log hears of calls that failed; nil: slog.Default().
	Log *slog.Logger
}

func (o Options) log() *slog.Logger {
	if o.Log == nil {
		return slog.Default()
	}
	return o.Log
}

// refuse answers what needs no store: invalid calls, and calls that were given up
// before they began.
func refuse(ctx context.Context, call *consensus.Call, result *consensus.Result) bool {
	*result = consensus.Result{}
	switch {
	case !call.Valid():
		result.Outcome = outcome.Invalid
	case ctx.Err() != nil:
		result.Outcome = outcome.NotDone
	default:
		return false
	}
	return true
}

// writes reports whether the operation changes the store.
func writes(op consensus.Op) bool {
	return op == consensus.OpCompareAndSet || op == consensus.OpTruncate
}
