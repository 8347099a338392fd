package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// tryState is what is known of the latest try of a call.
type tryState uint8

const (
	tryNone tryState = iota
	// tryOut: no completion was delivered; it fails at its deadline at the earliest.
	tryOut
	// tryFailed: it failed, or its outcome is unknown, since failedAt.
	tryFailed
)

// try is the latest try of a kind of call on one thing, and how many tries before
// it failed in a row (C-92).
type try struct {
	reader   persist.ReaderID // of calls of which several may be under way
	effect   core.EffectID
	deadline clock.Instant
	failedAt clock.Instant
	failures uint8
	// most is how many the controller may count: what succeeded late it may have given up.
	most  uint8
	state tryState
	// late: it ended at its deadline or later, so that the controller may have given it
	// up, and may pause.
	late bool
}

// tries are a collection's, by operation.
type tries [persist.OpListen + 1]try

// pause is the least time that must pass after so many failures in a row: jitter
// takes away half of it at most.
func pause(c *core.Config, failures uint8) clock.Instant {
	d := c.BackoffMin
	for i := uint8(1); i < failures && d < c.BackoffMax; i++ {
		d *= 2
	}
	d = min(d, c.BackoffMax)
	return span(d - d/2)
}

func (t *try) fail(at clock.Instant) {
	t.state, t.failedAt = tryFailed, at
	if t.failures < 255 {
		t.failures++
	}
	if t.most < 255 {
		t.most++
	}
}

// tried judges that a call which repeats a failed one has waited, and makes it the
// latest try. Op is OpNone for stash calls, which share one pace.
func (j *Judges) tried(l *life, t *try, op persist.Op, effect core.EffectID, reader persist.ReaderID, deadline clock.Instant) {
	if t.reader != reader {
		*t = try{reader: reader}
	}
	if t.state == tryOut {
		t.fail(t.deadline)
	}
	if t.state == tryFailed && l.mono < t.failedAt+pause(&l.config, t.failures) {
		j.violate(s12, l.node, "%s was sent again at %d µs after failure %d in a row at %d µs; the backoff is %d µs at least",
			callName(op), l.mono, t.failures, t.failedAt, pause(&l.config, t.failures))
	}
	t.state, t.effect, t.deadline, t.late = tryOut, effect, deadline, false
}

func callName(op persist.Op) string {
	if op == persist.OpNone {
		return "a stash call"
	}
	return op.String()
}

// ended takes up how a try ended. What came late the controller may have given up
// at the deadline.
func (t *try) ended(l *life, effect core.EffectID, failed, late bool) {
	if t.state != tryOut || t.effect != effect {
		return
	}
	t.late = late
	switch {
	case !failed && late:
		t.state, t.failures, t.most = tryNone, 0, min(t.most, 254)+1
	case !failed:
		t.state, t.failures, t.most = tryNone, 0, 0
	case late:
		t.fail(t.deadline)
	default:
		t.fail(l.mono)
	}
}

// fails reports an outcome after which a call is repeated as it was.
func fails(op persist.Op, o outcome.Outcome) bool {
	return o == outcome.NotDone || o == outcome.Unknown || o == outcome.NotYet && (op == persist.OpSnapshot || op == persist.OpFinalize)
}

// ofReader is the reader of a call of which a collection may have several under way.
func ofReader(c *persist.Call) persist.ReaderID {
	switch c.Op {
	case persist.OpOpenLeasedReader, persist.OpHeartbeat, persist.OpCloseReader, persist.OpSnapshot, persist.OpListen:
		return c.Reader
	default:
		return persist.ReaderID{}
	}
}

// s12Retried judges a shard call's pace.
func (j *Judges) s12Retried(l *life, f *flight, c *persist.Call) {
	if c.Op <= persist.OpListen {
		b := j.beliefAt(l.node, f.slot)
		j.tried(l, &b.tries[c.Op], c.Op, f.id, ofReader(c), f.deadline)
	}
}
