package core

import (
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// EffectKind is the kind of an Effect.
type EffectKind uint8

// Effects are commands to drivers, each exactly one call of one driver (C-6).
const (
	EffectNone EffectKind = iota
	// EffectPersist makes the call Persist. Answered by InputPersistDone with the
	// effect's ID, once, whatever becomes of the call.
	EffectPersist
	// EffectStash makes the call Stash. Answered by InputStashDone with the effect's
	// ID, once, whatever becomes of the call.
	EffectStash
	// EffectRespond gives Response to the client. Not answered.
	EffectRespond
	// EffectHost makes the call Host of the transport to a host. A HostConnect is
	// answered by InputHostDone with the effect's ID, once; the others are not.
	EffectHost
	// EffectOrchestrator makes the call Orchestrator. Answered by
	// InputOrchestratorDone with the effect's ID, once, whatever becomes of the call.
	EffectOrchestrator
	// EffectKindCount is one more than the last kind.
	EffectKindCount
)

// String is the kind's name as it appears in traces.
func (k EffectKind) String() string {
	switch k {
	case EffectNone:
		return "none"
	case EffectPersist:
		return "persist"
	case EffectStash:
		return "stash"
	case EffectRespond:
		return "respond"
	case EffectHost:
		return "host"
	case EffectOrchestrator:
		return "orchestrator"
	case EffectKindCount:
	}
	return "effect?"
}

// Effect is one command, as a tagged struct: Kind says which of the other fields
// is read. Its lists are frozen; a driver may keep them.
type Effect struct {
	Kind     EffectKind
	ID       EffectID
	Cause    Cause
	Persist  persist.Call
	Stash    stash.Call
	Response Response
	Host     HostCall
	// Orchestrator of EffectOrchestrator.
	Orchestrator OrchestratorCall
}

// Effects is the buffer that Step appends to. It belongs to the caller, which
// resets it between steps. The driver may run everything in it concurrently: if
// one effect must follow another, the core emits it only when the other's
// completion has arrived.
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
		e.list[len(e.list)-1].clear()
	} else {
		e.list = append(e.list, Effect{})
	}
	return &e.list[len(e.list)-1]
}

// clear empties an effect: what its kind reads, because nothing else was ever set.
func (e *Effect) clear() {
	switch e.Kind {
	case EffectPersist:
		e.Persist = persist.Call{}
	case EffectStash:
		e.Stash = stash.Call{}
	case EffectRespond:
		e.Response = Response{}
	case EffectHost:
		e.Host = HostCall{}
	case EffectOrchestrator:
		e.Orchestrator = OrchestratorCall{}
	case EffectNone, EffectKindCount:
	}
	e.Kind, e.ID, e.Cause = EffectNone, 0, 0
}
