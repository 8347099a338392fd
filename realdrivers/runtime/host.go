package runtime

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// HostOptions is what a storage host runs with.
type HostOptions struct {
	// Settings are in force until a controller sends others; the zero value means
	// DefaultHostSettings.
	Settings core.HostSettings
	// All drivers are required.
	Persist  Persist
	Source   Source
	Sink     Sink
	Sessions Sessions
	// Observer, Queue and Calls are as a controller's.
	Observer Observer
	Queue    int
	Calls    int
}

// DefaultHostSettings is what a host uses before a controller has told it anything.
func DefaultHostSettings() core.HostSettings {
	c := core.DefaultConfig()
	return core.HostSettings{
		ReaderLease: c.ReaderLease, Heartbeat: c.Heartbeat, BackoffMin: c.BackoffMin, BackoffMax: c.BackoffMax,
		PersistDeadline: c.PersistDeadline, ReadDeadline: c.ReadDeadline, AdvanceEvery: c.AdvanceEvery,
		MaxClockSkew: c.MaxClockSkew,
	}
}

// Host runs one incarnation of storaged.Host. It is safe for concurrent use. What
// happens in one session is to be told in its order, by one goroutine.
type Host struct {
	loop     *loop[storaged.Input]
	machine  *hostMachine
	stopOnce sync.Once
	stopErr  error
	stopping atomic.Bool
	closed   chan struct{}
}

// StartHost boots a host and runs it until it halts or Stop is called.
func StartHost(o HostOptions) (*Host, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	h := &Host{closed: make(chan struct{}), machine: newHostMachine(&o)}
	h.loop = newLoop[storaged.Input](h.machine, o.Queue)
	h.machine.loop = h.loop
	boot := h.loop.item()
	boot.in.Kind = storaged.InputBoot
	boot.in.Boot = storaged.Boot{Entropy: entropy(), Settings: o.Settings}
	h.loop.queue <- boot
	go func() {
		defer close(h.closed)
		h.loop.run()
		h.machine.end.finish(h.machine.calls)
	}()
	return h, nil
}

func (o *HostOptions) complete() error {
	if o.Settings == (core.HostSettings{}) {
		o.Settings = DefaultHostSettings()
	}
	switch {
	case o.Persist == nil || o.Source == nil || o.Sink == nil || o.Sessions == nil:
		return errors.New("runtime: a host needs drivers for shards, sources, sinks and sessions")
	case o.Queue < 0 || o.Calls < 0:
		return errors.New("runtime: Queue and Calls must not be negative")
	}
	completeShared(&o.Observer, &o.Queue, &o.Calls)
	return nil
}

// Hello says that a controller wants a session. Accept or Refuse is called for it.
// Hello, Command and SessionLost wait while the queue is full; they return an error,
// and nothing is said to the machine, if ctx ends first or the host has ended.
func (h *Host) Hello(ctx context.Context, hello core.Hello) error {
	it := h.loop.item()
	it.in.Kind, it.in.Hello = storaged.InputHello, hello
	return h.give(ctx, it)
}

// Command is a message of a session, in the order of sending (H-1). Its lists must
// not be changed any more.
func (h *Host) Command(ctx context.Context, session core.Session, command *core.Command) error {
	it := h.loop.item()
	it.in.Kind, it.in.Session, it.in.Command = storaged.InputCommand, session, *command
	return h.give(ctx, it)
}

// SessionLost says that a session has ended.
func (h *Host) SessionLost(ctx context.Context, session core.Session) error {
	it := h.loop.item()
	it.in.Kind, it.in.Session = storaged.InputSessionLost, session
	return h.give(ctx, it)
}

