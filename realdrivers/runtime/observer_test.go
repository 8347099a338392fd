package runtime_test

import (
	"context"
	"sync/atomic"
	"time"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/realdrivers/runtime"
)

// recorder counts what an observer hears.
type recorder struct{ steps, unknown, panics, abandoned, gaps atomic.Int64 }

func (r *recorder) Stepped(string, time.Duration, int, int) { r.steps.Add(1) }

func (r *recorder) Called(_, _ string, ended outcome.Outcome, _ time.Duration) {
	if ended == outcome.Unknown {
		r.unknown.Add(1)
	}
}

func (r *recorder) Panicked(string, string, any, []byte)    { r.panics.Add(1) }
func (r *recorder) Abandoned(string, string, time.Duration) { r.abandoned.Add(1) }
func (r *recorder) JournalFailed(*runtime.JournalError)     { r.gaps.Add(1) }

// notReachable is a store that is not there.
func notReachable(context.Context, *stash.Call) outcome.Outcome { return outcome.NotDone }
