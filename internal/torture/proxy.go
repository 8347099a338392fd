//go:build linux

package torture

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// proxy passes connections on, unless it is told to do worse.
type proxy struct {
	name     string
	listener net.Listener
	dial     func() (net.Conn, error)

	mu    sync.Mutex
	conns map[net.Conn]bool
	// silent holds everything back, delay each piece so long.
	silent bool
	delay  time.Duration
	group  sync.WaitGroup
}

func newProxy(name string, dial func() (net.Conn, error)) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{name: name, listener: l, dial: dial, conns: map[net.Conn]bool{}}
	p.group.Go(p.accept)
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		p.group.Go(func() { p.serve(in) })
	}
}

func (p *proxy) serve(in net.Conn) {
	defer in.Close()
	out, err := p.dial()
	if err != nil {
		return
	}
	defer out.Close()
	p.mu.Lock()
	p.conns[in], p.conns[out] = true, true
	p.mu.Unlock()
	var group sync.WaitGroup
	pipe := func(to, from net.Conn) {
		p.pass(to, from)
		to.Close()
		from.Close()
	}
	group.Go(func() { pipe(out, in) })
	group.Go(func() { pipe(in, out) })
	group.Wait()
	p.mu.Lock()
	delete(p.conns, in)
	delete(p.conns, out)
	p.mu.Unlock()
}

func (p *proxy) pass(to io.Writer, from net.Conn) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			p.hold()
			if _, bad := to.Write(b[:n]); bad != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// hold waits as long as the wire is slow or silent.
func (p *proxy) hold() {
	p.mu.Lock()
	delay := p.delay
	p.mu.Unlock()
	time.Sleep(delay)
	for {
		p.mu.Lock()
		silent := p.silent
		p.mu.Unlock()
		if !silent {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// cut ends all connections that there are.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// set says how bad the wire is from now on.
func (p *proxy) set(silent bool, delay time.Duration) {
	p.mu.Lock()
	p.silent, p.delay = silent, delay
	p.mu.Unlock()
}

func (p *proxy) close() {
	p.set(false, 0)
	p.listener.Close()
	p.cut()
	p.group.Wait()
}
