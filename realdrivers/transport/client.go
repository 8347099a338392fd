package transport

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"example.com/tidemark/codec"
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/realdrivers/runtime"
)

// Place is where a host listens.
type Place struct {
	// Address is host:port.
	Address string
	// Token that host and controller share; empty: none.
	Token string
}

// ClientOptions is what a controller's end needs.
type ClientOptions struct {
	// Find says where a managed host listens. Nil: there are none.
	Find func(ctx context.Context, host core.HostID) (Place, error)
	// Token that is shared with remote hosts, and TLS for connections to them; without
	// TLS they must be on the loopback interface.
	Token string
	TLS   *tls.Config

	Timings Timings
	Log     *slog.Logger
}

// Client is a controller's end of its sessions.
type Client struct {
	options ClientOptions
	log     *slog.Logger

	mu       sync.Mutex
	sessions map[sessionKey]*clientSession
	running  sync.WaitGroup
	closed   bool
	// trouble is what was wrong last with connecting to a host.
	trouble map[core.HostID]error
}

var _ runtime.Transport = (*Client)(nil)

type sessionKey struct {
	host    core.HostID
	session core.Session
}

// NewClient makes a controller's end.
func NewClient(o ClientOptions) *Client {
	o.Timings = o.Timings.filled()
	return &Client{
		options: o, log: logger(o.Log), sessions: map[sessionKey]*clientSession{}, trouble: map[core.HostID]error{},
	}
}

// clientSession is one open session.
type clientSession struct {
	key  sessionKey
	link *link
	// mu is held while something is given to events, and to end that.
	mu     sync.Mutex
	ended  bool
	events runtime.SessionEvents
}

// Connect implements runtime.Transport.
func (c *Client) Connect(ctx context.Context, call *core.HostCall, result *core.HostResult, events runtime.SessionEvents) {
	*result = core.HostResult{}
	l, err := c.open(ctx, call, result)
	c.note(call, result, err)
	if result.Outcome != outcome.Done {
		return
	}
	s := &clientSession{key: sessionKey{call.Host, call.Session}, link: l, events: events}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		go l.close()
		return // the session's loss is told to nobody, as nothing is once the client is closed
	}
	c.sessions[s.key] = s
	c.running.Add(1)
	go c.follow(s)
}

// note remembers and logs why a host could not be connected to.
func (c *Client) note(call *core.HostCall, result *core.HostResult, err error) {
	c.mu.Lock()
	was := c.trouble[call.Host]
	if c.trouble[call.Host] = err; err == nil {
		delete(c.trouble, call.Host)
	}
	c.mu.Unlock()
	if err != nil {
		level := slog.LevelWarn
		if was != nil && was.Error() == err.Error() {
			level = slog.LevelDebug // it was said already
		}
		c.log.Log(context.Background(), level, "transport: no session", "host", call.Host.String(), "epoch", call.Session.Epoch,
			"session", call.Session.Nonce, "outcome", result.Outcome.String(), "error", err)
		return
	}
	c.log.Info("transport: session opened", "host", call.Host.String(), "epoch", call.Session.Epoch, "session", call.Session.Nonce)
}

// Trouble is what was wrong when a host was connected to last; nil if nothing was.
func (c *Client) Trouble(host core.HostID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trouble[host]
}

// open connects and asks for the session.
func (c *Client) open(ctx context.Context, call *core.HostCall, result *core.HostResult) (*link, error) {
	result.Outcome = outcome.NotDone
	place, secure, err := c.find(ctx, call.Host)
	if err != nil {
		return nil, err
	}
	conn, err := dial(ctx, place, secure)
	if err != nil {
		return nil, err
	}
	l := newLink(conn, c.options.Timings)
	stop := context.AfterFunc(ctx, l.close)
	err = askFor(l, call, result, place)
	if !stop() && err == nil {
		result.Outcome, err = outcome.Unknown, context.Cause(ctx)
	}
	if err != nil {
		l.close()
		if ctx.Err() != nil {
			err = fmt.Errorf("host %v at %s: %w", call.Host, place.Address, context.Cause(ctx))
		}
		return nil, err
	}
	l.most = mostInSession
	return l, nil
}

// find says where a host listens, and whether TLS is used.
func (c *Client) find(ctx context.Context, host core.HostID) (Place, *tls.Config, error) {
	if host.Remote() {
		return Place{Address: host.Address, Token: c.options.Token}, c.options.TLS, nil
	}
	if c.options.Find == nil {
		return Place{}, nil, fmt.Errorf("host %v is managed, and this controller runs without an orchestrator", host)
	}
	place, err := c.options.Find(ctx, host)
	if err != nil {
		return Place{}, nil, fmt.Errorf("host %v: where it listens is not known: %w", host, err)
	}
	return place, nil, nil
}

