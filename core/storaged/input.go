package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// InputKind is the kind of an Input.
type InputKind uint8

// Inputs are facts about the past.
const (
	InputNone InputKind = iota
	// InputBoot starts the machine; it comes first and once. Reads Boot.
	InputBoot
	// InputHello says that a controller wants a session. Reads Hello.
	InputHello
	// InputCommand is a message of a session. Reads Session and Command.
	InputCommand
	// InputSessionLost says that a session has ended (H-1). Reads Session.
	InputSessionLost
	// InputPersistDone completes a persist call. Reads Effect and Persist.
	InputPersistDone
	// InputSourceDone completes a source call. Reads Effect and Source.
	InputSourceDone
	// InputSinkDone completes a sink call. Reads Effect and Sink.
	InputSinkDone
	// InputWake says that an instant that NextWake asked for has come, or another:
	// late, early and repeated wakes are harmless.
	InputWake
	// InputKindCount is one more than the last kind.
	InputKindCount
)

// String is the kind's name as it appears in traces.
func (k InputKind) String() string {
	switch k {
	case InputNone:
		return "none"
	case InputBoot:
		return "boot"
	case InputHello:
		return "hello"
	case InputCommand:
		return "command"
	case InputSessionLost:
		return "session-lost"
	case InputPersistDone:
		return "persist-done"
	case InputSourceDone:
		return "source-done"
	case InputSinkDone:
		return "sink-done"
	case InputWake:
		return "wake"
	case InputKindCount:
	}
	return "input?"
}

// Boot is what a machine is given once, at its start. Everything random derives
// from Entropy (C-2); an incarnation must not be given another's. Settings are in
// force until a controller sends others.
type Boot struct {
	Entropy  [4]uint64
	Settings core.HostSettings
}

// Input is one fact, as a tagged struct: Kind says which of the other fields is
// read. It is passed by pointer and belongs to the caller, which may reuse it
// after Step; the lists in it are frozen and may be kept.
type Input struct {
	Kind InputKind
	// Cause of what this input leads to: for a message, one of the sender's; for a
	// completion, the one that the effect carried.
	Cause   core.Cause
	Effect  core.EffectID
	Session core.Session
	Boot    Boot
	Hello   core.Hello
	Command core.Command
	Persist persist.Result
	Source  source.Result
	Sink    sink.Result
}
