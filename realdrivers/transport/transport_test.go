package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// obedient is a machine that takes sessions as H-3 has it, and notes what it is told.
type obedient struct {
	server *Server
	mu     sync.Mutex
	at     core.Session
	// told are the ids of the commands of each session, in order; lost the sessions
	// that ended.
	told map[core.Session][]uint64
	lost []core.Session
	// answer: every command is answered by a report of the same id.
	answer bool
}

func (o *obedient) Hello(_ context.Context, h core.Hello) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := h.Session
	if s.Epoch < o.at.Epoch || s.Epoch == o.at.Epoch && s.Nonce <= o.at.Nonce {
		o.server.Refuse(s, o.at)
		return nil
	}
	if o.at != (core.Session{}) {
		o.server.Close(o.at)
	}
	o.at = s
	o.server.Accept(s)
	return nil
}

func (o *obedient) Command(_ context.Context, s core.Session, c *core.Command) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told[s] = append(o.told[s], c.ID.N)
	if o.answer {
		o.server.Report(s, &core.Report{Dropped: []core.GlobalID{c.ID}})
	}
	return nil
}

func (o *obedient) SessionLost(_ context.Context, s core.Session) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lost = append(o.lost, s)
	return nil
}

// see waits until f holds of the machine.
func (o *obedient) see(t testing.TB, what string, f func() bool) {
	t.Helper()
	eventually(t, what, func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return f()
	})
}

func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within half a minute", what)
		}
	}
}

// heard notes what a controller's end is told.
type heard struct {
	mu      sync.Mutex
	reports []uint64
	lost    int
	after   bool // something came after the loss
}

func (h *heard) Report(r *core.Report) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.after = h.after || h.lost > 0
	for _, id := range r.Dropped {
		h.reports = append(h.reports, id.N)
	}
}

func (h *heard) Lost() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.after = h.after || h.lost > 0
	h.lost++
}

func (h *heard) see(t testing.TB, what string, f func() bool) {
	t.Helper()
	eventually(t, what, func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return f()
	})
}

// quick are timings for tests that wait for silence, which is longer than a busy machine
// lets anybody wait for a turn.
var quick = Timings{Handshake: 15 * time.Second, Beat: 20 * time.Millisecond, Silence: 2 * time.Second}

// start serves a host on the loopback interface until the test ends.
func start(t testing.TB, o ServerOptions) (*obedient, string) {
	t.Helper()
	l, err := Listen("127.0.0.1:0", o.Token, nil)
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, o, l), l.Addr().String()
}

