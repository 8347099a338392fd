package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
)

// HostOp is what is asked of the transport to a host.
type HostOp uint8

// Operations of the transport. One session is first in, first out in both
// directions (H-1).
const (
	HostOpNone HostOp = iota
	// HostConnect opens a session: it delivers Hello{Session, Wall}. Done: the host has
	// accepted, and reports of the session follow as InputReport. Fenced: the host
	// belongs to HostResult.Epoch. NotDone: there is no session. Unknown: there may be
	// one, to be given up by opening the next.
	HostConnect
	// HostSend sends Commands, in order, in Session. It is not answered: a session that
	// loses one is lost, and that is said by InputSessionLost.
	HostSend
	// HostDisconnect ends Session. It is not answered.
	HostDisconnect
	// HostOpCount is one more than the last operation.
	HostOpCount
)

// String is the operation's name as it appears in traces and statistics.
func (o HostOp) String() string {
	switch o {
	case HostOpNone:
		return "none"
	case HostConnect:
		return "connect"
	case HostSend:
		return "send"
	case HostDisconnect:
		return "disconnect"
	case HostOpCount:
	}
	return "op?"
}

// HostCall is one call of the transport, with everything that the driver needs.
type HostCall struct {
	Op      HostOp
	Host    HostID
	Session Session
	// Wall of HostConnect's Hello.
	Wall clock.Wall
	// Commands of HostSend. Frozen.
	Commands []Command
}

// HostResult is how a HostConnect ended.
type HostResult struct {
	Outcome outcome.Outcome
	// Epoch that the host belongs to, if Fenced.
	Epoch uint64
}

// OrchestratorOp is what is asked of the orchestrator of managed hosts.
type OrchestratorOp uint8

// Operations of the orchestrator. Each carries the epoch, which the service records;
// a call below the recorded epoch is refused atomically as Fenced, whether or not
// the service runs (C-83).
const (
	OrchestratorOpNone OrchestratorOp = iota
	// OrchestratorEnsure has the service of Host running. Done: it is, or will be
	// without another call; it may not be reachable yet.
	OrchestratorEnsure
	// OrchestratorStop has it not running. Done: no process of it runs.
	OrchestratorStop
	// OrchestratorList lists the services of this installation that run or are to run.
	// It names no host.
	OrchestratorList
	// OrchestratorOpCount is one more than the last operation.
	OrchestratorOpCount
)

// String is the operation's name as it appears in traces and statistics.
func (o OrchestratorOp) String() string {
	switch o {
	case OrchestratorOpNone:
		return "none"
	case OrchestratorEnsure:
		return "ensure"
	case OrchestratorStop:
		return "stop"
	case OrchestratorList:
		return "list"
	case OrchestratorOpCount:
	}
	return "op?"
}

// OrchestratorCall is one call of the orchestrator.
type OrchestratorCall struct {
	Op    OrchestratorOp
	Host  HostID
	Epoch uint64
}

// Service is what the orchestrator knows of one managed host.
type Service struct {
	Host HostID
	// Epoch recorded with it.
	Epoch uint64
}

// OrchestratorResult is how a call ended: Done, NotDone, Unknown, or Fenced with the
// epoch recorded.
type OrchestratorResult struct {
	Outcome outcome.Outcome
	Epoch   uint64
	// Services of OrchestratorList. Frozen.
	Services []Service
}
