package transport

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// mostWaiting is how many bytes may wait to be sent; more lose the session.
const mostWaiting = 256 << 20

// errSlow is an end that does not take what it is sent.
var errSlow = fmt.Errorf("more than %d MiB wait to be sent", mostWaiting>>20)

// link is one connection, at either end. One goroutine reads; any may send; one of
// its own writes.
type link struct {
	conn    net.Conn
	reader  *bufio.Reader
	timings Timings
	// most is how large the next frame may be, taken the number of the next one; the
	// reader's.
	most  uint32
	taken uint64

	mu sync.Mutex
	// sent is the number of the next frame; waiting are frames that are not written.
	sent    uint64
	waiting []byte
	// last: nothing is sent any more, and the connection closes behind what waits.
	last   bool
	broken error
	wake   chan struct{}
	// written is closed when the writer has ended.
	written chan struct{}
}

func newLink(conn net.Conn, t Timings) *link {
	l := &link{
		conn: conn, reader: bufio.NewReaderSize(conn, 32<<10), timings: t, most: mostBefore,
		wake: make(chan struct{}, 1), written: make(chan struct{}),
	}
	go l.write()
	return l
}

// send puts a frame behind those that wait. It does not block. What cannot be sent
// breaks the connection, which its reader notices.
func (l *link) send(k kind, body []byte) { l.put(k, body, false) }

// sendLast sends a frame and closes the connection when it is written.
func (l *link) sendLast(k kind, body []byte) { l.put(k, body, true) }

func (l *link) put(k kind, body []byte, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.last || l.broken != nil:
		return
	case len(body) >= mostInSession || len(l.waiting)+len(body) > mostWaiting:
		l.breakOff(errSlow)
		return
	}
	l.waiting = appendFrame(l.waiting, l.sent, k, body)
	l.sent++
	l.last = last
	l.poke()
}

func (l *link) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// breakOff closes the connection at once, for a reason. The lock is held.
func (l *link) breakOff(why error) {
	if l.broken == nil {
		l.broken = why
		l.conn.Close()
		l.poke()
	}
}

// close closes the connection at once and waits for the writer. It may be called
// more than once.
func (l *link) close() {
	l.mu.Lock()
	l.breakOff(net.ErrClosed)
	l.mu.Unlock()
	<-l.written
}

// write sends what waits, and signs of life.
func (l *link) write() {
	defer close(l.written)
	beat := time.NewTimer(l.timings.Beat)
	defer beat.Stop()
	var buffer []byte
	for {
		beat.Reset(l.timings.Beat)
		alone := false
		select {
		case <-l.wake:
		case <-beat.C:
			alone = true
		}
		l.mu.Lock()
		if alone && len(l.waiting) == 0 && !l.last && l.broken == nil {
			l.waiting = appendFrame(l.waiting, l.sent, kindBeat, nil)
			l.sent++
		}
		buffer, l.waiting = l.waiting, buffer[:0]
		last, broken := l.last, l.broken
		l.mu.Unlock()
		if broken != nil {
			return
		}
		if err := l.writeAll(buffer); err != nil || last {
			l.mu.Lock()
			l.breakOff(errors.Join(err, net.ErrClosed))
			l.mu.Unlock()
			return
		}
		if cap(buffer) > 1<<20 {
			buffer = nil
		}
	}
}

// writeAll writes in pieces, each of which has to be taken within Silence.
func (l *link) writeAll(b []byte) error {
	const piece = 256 << 10
	for len(b) > 0 {
		if err := l.conn.SetWriteDeadline(time.Now().Add(l.timings.Silence)); err != nil {
			return err
		}
		n, err := l.conn.Write(b[:min(piece, len(b))])
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// read is the next frame that is not a sign of life. It fails when nothing has come
// for Silence.
func (l *link) read() (kind, []byte, error) {
	for {
		k, body, err := readFrame(patient{l}, l.taken, l.most)
		if err != nil {
			return 0, nil, l.explain(err)
		}
		l.taken++
		if k != kindBeat {
			return k, body, nil
		}
	}
}

// patient reads as long as something comes.
type patient struct{ l *link }

func (p patient) Read(b []byte) (int, error) {
	if p.l.reader.Buffered() == 0 {
		if err := p.l.conn.SetReadDeadline(time.Now().Add(p.l.timings.Silence)); err != nil {
			return 0, err
		}
	}
	return p.l.reader.Read(b)
}

// explain is why a connection ended, in words.
func (l *link) explain(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var timeout net.Error
	switch {
	case l.broken != nil:
		return l.broken
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the other end has closed the connection")
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("nothing was heard for %v", l.timings.Silence)
	}
	return err
}
