package stash

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
)

// cut is where a connection is to break.
type cut int

const (
	cutNothing cut = iota
	// cutStatement: at the next statement of a transaction, which does not arrive.
	cutStatement
	// cutCommit: at the next COMMIT, which does not arrive.
	cutCommit
	// cutAnswer: at the answer to the next COMMIT, which has arrived.
	cutAnswer
)

// proxy stands between a driver and its server and breaks connections where it is
// told to.
type proxy struct {
	socket   string
	listener net.Listener
	all      sync.WaitGroup
	lock     sync.Mutex
	next     cut
	cuts     int
}

// startProxy is a proxy for a server on a unix socket, and the location that leads
// through it.
func startProxy(t *testing.T, where string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{socket: filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"), listener: listener}
	p.all.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.all.Wait()
	})
	return p, "postgres://postgres@" + listener.Addr().String() + u.Path + "?sslmode=disable"
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.socket)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.all.Go(func() { p.forward(client, server) })
	}
}

// arm says where to break next; it happens once.
func (p *proxy) arm(next cut) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.next = next
}

// broken reports how often a connection was broken.
func (p *proxy) broken() int {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.cuts
}

// fires reports what is to be broken at this message, if anything.
func (p *proxy) fires(message []byte) cut {
	p.lock.Lock()
	defer p.lock.Unlock()
	commit := bytes.Contains(message, []byte("commit\x00"))
	// A Q of pgx begins or ends a transaction; everything else runs in one.
	if p.next == cutNothing || commit != (p.next != cutStatement) || !commit && message[0] == 'Q' {
		return cutNothing
	}
	fired := p.next
	p.next = cutNothing
	p.cuts++
	return fired
}

// forward carries one connection until it ends or is broken.
func (p *proxy) forward(client, server net.Conn) {
	var (
		answers sync.WaitGroup
		lost    = make(chan struct{})
		arrived = make(chan struct{})
	)
	answers.Go(func() {
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			select {
			case <-lost:
				close(arrived)
				return
			default:
			}
			if err != nil {
				break
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				break
			}
		}
		_ = client.Close()
	})
	p.requests(client, server, lost, arrived)
	_ = client.Close()
	_ = server.Close()
	answers.Wait()
}

func (p *proxy) requests(client io.Reader, server io.Writer, lost chan<- struct{}, arrived <-chan struct{}) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		switch p.fires(buffer[:n]) {
		case cutStatement, cutCommit:
			return
		case cutAnswer:
			close(lost)
			if _, err := server.Write(buffer[:n]); err == nil {
				<-arrived
			}
			return
		case cutNothing:
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}
