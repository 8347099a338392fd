package transport

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
)

// wire is a connection between two ends on which something goes wrong once, after so
// many bytes of one direction: harm says what becomes of a piece; nil ends it.
type wire struct {
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
	done     sync.WaitGroup
}

func newWire(t testing.TB, target string, harm func([]byte) []byte, after int, toHost bool) *wire {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l}
	w.done.Go(func() {
		for {
			a, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", target)
			if err != nil {
				a.Close()
				continue
			}
			w.mu.Lock()
			w.conns = append(w.conns, a, b)
			w.mu.Unlock()
			w.done.Go(func() { pass(b, a, harm, after, toHost) })
			w.done.Go(func() { pass(a, b, harm, after, !toHost) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		w.mu.Lock()
		for _, c := range w.conns {
			c.Close()
		}
		w.mu.Unlock()
		w.done.Wait()
	})
	return w
}

// pass copies from one end to the other; the harm is done to the piece after so many
// bytes.
func pass(to, from net.Conn, harm func([]byte) []byte, after int, harmful bool) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 512)
	for seen := 0; ; {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		piece := b[:n]
		if harmful && harm != nil && seen <= after && after < seen+n {
			piece = harm(slices.Clone(piece))
			if piece == nil {
				return
			}
		}
		seen += n
		if _, err := to.Write(piece); err != nil {
			return
		}
	}
}

// harms by name; each is drawn from r.
func harms(r *rand.Rand) map[string]func([]byte) []byte {
	at := func(b []byte) int { return r.IntN(len(b)) }
	return map[string]func([]byte) []byte{
		"a bit flips":             func(b []byte) []byte { b[at(b)] ^= 1 << r.IntN(8); return b },
		"bytes are lost":          func(b []byte) []byte { i := at(b); return append(b[:i], b[min(len(b), i+1+r.IntN(40)):]...) },
		"bytes come twice":        func(b []byte) []byte { i := at(b); return slices.Concat(b[:i], b[i:], b[i:]) },
		"bytes come from nowhere": func(b []byte) []byte { return append(bytes.Repeat([]byte{0xff}, 1+r.IntN(30)), b...) },
		"zeroes":                  func(b []byte) []byte { clear(b[at(b):]); return b },
		"it breaks":               func([]byte) []byte { return nil },
	}
}

// TestFaultsOnTheWireNeverCorrupt: whatever happens to the bytes of a session, each
// end is told a prefix of what the other said, and that the session is lost.
func TestFaultsOnTheWireNeverCorrupt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m, address := start(t, ServerOptions{Token: "t", Timings: quick})
	m.answer = true
	c := client(t, ClientOptions{Token: "t", Timings: quick})
	const messages = 300
	nonce := uint64(0)
	opened := 0
	for name, harm := range harms(r) {
		for round := range 10 {
			w := newWire(t, address, harm, r.IntN(12000), round%2 == 0)
			nonce++
			k, h := call(w.listener.Addr().String(), 1, nonce), &heard{}
			result := connect(c, k, h)
			if result.Outcome == outcome.Fenced {
				t.Fatalf("%s: fenced off", name)
			}
			if result.Outcome != outcome.Done {
				continue
			}
			opened++
			for n := uint64(0); n < messages; n += 10 {
				send(c, k, commands(n, n+10))
			}
			eventually(t, name, func() bool {
				h.mu.Lock()
				defer h.mu.Unlock()
				return h.lost > 0 || len(h.reports) == messages
			})
			k.Op = core.HostDisconnect
			c.Disconnect(k)
			m.see(t, name+": the end at the host", func() bool { return slices.Contains(m.lost, k.Session) })
			told := m.told[k.Session]
			if !slices.Equal(told, numbers(0, uint64(len(told)))) {
				t.Fatalf("%s: the host was told %v", name, told)
			}
			if !slices.Equal(h.reports, numbers(0, uint64(len(h.reports)))) || h.after {
				t.Fatalf("%s: the controller was told %v", name, h.reports)
			}
		}
	}
	if opened < 20 {
		t.Errorf("only %d sessions were opened", opened)
	}
}

// A wire that swallows everything without breaking is noticed at both ends.
func TestSilenceIsNoticed(t *testing.T) {
	m, address := start(t, ServerOptions{Timings: quick})
	gate := make(chan struct{})
	defer close(gate)
	w := newWire(t, address, func([]byte) []byte { <-gate; return nil }, 600, true)
	c, k, h := client(t, ClientOptions{Timings: quick}), call(w.listener.Addr().String(), 1, 1), &heard{}
	if r := connect(c, k, h); r.Outcome != outcome.Done {
		t.Fatal(r, c.Trouble(k.Host))
	}
	send(c, k, commands(0, 50))
	m.see(t, "the host notices", func() bool { return len(m.lost) == 1 })
	h.see(t, "the controller notices", func() bool { return h.lost == 1 })
}

// Whatever is sent to a host by whomever, it goes on serving.
func TestForeignBytesAtAHost(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	m, address := start(t, ServerOptions{Timings: quick})
	for range 100 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, r.IntN(300))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		switch r.IntN(4) {
		case 0:
			b = []byte("GET / HTTP/1.1\r\n\r\n")
		case 1:
			b = appendFrame(nil, 0, kind(r.IntN(10)), b)
		case 2:
			b = appendFrame(nil, 0, kindHello, append(make([]byte, 32), `{"version":1,"epoch":18446744073709551615,"nonce":1}`...))
		}
		conn.Write(b)
		if r.IntN(2) == 0 {
			conn.SetReadDeadline(time.Now().Add(time.Millisecond))
			io.Copy(io.Discard, conn)
		}
		conn.Close()
	}
	if o := m.at; o != (core.Session{}) {
		t.Errorf("a session of a stranger: %v", o)
	}
	c, k := client(t, ClientOptions{Timings: quick}), call(address, 1, 1)
	eventually(t, "a session", func() bool { return connect(c, k, &heard{}).Outcome == outcome.Done })
}

// What a controller cannot read loses the session, and so does what a host cannot.
func TestUnreadableMessages(t *testing.T) {
	m, address := start(t, ServerOptions{Timings: quick})
	c, k, h := client(t, ClientOptions{Timings: quick}), call(address, 1, 1), &heard{}
	connect(c, k, h)
	c.session(k).link.send(kindCommand, []byte("make-coffee strength=(("))
	m.see(t, "the host gives up", func() bool { return len(m.lost) == 1 && len(m.told[k.Session]) == 0 })
	h.see(t, "the controller hears", func() bool { return h.lost == 1 })
	k2, h2 := call(address, 1, 2), &heard{}
	if r := connect(c, k2, h2); r.Outcome != outcome.Done {
		t.Fatal(r)
	}
	m.server.find(k2.Session).link.send(kindReport, []byte("uppers=[(id=u1"))
	h2.see(t, "the controller gives up", func() bool { return h2.lost == 1 && len(h2.reports) == 0 })
}
