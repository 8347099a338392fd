package runtime

import (
	"context"
	"runtime/debug"
	"sync"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
)

// sessionKey names a session of the controller with a host.
type sessionKey struct {
	host    core.HostID
	session core.Session
}

// session is one session, from when its opening is asked for until it is ended or
// lost. It puts what happens in it behind the completion of its opening.
type session struct {
	m    *controllerMachine
	key  sessionKey
	ctx  context.Context
	stop context.CancelFunc
	// opened is closed when the completion of the opening is in the queue.
	opened chan struct{}

	// mu guards the rest: the opening runs, and what is to be done when it has returned.
	mu         sync.Mutex
	connecting bool
	disconnect *core.HostCall
}

// startHost makes a call of the transport.
func (m *controllerMachine) startHost(e *core.Effect) {
	if m.transport == nil {
		if e.Host.Op == core.HostConnect {
			it := m.completion(core.InputHostDone, e.ID, e.Cause)
			it.in.HostResult.Outcome = outcome.NotDone
			go m.loop.put(it, nil, nil)
		}
		return
	}
	switch e.Host.Op {
	case core.HostConnect:
		m.startConnect(e)
	case core.HostSend:
		m.send(&e.Host)
	case core.HostDisconnect:
		m.hangUp(&e.Host)
	case core.HostOpNone, core.HostOpCount:
	}
}

func (m *controllerMachine) startConnect(e *core.Effect) {
	s := &session{
		m: m, key: sessionKey{e.Host.Host, e.Host.Session}, opened: make(chan struct{}), connecting: true,
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	m.sessions[s.key] = s
	id, cause := e.ID, e.Cause
	m.connect.startWith(e.Host, m.cfg.HostDeadline, s.open, func(r *core.HostResult) {
		it := m.completion(core.InputHostDone, id, cause)
		it.in.HostResult, it.in.session = *r, s
		m.loop.put(it, nil, nil)
		close(s.opened)
	})
}

// open makes the HostConnect, and the HostDisconnect if that was asked for
// meanwhile.
func (s *session) open(ctx context.Context, call *core.HostCall, result *core.HostResult) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	defer s.returned()
	s.m.transport.Connect(ctx, call, result, s)
}

// returned is called when the opening has, even by a panic.
func (s *session) returned() {
	s.mu.Lock()
	s.connecting = false
	call := s.disconnect
	s.mu.Unlock()
	if call != nil {
		s.m.transport.Disconnect(call)
	}
}

// send makes a HostSend. A transport that panics has lost the session.
func (m *controllerMachine) send(call *core.HostCall) {
	defer func() {
		if v := recover(); v != nil {
			m.transportPanicked(call, v)
			if s := m.sessions[sessionKey{call.Host, call.Session}]; s != nil {
				go s.Lost()
			}
		}
	}()
	copied := *call
	m.transport.Send(&copied)
}

// hangUp makes a HostDisconnect, at once or when the session's opening has returned.
func (m *controllerMachine) hangUp(call *core.HostCall) {
	copied := *call
	s := m.sessions[sessionKey{call.Host, call.Session}]
	if s == nil {
		m.disconnect(&copied)
		return
	}
	m.forget(s)
	s.mu.Lock()
	connecting := s.connecting
	if connecting {
		s.disconnect = &copied
	}
	s.mu.Unlock()
	if !connecting {
		m.disconnect(&copied)
	}
}

func (m *controllerMachine) disconnect(call *core.HostCall) {
	defer func() {
		if v := recover(); v != nil {
			m.transportPanicked(call, v)
		}
	}()
	m.transport.Disconnect(call)
}

// connectEnded: there is no session, or nobody knows; then the machine is about to
// end it.
func (m *controllerMachine) connectEnded(s *session, o outcome.Outcome) {
	switch {
	case s == nil || o == outcome.Done:
	case o == outcome.Unknown:
		s.stop()
	default:
		m.forget(s)
	}
}

// forget lets nothing of a session through any more; nil is no session.
func (m *controllerMachine) forget(s *session) {
	if s == nil {
		return
	}
	s.stop()
	if m.sessions[s.key] == s {
		delete(m.sessions, s.key)
	}
}

func (m *controllerMachine) transportPanicked(call *core.HostCall, v any) {
	m.observer.Panicked("host", call.Op.String(), v, debug.Stack())
}

// Report implements SessionEvents.
func (s *session) Report(report *core.Report) {
	it := s.m.loop.item()
	it.in.Kind, it.in.Report = core.InputReport, *report
	s.give(it)
}

// Lost implements SessionEvents.
func (s *session) Lost() {
	it := s.m.loop.item()
	it.in.Kind = core.InputSessionLost
	s.give(it)
}

func (s *session) give(it *item[controllerInput]) {
	select {
	case <-s.opened:
	case <-s.ctx.Done():
		return
	case <-s.m.loop.done:
		return
	}
	it.in.Host, it.in.Session = s.key.host, s.key.session
	s.m.loop.put(it, s.ctx.Done(), nil)
}
