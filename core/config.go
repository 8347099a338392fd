package core

import "example.com/tidemark/core/clock"

// Config is everything that an operator may set. It comes in with the boot input
// and does not change during an incarnation. All spans are monotonic time.
type Config struct {
	// ReaderLease is the lease that the controller's own leased readers ask for, and
	// the period at which an unreached since target is asserted again (C-90).
	ReaderLease clock.Duration
	// Heartbeat is the period at which a leased reader's lease is renewed (C-91).
	Heartbeat clock.Duration
	// HoldLease is how long an external hold lives without being renewed (C-46). It
	// is also the "maximal lease" of C-48, and a third of it is how old a proof of
	// leadership may be when a hold is granted.
	HoldLease clock.Duration
	// ClockMargin is added to HoldLease after a boot, for clocks that run at
	// different speeds (C-48).
	ClockMargin clock.Duration
	// FetchEvery is the period at which the upper of every open shard is fetched (C-40).
	FetchEvery clock.Duration
	// AdvanceEvery is the period at which the uppers of managed collections advance (C-70).
	AdvanceEvery clock.Duration
	// SinceEvery is the least time between two since downgrades of one shard (C-90).
	SinceEvery clock.Duration
	// BackoffMin and BackoffMax bound the exponential backoff of retries (C-92).
	BackoffMin, BackoffMax clock.Duration
	// PersistDeadline, ReadDeadline and StashDeadline are how long a call may be
	// out before its outcome counts as unknown (C-93): shard calls other than
	// snapshots, snapshots, stash transactions.
	PersistDeadline, ReadDeadline, StashDeadline clock.Duration
	// SnapshotWait is how long a snapshot request waits for its time to be complete
	// if it does not say so itself, and the longest that it may ask for (C-60).
	SnapshotWait clock.Duration
	// MaxClockSkew bounds how far a chosen data time may be ahead of the stash
	// server's clock (C-55).
	MaxClockSkew clock.Duration
	// HostDeadline is how long a connect or a call of the orchestrator may be out (C-93).
	HostDeadline clock.Duration
	// MoveGrace is how long a moved object's new host waits for the old one to confirm
	// that it has stopped (C-27).
	MoveGrace clock.Duration
	// DropGrace is how long a dropped export holds its input without a confirmation
	// (C-35).
	DropGrace clock.Duration
	// WriterGrace is how long a shard that a remote host writes is not finalized without
	// a confirmation (C-29).
	WriterGrace clock.Duration
	// ServicesEvery is the period at which the orchestrator's services are listed, and
	// those that nobody needs stopped (C-83). Zero: there is no orchestrator, and hosts
	// are remote ones only.
	ServicesEvery clock.Duration
	// Limits bound what may be outstanding (C-49).
	Limits Limits
}

// Limits are the bounds of C-49. Beyond one of them a request is answered
// Overloaded and changes nothing.
type Limits struct {
	// OpenRequests counts requests that have no response yet.
	OpenRequests int64
	// QueuedAppends and QueuedBytes count append entries that are not durable yet,
	// and the bytes of their rows.
	QueuedAppends, QueuedBytes int64
	// HoldsPerOwner counts one owner's holds, named ones and counted times together.
	HoldsPerOwner int64
	// IDsPerRequest counts the entries of a request's longest list.
	IDsPerRequest int64
}

// DefaultConfig is what production runs with.
func DefaultConfig() Config {
	return Config{
		ReaderLease:     15 * clock.Minute,
		Heartbeat:       clock.Minute,
		HoldLease:       15 * clock.Minute,
		ClockMargin:     10 * clock.Second,
		FetchEvery:      clock.Minute,
		AdvanceEvery:    clock.Second,
		SinceEvery:      clock.Second,
		BackoffMin:      50 * clock.Millisecond,
		BackoffMax:      10 * clock.Second,
		PersistDeadline: 30 * clock.Second,
		ReadDeadline:    5 * clock.Minute,
		StashDeadline:   30 * clock.Second,
		SnapshotWait:    5 * clock.Minute,
		MaxClockSkew:    5 * clock.Second,
		HostDeadline:    30 * clock.Second,
		MoveGrace:       clock.Minute,
		DropGrace:       15 * clock.Minute,
		WriterGrace:     24 * clock.Hour,
		ServicesEvery:   5 * clock.Minute,
		Limits: Limits{
			OpenRequests:  100_000,
			QueuedAppends: 100_000,
			QueuedBytes:   256 << 20,
			HoldsPerOwner: 100_000,
			IDsPerRequest: 10_000,
		},
	}
}

// Valid reports whether every span and limit is usable.
func (c *Config) Valid() bool {
	spans := [...]clock.Duration{
		c.ReaderLease, c.Heartbeat, c.HoldLease, c.FetchEvery, c.AdvanceEvery, c.SinceEvery, c.BackoffMin,
		c.BackoffMax, c.PersistDeadline, c.ReadDeadline, c.StashDeadline, c.SnapshotWait,
		c.HostDeadline, c.MoveGrace, c.DropGrace, c.WriterGrace,
	}
	for _, d := range spans {
		if d <= 0 || d > maxSpan {
			return false
		}
	}
	if c.ClockMargin < 0 || c.ClockMargin > maxSpan || c.MaxClockSkew < 0 || c.MaxClockSkew > maxSpan ||
		c.ServicesEvery < 0 || c.ServicesEvery > maxSpan {
		return false
	}
	l := &c.Limits
	return c.BackoffMin <= c.BackoffMax && c.Heartbeat < c.ReaderLease &&
		l.OpenRequests > 0 && l.QueuedAppends > 0 && l.QueuedBytes > 0 &&
		l.HoldsPerOwner > 0 && l.IDsPerRequest > 0
}

// maxSpan keeps sums of instants and spans far from overflow.
const maxSpan = 366 * 24 * clock.Hour