func (h *Host) give(ctx context.Context, it *item[storaged.Input]) error {
	switch {
	case h.stopping.Load():
		return ErrStopped
	case h.loop.put(it, ctx.Done(), nil):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return h.loop.ending()
}

// Done is closed when the host takes nothing any more. Err then says why.
func (h *Host) Done() <-chan struct{} { return h.loop.done }

// Err is why the host ended: ErrStopped, or a *HaltError; nil while it runs.
func (h *Host) Err() error {
	select {
	case <-h.loop.done:
		return h.loop.ending()
	default:
		return nil
	}
}

// Look runs f between two steps with the machine at rest. f must be quick, must not
// change anything, and must keep nothing that points into the machine.
func (h *Host) Look(ctx context.Context, f func(machine *storaged.Host)) error {
	switch {
	case h.loop.look(ctx.Done(), func() { f(&h.machine.core) }):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return h.loop.ending()
}

// Stop ends the host: nothing begins any more, and what drivers do is waited for
// until ctx ends. The next host of the same objects finds out what became of the
// rest. It returns nil when everything has ended, or why the host had ended before.
func (h *Host) Stop(ctx context.Context) error {
	h.stopOnce.Do(func() {
		h.stopping.Store(true)
		h.machine.end.asked <- ctx
		h.loop.end()
		<-h.closed
		if h.stopErr = h.loop.err; h.stopErr == nil {
			h.stopErr = h.machine.end.err
		}
	})
	return h.stopErr
}

// hostMachine connects the machine to its drivers. It belongs to the loop's
// goroutine.
type hostMachine struct {
	core     storaged.Host
	loop     *loop[storaged.Input]
	effects  []storaged.Effects
	steps    int
	settings core.HostSettings
	sessions Sessions
	observer Observer
	calls    *calls
	end      ending
	persist  port[persist.Call, persist.Result]
	source   port[source.Call, source.Result]
	sink     port[sink.Call, sink.Result]
}

func newHostMachine(o *HostOptions) *hostMachine {
	m := &hostMachine{
		settings: o.Settings, sessions: o.Sessions, observer: o.Observer, calls: newCalls(o.Observer), end: newEnding(),
	}
	m.persist = persistPort(o.Persist, m.calls, o.Calls)
	m.source = port[source.Call, source.Result]{
		name: "source", do: o.Source.Do, calls: m.calls, slots: slots{limit: o.Calls},
		op:      func(c *source.Call) string { return c.Op.String() },
		outcome: func(r *source.Result) *outcome.Outcome { return &r.Outcome },
	}
	m.sink = port[sink.Call, sink.Result]{
		name: "sink", do: o.Sink.Do, calls: m.calls, slots: slots{limit: o.Calls},
		op:      func(c *sink.Call) string { return c.Op.String() },
		outcome: func(r *sink.Result) *outcome.Outcome { return &r.Outcome },
	}
	return m
}

func (m *hostMachine) nextWake() clock.Instant { return m.core.NextWake() }

func (m *hostMachine) wake(in *storaged.Input) { in.Kind = storaged.InputWake }

func (m *hostMachine) ended() error {
	var v storaged.View
	if m.core.View(&v); v.Phase != storaged.PhaseHalted {
		return nil
	}
	return &HaltError{Machine: "host", Halt: v.Halt, Epoch: v.Session.Epoch}
}

func (m *hostMachine) step(now clock.Now, in *storaged.Input) {
	if in.Kind == storaged.InputCommand && in.Command.Kind == core.CommandUpdateConfiguration {
		m.raise(&in.Command.Settings)
	}
	if m.steps == len(m.effects) {
		m.effects = append(m.effects, storaged.Effects{})
	}
	out := &m.effects[m.steps]
	m.steps++
	began := time.Now()
	m.core.Step(now, in, out)
	m.observer.Stepped(in.Kind.String(), time.Since(began), out.Len(), len(m.loop.queue))
}

// raise follows the deadlines that controllers set; they only bound calls from
// above, so the longest one seen is good enough.
func (m *hostMachine) raise(s *core.HostSettings) {
	m.settings.PersistDeadline = max(m.settings.PersistDeadline, s.PersistDeadline)
	m.settings.ReadDeadline = max(m.settings.ReadDeadline, s.ReadDeadline)
}

// release starts what followed from the steps of a batch.
func (m *hostMachine) release() error {
	for i := range m.steps {
		out := &m.effects[i]
		for j := range out.Len() {
			m.startEffect(out.At(j))
		}
		out.Reset()
	}
	m.steps = 0
	return nil
}

func (m *hostMachine) startEffect(e *storaged.Effect) {
	switch e.Kind {
	case storaged.EffectAccept:
		m.sessions.Accept(e.Session)
	case storaged.EffectRefuse:
		m.sessions.Refuse(e.Session, e.Fenced)
	case storaged.EffectClose:
		m.sessions.Close(e.Session)
	case storaged.EffectReport:
		report := e.Report
		m.sessions.Report(e.Session, &report)
	case storaged.EffectPersist:
		m.persist.start(e.Persist, persistDeadline(e.Persist.Op, m.settings.PersistDeadline, m.settings.ReadDeadline),
			completedAtHost(m, storaged.InputPersistDone, e, func(in *storaged.Input, r *persist.Result) { in.Persist = *r }))
	case storaged.EffectSource:
		m.source.start(e.Source, m.settings.ReadDeadline,
			completedAtHost(m, storaged.InputSourceDone, e, func(in *storaged.Input, r *source.Result) { in.Source = *r }))
	case storaged.EffectSink:
		m.sink.start(e.Sink, m.settings.ReadDeadline,
			completedAtHost(m, storaged.InputSinkDone, e, func(in *storaged.Input, r *sink.Result) { in.Sink = *r }))
	case storaged.EffectNone, storaged.EffectKindCount:
	}
}

// completedAtHost gives the result of an effect's call to the host.
func completedAtHost[R any](m *hostMachine, kind storaged.InputKind, e *storaged.Effect, set func(in *storaged.Input, r *R)) func(r *R) {
	id, cause := e.ID, e.Cause
	return func(r *R) {
		it := m.loop.item()
		it.in.Kind, it.in.Effect, it.in.Cause = kind, id, cause
		set(&it.in, r)
		m.loop.put(it, nil, nil)
	}
}
