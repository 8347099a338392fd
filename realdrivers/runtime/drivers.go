// Package runtime runs a machine of core in production: one goroutine owns it,
// its effects run concurrently, and what comes of them returns as inputs in order
// of arrival from one bounded queue. It decides nothing and repeats nothing: every
// retry, deadline and limit is the machine's own.
package runtime

import (
	"context"

	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// Persist makes calls of shards. Do sets every field of the result, whatever
// happens: a call that was given up by ctx is outcome.Unknown, unless it is certain
// that it did not and will not take effect. It is safe for concurrent use.
type Persist interface {
	Do(ctx context.Context, call *persist.Call, result *persist.Result)
}

// Stash makes calls of the metadata store, as Persist does of shards.
type Stash interface {
	Do(ctx context.Context, call *stash.Call, result *stash.Result)
}

// Orchestrator starts and stops managed hosts, as Persist makes calls of shards.
type Orchestrator interface {
	Do(ctx context.Context, call *core.OrchestratorCall, result *core.OrchestratorResult)
}

// Transport carries sessions between the controller and its hosts (H-1). It is safe
// for concurrent use.
type Transport interface {
	// Connect makes a HostConnect. If it is Done, what happens in the session is given
	// to events, from another goroutine, in order, ending with Lost unless Disconnect
	// came first. Nothing is given before Connect has returned.
	Connect(ctx context.Context, call *core.HostCall, result *core.HostResult, events SessionEvents)
	// Send makes a HostSend. It does not block on the network: what cannot be sent
	// loses the session. Calls of one session are made in order.
	Send(call *core.HostCall)
	// Disconnect makes a HostDisconnect. Nothing of the session is given to its events
	// once it has returned.
	Disconnect(call *core.HostCall)
}

// SessionEvents hears what happens in one session. The arguments may be kept.
type SessionEvents interface {
	// Report is a message of the host.
	Report(report *core.Report)
	// Lost says that the session has ended on its own. Nothing follows.
	Lost()
}
