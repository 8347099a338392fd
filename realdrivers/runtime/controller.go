package runtime

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// ControllerOptions is what a controller runs with.
type ControllerOptions struct {
	// Config of the machine; the zero value means core.DefaultConfig.
	Config core.Config
	// Persist and Stash are required. Without an Orchestrator, ServicesEvery must be
	// zero; without a Transport no host is ever reached.
	Persist      Persist
	Stash        Stash
	Orchestrator Orchestrator
	Transport    Transport
	// Journal, if it is set, keeps every input and what followed from it.
	Journal *JournalOptions
	// Observer hears what happens; nil: nobody does.
	Observer Observer
	// Queue is how many inputs may wait; 0 means 1024. Whoever brings more waits.
	Queue int
	// Calls is how many calls of one driver may run at a time; 0 means 1024.
	Calls int
}

// Controller runs one incarnation of core.Controller. It is safe for concurrent use.
type Controller struct {
	loop    *loop[controllerInput]
	machine *controllerMachine
	nextID  atomic.Uint64
	// stopping refuses new requests.
	stopping atomic.Bool
	stopOnce sync.Once
	stopErr  error
	// closed is closed when everything has ended.
	closed chan struct{}
}

// StartController boots a controller and runs it until it halts or Stop is called.
func StartController(o ControllerOptions) (*Controller, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	c := &Controller{closed: make(chan struct{})}
	c.machine = newControllerMachine(&o)
	c.loop = newLoop[controllerInput](c.machine, o.Queue)
	c.machine.loop = c.loop
	if o.Journal != nil {
		j, err := newJournal(*o.Journal, &o.Config, o.Observer)
		if err != nil {
			return nil, err
		}
		if err := j.begin(&c.machine.core); err != nil {
			return nil, err
		}
		c.machine.journal = j
	}
	boot := c.loop.item()
	boot.in.Kind = core.InputBoot
	boot.in.Boot = core.Boot{Entropy: entropy(), Config: o.Config}
	c.loop.queue <- boot
	go func() {
		defer close(c.closed)
		c.loop.run()
		c.machine.close(c.loop.err)
	}()
	return c, nil
}

func (o *ControllerOptions) complete() error {
	if o.Config == (core.Config{}) {
		o.Config = core.DefaultConfig()
		if o.Orchestrator == nil {
			o.Config.ServicesEvery = 0
		}
	}
	switch {
	case o.Persist == nil || o.Stash == nil:
		return errors.New("runtime: a controller needs drivers for shards and for the stash")
	case !o.Config.Valid():
		return errors.New("runtime: the configuration has a span or limit that cannot be used")
	case o.Orchestrator == nil && o.Config.ServicesEvery != 0:
		return errors.New("runtime: ServicesEvery must be zero without an orchestrator")
	case o.Queue < 0 || o.Calls < 0:
		return errors.New("runtime: Queue and Calls must not be negative")
	}
	completeShared(&o.Observer, &o.Queue, &o.Calls)
	return nil
}

// completeShared sets what was left open of the options that all machines have.
func completeShared(observer *Observer, queue, calls *int) {
	if *observer == nil {
		*observer = nobody{}
	}
	if *queue == 0 {
		*queue = 1024
	}
	if *calls == 0 {
		*calls = 1024
	}
}

