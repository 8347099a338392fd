package core

import (
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// InputKind is the kind of an Input.
type InputKind uint8

// Inputs are facts about the past.
const (
	InputNone InputKind = iota
	// InputBoot starts the machine; it comes first and once. Reads Boot.
	InputBoot
	// InputRequest is a client's request. Reads Request.
	InputRequest
	// InputCancel says that a client gave up the request Cancel (C-5). It has no
	// response of its own.
	InputCancel
	// InputPersistDone completes a persist call. Reads Effect and Persist.
	InputPersistDone
	// InputStashDone completes a stash call. Reads Effect and Stash.
	InputStashDone
	// InputWake says that an instant that NextWake asked for has come, or another:
	// late, early and repeated wakes are harmless.
	InputWake
	// InputHostDone completes a HostConnect. Reads Effect and HostResult.
	InputHostDone
	// InputReport is a host's report in Session of Host. Reads Host, Session, Report.
	InputReport
	// InputSessionLost says that Session of Host has ended on its own: nothing sent in
	// it later arrives, and no report follows. Reads Host and Session.
	InputSessionLost
	// InputOrchestratorDone completes a call of the orchestrator. Reads Effect and
	// Orchestrator.
	InputOrchestratorDone
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
	case InputRequest:
		return "request"
	case InputCancel:
		return "cancel"
	case InputPersistDone:
		return "persist-done"
	case InputStashDone:
		return "stash-done"
	case InputWake:
		return "wake"
	case InputHostDone:
		return "host-done"
	case InputReport:
		return "report"
	case InputSessionLost:
		return "session-lost"
	case InputOrchestratorDone:
		return "orchestrator-done"
	case InputKindCount:
	}
	return "input?"
}

// Boot is what a machine is given once, at its start (C-10). Everything random
// derives from Entropy (C-2); an incarnation must not be given another's.
type Boot struct {
	Entropy [4]uint64
	Config  Config
}

// Input is one fact, as a tagged struct: Kind says which of the other fields is
// read. It is passed by pointer and belongs to the caller, which may reuse it
// after Step; the lists in it are frozen and may be kept.
type Input struct {
	Kind InputKind
	// Cause of what this input leads to: for a request, one of the sender's; for a
	// completion, the one that the effect carried.
	Cause   Cause
	Effect  EffectID
	Cancel  RequestID
	Boot    Boot
	Request Request
	Persist persist.Result
	Stash   stash.Result

	Host         HostID
	Session      Session
	HostResult   HostResult
	Report       Report
	Orchestrator OrchestratorResult
}
