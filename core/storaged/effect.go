package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// EffectKind is the kind of an Effect.
type EffectKind uint8

// Effects are commands to drivers, each exactly one call of one driver (C-6).
const (
	EffectNone EffectKind = iota
	// EffectAccept says that Session is the host's session now. Not answered.
	EffectAccept
	// EffectRefuse answers a Hello of Session: the host knows one of Fenced, which is
	// not older (H-3). Not answered.
	EffectRefuse
	// EffectClose says that Session ended because another one began. Not answered.
	EffectClose
	// EffectReport sends Report in Session. Not answered.
	EffectReport
	// EffectPersist makes the call Persist. Answered by InputPersistDone with the
	// effect's ID, once, whatever becomes of the call.
	EffectPersist
	// EffectSource makes the call Source. Answered by InputSourceDone likewise.
	EffectSource
	// EffectSink makes the call Sink. Answered by InputSinkDone likewise.
	EffectSink
	// EffectKindCount is one more than the last kind.
	EffectKindCount
)

// String is the kind's name as it appears in traces.
func (k EffectKind) String() string {
	switch k {
	case EffectNone:
		return "none"
	case EffectAccept:
		return "accept"
	case EffectRefuse:
		return "refuse"
	case EffectClose:
		return "close"
	case EffectReport:
		return "report"
	case EffectPersist:
		return "persist"
	case EffectSource:
		return "source"
	case EffectSink:
		return "sink"
	case EffectKindCount:
	}
	return "effect?"
}

// Effect is one command, as a tagged struct: Kind says which of the other fields
// is read. Its lists are frozen; a driver may keep them.
type Effect struct {
	Kind EffectKind
	// ID of a call; 0 for what is not answered.
	ID      core.EffectID
	Cause   core.Cause
	Session core.Session
	// Fenced is the session that a Hello was refused for: of a higher epoch, or of
	// the same one with a nonce that is not lower.
	Fenced  core.Session
	Report  core.Report
	Persist persist.Call
	Source  source.Call
	Sink    sink.Call
}

// Effects is the buffer that Step appends to. It belongs to the caller, which
// resets it between steps. The driver may run everything in it concurrently,
// except that the messages of one session leave in their order.
type Effects struct{ list []Effect }

// Reset empties the buffer and keeps its memory.
func (e *Effects) Reset() { e.list = e.list[:0] }

// Len is the number of effects.
func (e *Effects) Len() int { return len(e.list) }

// At is the i-th effect, valid until Reset.
func (e *Effects) At(i int) *Effect { return &e.list[i] }

// next appends a zeroed effect and returns it to be filled.
func (e *Effects) next() *Effect {
	if len(e.list) < cap(e.list) {
		e.list = e.list[:len(e.list)+1]
		e.list[len(e.list)-1] = Effect{}
	} else {
		e.list = append(e.list, Effect{})
	}
	return &e.list[len(e.list)-1]
}