func startOn(t testing.TB, o ServerOptions, l net.Listener) *obedient {
	s := NewServer(o)
	m := &obedient{server: s, told: map[core.Session][]uint64{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, l, m) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return m
}

func client(t testing.TB, o ClientOptions) *Client {
	c := NewClient(o)
	t.Cleanup(c.Close)
	return c
}

func call(address string, epoch, nonce uint64) *core.HostCall {
	return &core.HostCall{Op: core.HostConnect, Host: core.HostID{Address: address}, Session: core.Session{Epoch: epoch, Nonce: nonce}, Wall: 1234}
}

func connect(c *Client, k *core.HostCall, h *heard) core.HostResult {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var r core.HostResult
	c.Connect(ctx, k, &r, h)
	return r
}

func commands(from, to uint64) (list []core.Command) {
	for n := from; n < to; n++ {
		list = append(list, core.Command{
			Kind: core.CommandAllowCompaction, ID: core.GlobalID{Kind: core.IDUser, N: n}, Frontier: frontier.At(frontier.Timestamp(n)),
		})
	}
	return list
}

func send(c *Client, k *core.HostCall, list []core.Command) {
	v := *k
	v.Op, v.Commands = core.HostSend, list
	c.Send(&v)
}

func numbers(from, to uint64) (list []uint64) {
	for n := from; n < to; n++ {
		list = append(list, n)
	}
	return list
}

func TestSessionIsInOrder(t *testing.T) {
	m, address := start(t, ServerOptions{Token: "t", Timings: quick})
	m.answer = true
	c, h, k := client(t, ClientOptions{Token: "t", Timings: quick}), &heard{}, call(address, 3, 1)
	if r := connect(c, k, h); r.Outcome != outcome.Done {
		t.Fatal(r, c.Trouble(k.Host))
	}
	for n := uint64(1); n < 2000; n += 100 {
		send(c, k, commands(n, n+100))
	}
	h.see(t, "all reports", func() bool { return len(h.reports) == 2000 })
	time.Sleep(2 * quick.Silence) // signs of life keep an idle session
	send(c, k, commands(2001, 2002))
	h.see(t, "one more", func() bool { return len(h.reports) == 2001 })
	if !slices.Equal(h.reports, numbers(1, 2002)) || !slices.Equal(m.told[k.Session], numbers(1, 2002)) || h.lost > 0 {
		t.Errorf("told %d, heard %d, lost %d", len(m.told[k.Session]), len(h.reports), h.lost)
	}
	k.Op = core.HostDisconnect
	c.Disconnect(k)
	m.see(t, "the end at the host", func() bool { return slices.Contains(m.lost, k.Session) })
	c.Disconnect(k)
	if h.mu.Lock(); h.lost > 0 {
		t.Error("a session that was ended was lost, too")
	}
	h.mu.Unlock()
}

func TestRefusals(t *testing.T) {
	m, address := start(t, ServerOptions{Host: address0, Token: "t", Timings: quick})
	host := core.HostID{Object: core.GlobalID{Kind: core.IDUser, N: 7}, Size: 2}
	find := func(token string) ClientOptions {
		return ClientOptions{Timings: quick, Find: func(context.Context, core.HostID) (Place, error) { return Place{address, token}, nil }}
	}
	managed := func(epoch, nonce uint64) *core.HostCall {
		k := call("", epoch, nonce)
		k.Host = host
		return k
	}
	c := client(t, find("t"))
	first := &heard{}
	if r := connect(c, managed(5, 5), first); r.Outcome != outcome.Done {
		t.Fatal(r, c.Trouble(host))
	}
	for _, v := range []struct {
		c      *Client
		call   *core.HostCall
		want   core.HostResult
		reason Reason
	}{
		{c, managed(4, 9), core.HostResult{Outcome: outcome.Fenced, Epoch: 5}, RefusedFenced},
		{c, managed(5, 4), core.HostResult{Outcome: outcome.NotDone}, RefusedFenced},
		{client(t, find("t")), managed(5, 5), core.HostResult{Outcome: outcome.NotDone}, RefusedBusy},
		{client(t, find("other")), managed(6, 1), core.HostResult{Outcome: outcome.NotDone}, RefusedToken},
		{client(t, find("")), managed(4, 1), core.HostResult{Outcome: outcome.NotDone}, RefusedToken},
		{client(t, ClientOptions{Token: "t", Timings: quick}), call(address, 9, 9), core.HostResult{Outcome: outcome.NotDone}, RefusedHost},
	} {
		h := &heard{}
		if r := connect(v.c, v.call, h); r != v.want {
			t.Errorf("%v: %+v, want %+v", v.reason, r, v.want)
		}
		var e *RefusedError
		if !errors.As(v.c.Trouble(v.call.Host), &e) || e.Reason != v.reason {
			t.Errorf("%v: the trouble is %v", v.reason, v.c.Trouble(v.call.Host))
		}
	}
	if r := connect(c, managed(6, 1), &heard{}); r.Outcome != outcome.Done || c.Trouble(host) != nil {
		t.Error(r, c.Trouble(host))
	}
	first.see(t, "the older session's end", func() bool { return first.lost == 1 })
	m.see(t, "its end at the host", func() bool { return slices.Contains(m.lost, core.Session{Epoch: 5, Nonce: 5}) })
}

const address0 = "u7/2"

// A host of another version says so, and so does a host to a controller of another.
func TestOtherVersions(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			conn.Write(appendFrame(nil, 0, kindGreeting, []byte(`{"protocol":"tidemark-host","version":9,"challenge":"x"}`)))
			time.Sleep(50 * time.Millisecond)
			conn.Close()
		}
	}()
	c, k := client(t, ClientOptions{Timings: quick}), call(l.Addr().String(), 1, 1)
	var e *RefusedError
	if r := connect(c, k, &heard{}); r.Outcome != outcome.NotDone || !errors.As(c.Trouble(k.Host), &e) || e.Reason != RefusedVersion || e.Version != 9 {
		t.Errorf("%+v, %v", r, c.Trouble(k.Host))
	}

	_, address := start(t, ServerOptions{Timings: quick})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if k, _, err := readFrame(conn, 0, mostBefore); k != kindGreeting || err != nil {
		t.Fatal(k, err)
	}
	conn.Write(appendFrame(nil, 0, kindHello, sealed("whatever", asController, "x", &hello{Version: 2, Challenge: "c"})))
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	kind, body, err := readFrame(conn, 1, mostBefore)
	var v refusal
	if _, broken := unseal("", asHost, "c", body, &v); kind != kindRefused || err != nil || broken != nil || v.Reason != RefusedVersion || v.Version != Version {
		t.Errorf("%v %s %v", kind, body, err)
	}
}

