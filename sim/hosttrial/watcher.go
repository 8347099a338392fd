package hosttrial

import (
	"fmt"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
)

// Watcher is told of what happens in a trial, in the order in which it happens. Processes
// are numbered from 1, at is simulated time since the trial began. What pointers lead to is
// valid during the call and not to be changed.
type Watcher interface {
	// Given: a process is about to be given an input. Left: an effect left it.
	Given(at clock.Instant, process int, h *storaged.Host, in *storaged.Input)
	Left(at clock.Instant, process int, h *storaged.Host, e *storaged.Effect)
	// Applied: a call that a process made took effect, which may be no more; in has what
	// came of it.
	Applied(at clock.Instant, process int, e *storaged.Effect, in *storaged.Input)
	// Crashed: a process is gone.
	Crashed(at clock.Instant, process int, h *storaged.Host)
	// Noted: something else happened, to a process or, if that is 0, to none.
	Noted(at clock.Instant, process int, what string)
}

// note tells the watcher of something else, as long as nothing is wrong. Callers see to it
// that there is one.
func (t *Trial) note(process int, format string, args ...any) {
	if t.why != "" {
		return
	}
	t.Watcher.Noted(t.now, process, fmt.Sprintf(format, args...))
}

// says has the source say more, or that it is finished.
func (t *Trial) says(more source.Offset, finished bool) {
	t.source.head += more
	t.source.finished = t.source.finished || finished
	if t.Watcher == nil || more == 0 && !finished {
		return
	}
	t.note(0, "the source has said what is before offset %d", t.source.head)
	if finished {
		t.note(0, "the source has finished")
	}
}
