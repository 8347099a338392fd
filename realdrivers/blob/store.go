package blob

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

// Store is an open store. It is safe for concurrent use, and so are several stores
// of one location, also in several processes.
type Store interface {
	// Do makes the call and overwrites the whole result, whatever happens. When ctx
	// ends it returns; a value that was being set or deleted then is Unknown.
	Do(ctx context.Context, call *blob.Call, result *blob.Result)
	// Close waits for what was begun and frees what the store holds. Calls that come
	// later are NotDone. Only the first Close does anything.
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
func refuse(ctx context.Context, call *blob.Call, result *blob.Result) bool {
	*result = blob.Result{}
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
func writes(op blob.Op) bool { return op == blob.OpSet || op == blob.OpDelete }

// limited is the beginning of a list that the call asks for.
func limited(list []string, call *blob.Call) []string {
	if call.Limit > 0 && uint64(len(list)) > uint64(call.Limit) {
		return list[:call.Limit:call.Limit]
	}
	return list
}

// minRead and maxRead bound how much is read at a time.
const (
	minRead = 512
	maxRead = 32 << 10
)

// read is all that r has, which is said to be of this size; a negative one says
// nothing. What is larger than any value was not set by anybody.
func read(r io.Reader, size int64) (string, error) {
	if size > blob.MaxData {
		return "", fmt.Errorf("%d bytes are there, more than any value has (%d)", size, blob.MaxData)
	}
	var b strings.Builder
	b.Grow(int(max(size, 0)))
	n, err := io.CopyBuffer(&b, io.LimitReader(r, blob.MaxData+1), make([]byte, min(max(size, minRead), maxRead)))
	if err == nil && n > blob.MaxData {
		err = fmt.Errorf("more bytes are there than any value has (%d)", blob.MaxData)
	}
	return b.String(), err
}