// entropy is what an incarnation's randomness derives from (C-2).
func entropy() (e [4]uint64) {
	var b [32]byte
	rand.Read(b[:]) // never fails
	for i := range e {
		e[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return e
}

// Done is closed when the controller takes nothing any more, because it halted or
// was stopped. Err then says why.
func (c *Controller) Done() <-chan struct{} { return c.loop.done }

// Err is why the controller ended: ErrStopped, or a *HaltError; nil while it runs.
func (c *Controller) Err() error {
	select {
	case <-c.loop.done:
		return c.loop.ending()
	default:
		return nil
	}
}

// ending is why a loop that is done has ended.
func (l *loop[I]) ending() error {
	if l.err != nil {
		return l.err
	}
	return ErrStopped
}

// controllerInput is an input of the controller, and whom to answer.
type controllerInput struct {
	core.Input
	// asker of an InputRequest or an InputCancel; nil: nobody waits.
	asker *asker
	// session of an InputHostDone.
	session *session
}

// controllerMachine connects the machine to its drivers. It belongs to the loop's
// goroutine, except where a field says otherwise.
type controllerMachine struct {
	core core.Controller
	cfg  core.Config
	loop *loop[controllerInput]

	// effects has a buffer for each step since the last release; steps counts them.
	effects []core.Effects
	steps   int
	// askers are whom to answer; givenUp are those that cancelled in this batch.
	askers  map[core.RequestID]*asker
	givenUp []*asker
	// drained is closed when no request is open; nil: nobody waits for that.
	drained chan struct{}
	end     ending

	sessions  map[sessionKey]*session
	watches   map[*Watch]struct{}
	followers map[follower]struct{}
	status    statusBox

	journal  *journalWriter
	panicked *PanicError

	observer     Observer
	calls        *calls
	persist      port[persist.Call, persist.Result]
	stash        port[stash.Call, stash.Result]
	orchestrator port[core.OrchestratorCall, core.OrchestratorResult]
	connect      port[core.HostCall, core.HostResult]
	transport    Transport
}

func newControllerMachine(o *ControllerOptions) *controllerMachine {
	m := &controllerMachine{
		cfg: o.Config, observer: o.Observer, calls: newCalls(o.Observer), transport: o.Transport,
		askers: map[core.RequestID]*asker{}, sessions: map[sessionKey]*session{}, watches: map[*Watch]struct{}{},
		followers: map[follower]struct{}{}, end: newEnding(),
	}
	m.persist = persistPort(o.Persist, m.calls, o.Calls)
	m.stash = port[stash.Call, stash.Result]{
		name: "stash", do: o.Stash.Do, calls: m.calls, slots: slots{limit: o.Calls},
		op:      func(c *stash.Call) string { return c.Op.String() },
		outcome: func(r *stash.Result) *outcome.Outcome { return &r.Outcome },
	}
	m.orchestrator = port[core.OrchestratorCall, core.OrchestratorResult]{
		name: "orchestrator", do: noOrchestrator, calls: m.calls, slots: slots{limit: o.Calls},
		op:      func(c *core.OrchestratorCall) string { return c.Op.String() },
		outcome: func(r *core.OrchestratorResult) *outcome.Outcome { return &r.Outcome },
	}
	if o.Orchestrator != nil {
		m.orchestrator.do = o.Orchestrator.Do
	}
	m.connect = port[core.HostCall, core.HostResult]{
		name: "host", calls: m.calls, slots: slots{limit: o.Calls},
		op:      func(c *core.HostCall) string { return c.Op.String() },
		outcome: func(r *core.HostResult) *outcome.Outcome { return &r.Outcome },
	}
	return m
}

func persistPort(driver Persist, calls *calls, limit int) port[persist.Call, persist.Result] {
	return port[persist.Call, persist.Result]{
		name: "persist", do: driver.Do, calls: calls, slots: slots{limit: limit},
		op:      func(c *persist.Call) string { return c.Op.String() },
		outcome: func(r *persist.Result) *outcome.Outcome { return &r.Outcome },
	}
}

// persistDeadline is that of an operation; a read may take as long as its data is large.
func persistDeadline(op persist.Op, otherwise, read clock.Duration) clock.Duration {
	if op == persist.OpSnapshot || op == persist.OpListen {
		return read
	}
	return otherwise
}

// noOrchestrator is the driver where there is none: nothing that it is asked for
// happens.
func noOrchestrator(_ context.Context, _ *core.OrchestratorCall, r *core.OrchestratorResult) {
	r.Outcome = outcome.NotDone
}

func (m *controllerMachine) nextWake() clock.Instant { return m.core.NextWake() }

func (m *controllerMachine) wake(in *controllerInput) { in.Kind = core.InputWake }

func (m *controllerMachine) ended() error {
	if m.panicked != nil {
		return m.panicked
	}
	if m.core.Phase() != core.PhaseHalted {
		return nil
	}
	var v core.View
	m.core.View(&v)
	return &HaltError{Machine: "controller", Halt: v.Halt, Epoch: v.Epoch}
}

// step gives the machine one input. Each has a buffer of its own, because a halt
// withdraws what its buffer holds.
func (m *controllerMachine) step(now clock.Now, in *controllerInput) {
	m.before(in)
	if m.steps == len(m.effects) {
		m.effects = append(m.effects, core.Effects{})
	}
	out := &m.effects[m.steps]
	m.steps++
	began := time.Now()
	if m.guarded(now, &in.Input, out) {
		m.journal.step(now, &in.Input, out)
	}
	m.observer.Stepped(in.Kind.String(), time.Since(began), out.Len(), len(m.loop.queue))
	m.after(in)
}

// guarded reports whether the step returned. One that panics ends the machine with
// nothing of the step released, and is in the journal, where it can be looked at.
func (m *controllerMachine) guarded(now clock.Now, in *core.Input, out *core.Effects) (returned bool) {
	if m.panicked != nil {
		return false
	}
	defer func() {
		if !returned {
			m.panicked = &PanicError{Machine: "controller", Input: in.Kind.String(), Value: recover(), Stack: debug.Stack()}
			m.journal.panicked(now, in)
			out.Reset()
		}
	}()
	m.core.Step(now, in, out)
	return true
}

// before notes what the machine does not know of an input: whom to answer, and
// which sessions are no more.
func (m *controllerMachine) before(in *controllerInput) {
	switch in.Kind {
	case core.InputRequest:
		if in.asker != nil {
			in.asker.taken.Store(true)
			m.askers[in.Request.ID] = in.asker
		}
	case core.InputHostDone:
		m.connectEnded(in.session, in.HostResult.Outcome)
	case core.InputSessionLost:
		m.forget(m.sessions[sessionKey{in.Host, in.Session}])
	default:
	}
}

func (m *controllerMachine) after(in *controllerInput) {
	if in.Kind == core.InputCancel && in.asker != nil {
		m.givenUp = append(m.givenUp, in.asker)
	}
	if len(m.watches) > 0 && m.panicked == nil {
		m.noteTouched()
	}
}

// release starts what followed from the steps of a batch, once the journal has them.
func (m *controllerMachine) release() error {
	m.journal.flush(&m.core)
	for i := range m.steps {
		out := &m.effects[i]
		for j := range out.Len() {
			m.startEffect(out.At(j))
		}
		out.Reset()
	}
	if m.steps > 0 { // looks change nothing, and followers make them
		m.raise()
	}
	m.steps = 0
	m.settleAskers()
	m.notifyWatches()
	m.publish()
	return nil
}

func (m *controllerMachine) startEffect(e *core.Effect) {
	switch e.Kind {
	case core.EffectPersist:
		m.persist.start(e.Persist, persistDeadline(e.Persist.Op, m.cfg.PersistDeadline, m.cfg.ReadDeadline),
			completed(m, core.InputPersistDone, e, func(in *core.Input, r *persist.Result) { in.Persist = *r }))
	case core.EffectStash:
		m.stash.start(e.Stash, m.cfg.StashDeadline,
			completed(m, core.InputStashDone, e, func(in *core.Input, r *stash.Result) { in.Stash = *r }))
	case core.EffectOrchestrator:
		m.orchestrator.start(e.Orchestrator, m.cfg.HostDeadline,
			completed(m, core.InputOrchestratorDone, e, func(in *core.Input, r *core.OrchestratorResult) { in.Orchestrator = *r }))
	case core.EffectHost:
		m.startHost(e)
	case core.EffectRespond:
		m.answer(&e.Response)
	case core.EffectNone, core.EffectKindCount:
	}
}

// completed gives the result of an effect's call to the controller.
func completed[R any](m *controllerMachine, kind core.InputKind, e *core.Effect, set func(in *core.Input, r *R)) func(r *R) {
	id, cause := e.ID, e.Cause
	return func(r *R) {
		it := m.completion(kind, id, cause)
		set(&it.in.Input, r)
		m.loop.put(it, nil, nil)
	}
}

func (m *controllerMachine) completion(kind core.InputKind, id core.EffectID, cause core.Cause) *item[controllerInput] {
	it := m.loop.item()
	it.in.Kind, it.in.Effect, it.in.Cause = kind, id, cause
	return it
}
