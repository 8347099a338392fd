package blob

import (
	"context"
	"sync"
)

// maxCalls bounds how many calls of a store are under way at a time: each of them
// holds a thread, or a connection.
const maxCalls = 64

// gate lets calls in, and nobody any more once it is closed.
type gate struct {
	// begun is held by every call that is under way.
	begun  chan struct{}
	ending chan struct{}
	lock   sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

func newGate() *gate {
	return &gate{begun: make(chan struct{}, maxCalls), ending: make(chan struct{})}
}

// begin waits until a call may go on. If there is no error, end follows.
func (g *gate) begin(ctx context.Context) error {
	select {
	case g.begun <- struct{}{}:
	case <-g.ending:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	g.lock.Lock()
	defer g.lock.Unlock()
	if g.closed {
		<-g.begun
		return ErrClosed
	}
	g.calls.Add(1)
	return nil
}

func (g *gate) end() {
	<-g.begun
	g.calls.Done()
}

// close refuses what comes and waits for what was begun.
func (g *gate) close() {
	g.lock.Lock()
	if !g.closed {
		close(g.ending)
	}
	g.closed = true
	g.lock.Unlock()
	g.calls.Wait()
}
