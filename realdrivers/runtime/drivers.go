// Package runtime runs a machine of core in production: one goroutine owns it,
// its effects run concurrently, and what comes of them returns as inputs in order
// of arrival from one bounded queue. It decides nothing and repeats nothing: every
// retry, deadline and limit is the machine's own.
//
// StartController runs a core.Controller, StartHost a storaged.Host; both are the
// same loop (loop.go) over the same way to make calls (calls.go).
package runtime

import (
	"context"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// What is said of a driver's Do holds for all of them. Do sets every field of the
// result, whatever happens: a call that was given up by ctx is outcome.Unknown,
// unless it is certain that it did not and will not take effect. The context ends
// some time after the machine's own deadline for the call, and when the loop stops.
// Do is called from many goroutines at the same time. The lists in a call are
// frozen; those in a result belong to whoever holds it, and must not change later.

// Persist makes calls of shards.
type Persist interface {
	Do(ctx context.Context, call *persist.Call, result *persist.Result)
}

// Stash makes calls of the metadata store.
type Stash interface {
	Do(ctx context.Context, call *stash.Call, result *stash.Result)
}

// Orchestrator starts and stops managed hosts.
type Orchestrator interface {
	Do(ctx context.Context, call *core.OrchestratorCall, result *core.OrchestratorResult)
}

// Source reads external systems.
type Source interface {
	Do(ctx context.Context, call *source.Call, result *source.Result)
}

// Sink writes to external systems.
type Sink interface {
	Do(ctx context.Context, call *sink.Call, result *sink.Result)
}

// Transport carries sessions between the controller and its hosts (H-1). It is safe
// for concurrent use.
type Transport interface {
	// Connect makes a HostConnect. If it is Done, what happens in the session is given
	// to events, from another goroutine, in order, ending with Lost unless Disconnect
	// came first. Events may be given as soon as Connect sets the result; the loop
	// orders them behind it.
	Connect(ctx context.Context, call *core.HostCall, result *core.HostResult, events SessionEvents)
	// Send makes a HostSend. It does not block on the network: what cannot be sent
	// loses the session. Calls of one session are made in order.
	Send(call *core.HostCall)
	// Disconnect makes a HostDisconnect. Nothing of the session is given to its events
	// once it has returned. It is never called while Connect of the same session runs,
	// and may be called for a session that was never opened, or is lost.
	Disconnect(call *core.HostCall)
}

// SessionEvents hears what happens in one session. The arguments may be kept. Its
// methods block while the loop's queue is full, which is how a host that reports
// faster than the controller takes is slowed down; they return at once after the
// session's Disconnect was asked for.
type SessionEvents interface {
	// Report is a message of the host.
	Report(report *core.Report)
	// Lost says that the session has ended on its own. Nothing follows.
	Lost()
}

// Sessions is a host's end of the transport. Its methods are called by the loop's
// goroutine, in order, and must not block: what cannot be sent loses the session,
// which is then said by Host.SessionLost.
type Sessions interface {
	// Accept: session is the host's session now.
	Accept(session core.Session)
	// Refuse answers the Hello of session: the host knows the session fenced, which is
	// not older (H-3).
	Refuse(session, fenced core.Session)
	// Close: session ended because another one began.
	Close(session core.Session)
	// Report sends a report to the controller.
	Report(session core.Session, report *core.Report)
}
