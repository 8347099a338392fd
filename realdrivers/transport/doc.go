// Package transport carries sessions between a controller and its storage hosts over
// TCP (H-1, H-3). Client is the controller's end, a runtime.Transport; Server is the
// host's, a runtime.Sessions. docs/protocol.md describes what goes over the wire.
//
// A session is one connection. Whatever is wrong with it, a byte that was changed, a
// frame that is missing or came twice, a message that cannot be read, silence for
// longer than Timings.Silence, ends the connection and with it the session; nothing
// of a damaged frame is ever used. Nobody connects again by himself: that is the
// controller's decision (C-6).
//
// Both ends prove that they know a token without sending it. Beyond the loopback
// interface both TLS and a token are required.
package transport

import (
	"log/slog"
	"time"
)

// Version of the protocol. A host serves controllers of its own version only, and
// says so to others.
const Version = 1

// Timings are the spans of a connection; zero ones get their defaults.
type Timings struct {
	// Handshake is how long connecting may take until the session is accepted or
	// refused, at the host's end: 10 s.
	Handshake time.Duration
	// Beat is how long an end is silent before it sends a sign of life: 1 s.
	Beat time.Duration
	// Silence is how long nothing may come, or nothing be taken, before the connection
	// is given up: 10 s.
	Silence time.Duration
}

func (t Timings) filled() Timings {
	fill := func(d *time.Duration, fallback time.Duration) {
		if *d <= 0 {
			*d = fallback
		}
	}
	fill(&t.Handshake, 10*time.Second)
	fill(&t.Beat, time.Second)
	fill(&t.Silence, 10*time.Second)
	return t
}

func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