// Where nobody listens, or something else does, there certainly is no session.
func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html>no</html>")
			conn.Close()
		}
	}()
	c := client(t, ClientOptions{Timings: quick})
	for _, address := range []string{l.Addr().String(), "127.0.0.1:1", "nonsense", "[::1", ""} {
		k := call(address, 1, 1)
		if r := connect(c, k, &heard{}); r.Outcome != outcome.NotDone || c.Trouble(k.Host) == nil {
			t.Errorf("%s: %+v, %v", address, r, c.Trouble(k.Host))
		}
	}
	k := call("", 1, 1)
	k.Host = core.HostID{Object: core.GlobalID{Kind: core.IDUser, N: 1}, Size: 1}
	if r := connect(c, k, &heard{}); r.Outcome != outcome.NotDone {
		t.Errorf("without an orchestrator: %+v", r)
	}
}

// Only a host that knows the token can fence a controller off.
func TestStrangersFenceNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.Write(appendFrame(nil, 0, kindGreeting, []byte(`{"protocol":"tidemark-host","version":1,"challenge":"x"}`)))
		readFrame(conn, 0, mostBefore)
		conn.Write(appendFrame(nil, 1, kindRefused, sealed("guess", asHost, "x", &refusal{Reason: RefusedFenced, Epoch: 1 << 60})))
	}()
	c, k := client(t, ClientOptions{Token: "t", Timings: quick}), call(l.Addr().String(), 1, 1)
	if r := connect(c, k, &heard{}); r.Outcome != outcome.NotDone {
		t.Errorf("%+v", r)
	}
}

func TestListeningBeyondThisMachine(t *testing.T) {
	if l, err := Listen("0.0.0.0:0", "token", nil); err == nil {
		l.Close()
		t.Error("without TLS")
	}
	if l, err := Listen("127.0.0.1:0", "", nil); err != nil {
		t.Error(err)
	} else {
		l.Close()
	}
}

// pair is a certificate for the loopback interface that signs itself.
func pair(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(signed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// With TLS a session is as without; who does not trust the certificate, or speaks
// none, gets none.
func TestSessionOverTLS(t *testing.T) {
	certificate, roots := pair(t)
	l, err := Listen("127.0.0.1:0", "t", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	m := startOn(t, ServerOptions{Token: "t", Timings: quick}, l)
	m.answer = true
	k, h := call(l.Addr().String(), 1, 1), &heard{}
	for _, c := range []*Client{
		client(t, ClientOptions{Token: "t", Timings: quick, TLS: &tls.Config{}}),
		client(t, ClientOptions{Timings: quick, TLS: &tls.Config{RootCAs: roots}}),
		client(t, ClientOptions{Token: "t", Timings: quick}),
	} {
		if r := connect(c, k, h); r.Outcome != outcome.NotDone {
			t.Errorf("%+v, %v", r, c.Trouble(k.Host))
		}
	}
	c := client(t, ClientOptions{Token: "t", Timings: quick, TLS: &tls.Config{RootCAs: roots}})
	if r := connect(c, k, h); r.Outcome != outcome.Done {
		t.Fatal(r, c.Trouble(k.Host))
	}
	send(c, k, commands(1, 101))
	h.see(t, "all reports", func() bool { return slices.Equal(h.reports, numbers(1, 101)) })
}