// dial connects. Without TLS the other end has to be on this machine.
func dial(ctx context.Context, place Place, secure *tls.Config) (net.Conn, error) {
	if secure != nil {
		if place.Token == "" {
			return nil, fmt.Errorf("%s: a remote host needs a token", place.Address)
		}
		d := tls.Dialer{Config: secure}
		return d.DialContext(ctx, "tcp", place.Address)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", place.Address)
	if err != nil {
		return nil, err
	}
	if !loopback(conn.RemoteAddr()) {
		conn.Close()
		return nil, fmt.Errorf("%s is not on this machine: TLS and a token are required for it", place.Address)
	}
	return conn, nil
}

func loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// askFor is the handshake. The outcome is Unknown from when the hello may be on its
// way until it is answered.
func askFor(l *link, call *core.HostCall, result *core.HostResult, place Place) error {
	k, body, err := l.read()
	if err != nil {
		return fmt.Errorf("host %v at %s: %w", call.Host, place.Address, err)
	}
	var g greeting
	if k != kindGreeting || json.Unmarshal(body, &g) != nil || g.Protocol != protocolName {
		return fmt.Errorf("host %v at %s: %w", call.Host, place.Address, errHandshake)
	}
	if g.Version != Version {
		return &RefusedError{Host: call.Host, Address: place.Address, Reason: RefusedVersion, Version: g.Version}
	}
	challenge := newChallenge()
	result.Outcome = outcome.Unknown
	l.send(kindHello, sealed(place.Token, asController, g.Challenge, &hello{
		Version: Version, Host: call.Host.String(), Epoch: call.Session.Epoch, Nonce: call.Session.Nonce,
		Wall: int64(call.Wall), Challenge: challenge,
	}))
	k, body, err = l.read()
	switch {
	case err != nil:
		return fmt.Errorf("host %v at %s: %w", call.Host, place.Address, err)
	case k == kindRefused:
		return refused(call, result, place, challenge, body)
	case k != kindWelcome:
		return fmt.Errorf("host %v at %s: %w", call.Host, place.Address, errHandshake)
	}
	var w struct{}
	if proved, err := unseal(place.Token, asHost, challenge, body, &w); err != nil || !proved {
		return fmt.Errorf("host %v at %s does not know the token: another program listens there", call.Host, place.Address)
	}
	result.Outcome = outcome.Done
	return nil
}

// refused reads a refusal. Only a host that proves that it is one can fence a
// controller.
func refused(call *core.HostCall, result *core.HostResult, place Place, challenge string, body []byte) error {
	var v refusal
	proved, err := unseal(place.Token, asHost, challenge, body, &v)
	if err != nil {
		return fmt.Errorf("host %v at %s: %w", call.Host, place.Address, err)
	}
	result.Outcome = outcome.NotDone
	e := &RefusedError{
		Host: call.Host, Address: place.Address, Reason: v.Reason, Version: v.Version, Listening: v.Host,
		Fenced: core.Session{Epoch: v.Epoch, Nonce: v.Nonce},
	}
	if v.Reason == RefusedFenced && proved && v.Epoch > call.Session.Epoch {
		result.Outcome, result.Epoch = outcome.Fenced, v.Epoch
	}
	return e
}

// follow gives what comes in a session to its events, until it ends.
func (c *Client) follow(s *clientSession) {
	defer c.running.Done()
	why := c.listen(s)
	s.link.close()
	c.mu.Lock()
	if c.sessions[s.key] == s {
		delete(c.sessions, s.key)
	}
	c.mu.Unlock()
	if s.give(func() { s.events.Lost() }) {
		c.log.Warn("transport: session lost", "host", s.key.host.String(), "epoch", s.key.session.Epoch,
			"session", s.key.session.Nonce, "error", why)
	}
}

func (c *Client) listen(s *clientSession) error {
	for {
		k, body, err := s.link.read()
		switch {
		case err != nil:
			return err
		case k == kindBye:
			return fmt.Errorf("the host has ended it: %s", body)
		case k != kindReport:
			return errDamaged
		}
		report, err := codec.ParseReport(string(body))
		if err != nil {
			return fmt.Errorf("a report cannot be read: %w", err)
		}
		if !s.give(func() { s.events.Report(&report) }) {
			return net.ErrClosed
		}
	}
}

// give calls f unless the session was ended.
func (s *clientSession) give(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	f()
	return true
}

// end lets nothing of the session through any more.
func (s *clientSession) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
}

// Send implements runtime.Transport.
func (c *Client) Send(call *core.HostCall) {
	s := c.session(call)
	if s == nil {
		return // it is lost, and that is on its way
	}
	for i := range call.Commands {
		s.link.send(kindCommand, codec.AppendCommand(nil, &call.Commands[i]))
	}
}

func (c *Client) session(call *core.HostCall) *clientSession {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[sessionKey{call.Host, call.Session}]
}

// Disconnect implements runtime.Transport.
func (c *Client) Disconnect(call *core.HostCall) {
	if s := c.session(call); s != nil {
		s.end()
		s.link.sendLast(kindBye, []byte("the controller ends the session"))
	}
}

// Close ends all sessions and waits for them; nobody is told of it.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	open := make([]*clientSession, 0, len(c.sessions))
	for _, s := range c.sessions {
		open = append(open, s)
	}
	c.mu.Unlock()
	for _, s := range open {
		s.end()
		s.link.sendLast(kindBye, []byte("the controller stops"))
		time.AfterFunc(time.Second, s.link.close)
	}
	c.running.Wait()
}
