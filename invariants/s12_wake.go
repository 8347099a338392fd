package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/persist"
)

// The upper side of the pace at which calls are repeated (C-92): when a call has failed
// which is wanted for certain, the controller is to be woken when its backoff ends, or
// before. It says so in the step in which it is told, so that no late wake hides it.

// longestBackoff is the longest time that passes after so many failures in a row.
func longestBackoff(l *life, failures uint8) clock.Instant {
	d := l.config.BackoffMin
	for i := uint8(1); i < failures && d < l.config.BackoffMax; i++ {
		d *= 2
	}
	return span(min(d, l.config.BackoffMax))
}

// s12Woken judges when a controller that was told of a failure wants to be woken; zero if
// nobody asked.
func (j *Judges) s12Woken(l *life, t *try, f *flight, wake clock.Instant) {
	if wake == 0 || l.halted || l.mustHalt || t.state != tryFailed || t.effect != f.id || t.late {
		return
	}
	j.checked[s12]++
	if latest := t.failedAt + longestBackoff(l, t.most); wake > latest {
		j.violate(s12, l.node, "%s failed at %d µs, for the %d. time in a row at most, and is to be repeated at %d µs; the backoff ends at %d µs",
			callName(f.op), t.failedAt, t.most, wake, latest)
	}
}

// surelyRepeated reports a call on a collection that is repeated until it succeeds: an append
// while nobody has dropped it.
func (j *Judges) surelyRepeated(b *belief, f *flight) bool {
	return f.op == persist.OpCompareAndAppend && b.present && b.opened && !b.view.Dropped && b.view.Phase == core.ShardOpen && f.batch >= 0 && !j.batches[f.batch].closing
}
