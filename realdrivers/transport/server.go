package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"example.com/tidemark/codec"
	"example.com/tidemark/core"
	"example.com/tidemark/realdrivers/runtime"
)

// Machine is the host that is served, such as a runtime.Host.
type Machine interface {
	Hello(ctx context.Context, hello core.Hello) error
	Command(ctx context.Context, session core.Session, command *core.Command) error
	SessionLost(ctx context.Context, session core.Session) error
}

// ServerOptions is what a host's end needs.
type ServerOptions struct {
	// Host is whose sessions are taken, as HostID.String prints it; empty: of any.
	Host string
	// Token that controllers share with this host; empty: none.
	Token   string
	Timings Timings
	Log     *slog.Logger
}

// Server is a host's end of its sessions. The zero value is of no use.
type Server struct {
	options ServerOptions
	log     *slog.Logger

	mu sync.Mutex
	// links are the connections of sessions that the machine was told of, until it is
	// told that they are lost.
	links map[core.Session]*serverSession
	// strangers counts the connections that have not asked for a session.
	strangers int
	running   sync.WaitGroup
}

type serverSession struct {
	link *link
	// challenge that the answer to the hello depends on.
	challenge string
}

var _ runtime.Sessions = (*Server)(nil)

// NewServer makes a host's end; Serve runs it.
func NewServer(o ServerOptions) *Server {
	o.Timings = o.Timings.filled()
	return &Server{options: o, log: logger(o.Log), links: map[core.Session]*serverSession{}}
}

// mostStrangers bounds how many connections may be without a session.
const mostStrangers = 64

// Serve takes connections until ctx ends or the listener fails; then it ends all of
// them and waits.
func (s *Server) Serve(ctx context.Context, listener net.Listener, machine Machine) error {
	ctx, cancel := context.WithCancel(ctx)
	defer s.running.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	for {
		conn, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("transport: %w", err)
		case err != nil: // such as too many open files
			s.log.Warn("transport: a connection could not be taken", "error", err)
			wait(ctx, 100*time.Millisecond)
			continue
		}
		if !s.stranger(1) {
			s.log.Warn("transport: too many connections without a session", "from", conn.RemoteAddr().String(), "limit", mostStrangers)
			conn.Close()
			continue
		}
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			s.serve(ctx, conn, machine)
		}()
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// stranger counts connections without a session; false: there are too many.
func (s *Server) stranger(by int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if by > 0 && s.strangers >= mostStrangers {
		return false
	}
	s.strangers += by
	return true
}

// serve is the life of one connection.
func (s *Server) serve(ctx context.Context, conn net.Conn, machine Machine) {
	from := conn.RemoteAddr().String()
	l := newLink(conn, s.options.Timings)
	defer context.AfterFunc(ctx, l.close)()
	defer l.close()
	late := time.AfterFunc(s.options.Timings.Handshake, l.close)
	h, err := s.meet(l)
	late.Stop()
	s.stranger(-1)
	if err != nil {
		s.log.Warn("transport: a connection was turned away", "from", from, "error", err)
		return
	}
	session := h.session()
	defer s.forget(session)
	l.most = mostInSession
	why := machine.Hello(ctx, h.core())
	if why == nil {
		why = s.listen(ctx, l, machine, session)
		l.close()
		if err := machine.SessionLost(context.WithoutCancel(ctx), session); err != nil {
			s.log.Info("transport: the host has ended before the session's end was said", "error", err)
		}
	}
	s.log.Info("transport: session ended", "from", from, "epoch", session.Epoch, "session", session.Nonce, "reason", why)
}

// meet is the handshake up to the hello, and enters the session.
func (s *Server) meet(l *link) (*hello, error) {
	challenge := newChallenge()
	body, err := json.Marshal(&greeting{protocolName, Version, challenge})
	if err != nil {
		return nil, err
	}
	l.send(kindGreeting, body)
	k, body, err := l.read()
	if err != nil {
		return nil, err
	}
	if k != kindHello {
		return nil, errHandshake
	}
	var h hello
	proved, err := unseal(s.options.Token, asController, challenge, body, &h)
	if err != nil {
		return nil, err
	}
	v := refusal{Version: Version}
	switch {
	case h.Version != Version:
		v.Reason = RefusedVersion
	case !proved:
		v.Reason = RefusedToken
	case s.options.Host != "" && h.Host != s.options.Host:
		v.Reason, v.Host = RefusedHost, s.options.Host
	case !s.enter(&h, l):
		v.Reason = RefusedBusy
	default:
		return &h, nil
	}
	l.sendLast(kindRefused, sealed(s.options.Token, asHost, h.Challenge, &v))
	<-l.written
	return nil, fmt.Errorf("a controller of epoch %d, version %d, wants host %s: refused: %s", h.Epoch, h.Version, h.Host, v.Reason)
}

// enter makes the connection that of its session, unless it has one.
func (s *Server) enter(h *hello, l *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.links[h.session()] != nil {
		return false
	}
	s.links[h.session()] = &serverSession{l, h.Challenge}
	return true
}

func (s *Server) forget(session core.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, session)
}

func (s *Server) find(session core.Session) *serverSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.links[session]
}

// listen gives a session's commands to the machine until the connection ends, and
// is why it did.
func (s *Server) listen(ctx context.Context, l *link, machine Machine, session core.Session) error {
	for {
		k, body, err := l.read()
		switch {
		case err != nil:
			return err
		case k == kindBye:
			return errors.New(string(body))
		case k != kindCommand:
			return errDamaged
		}
		command, err := codec.ParseCommand(string(body))
		if err != nil {
			return fmt.Errorf("a command cannot be read: %w", err)
		}
		if err := machine.Command(ctx, session, &command); err != nil {
			return err
		}
	}
}

// Accept implements runtime.Sessions.
func (s *Server) Accept(session core.Session) {
	if c := s.find(session); c != nil {
		c.link.send(kindWelcome, sealed(s.options.Token, asHost, c.challenge, struct{}{}))
		s.log.Info("transport: session accepted", "epoch", session.Epoch, "session", session.Nonce)
	}
}

// Refuse implements runtime.Sessions.
func (s *Server) Refuse(session, fenced core.Session) {
	if c := s.find(session); c != nil {
		c.link.sendLast(kindRefused, sealed(s.options.Token, asHost, c.challenge, &refusal{
			Reason: RefusedFenced, Version: Version, Epoch: fenced.Epoch, Nonce: fenced.Nonce,
		}))
	}
}

// Close implements runtime.Sessions.
func (s *Server) Close(session core.Session) {
	if c := s.find(session); c != nil {
		c.link.sendLast(kindBye, []byte("another session has taken its place"))
	}
}

// Report implements runtime.Sessions.
func (s *Server) Report(session core.Session, report *core.Report) {
	if c := s.find(session); c != nil {
		c.link.send(kindReport, codec.AppendReport(nil, report))
	}
}
