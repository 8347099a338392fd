package runtime

import (
	"context"
	"errors"
	"time"

	"example.com/tidemark/codec/journal"
	"example.com/tidemark/core"
)

// Calls that are running when nobody said how long to wait for them, and those that
// were cancelled, get this long to return.
const (
	haltGrace   = 5 * time.Second
	cancelGrace = 2 * time.Second
)

// errDriversLeft says that drivers did not return although they were told to.
var errDriversLeft = errors.New("runtime: stopped, but a driver's call has not returned; its outcome is unknown")

// Stop ends the controller gracefully: from now on requests are refused; those that
// are open are waited for until ctx ends, and cancelled then; likewise for calls of
// drivers. What is not finished is as after a crash: unknown to whoever asked, and
// found out by the next controller. Stop returns nil when everything has ended, or
// why the controller had ended before. It may be called more than once.
func (c *Controller) Stop(ctx context.Context) error {
	c.stopOnce.Do(func() { c.stopErr = c.stop(ctx) })
	return c.stopErr
}

func (c *Controller) stop(ctx context.Context) error {
	c.stopping.Store(true)
	drained := make(chan struct{})
	if c.loop.look(ctx.Done(), func() { c.machine.drained = drained }) {
		select {
		case <-drained:
		case <-ctx.Done():
		case <-c.loop.done:
		}
	}
	c.loop.look(nil, c.machine.cancelAll)
	c.machine.end.asked <- ctx
	c.loop.end()
	<-c.closed
	if c.loop.err != nil {
		return c.loop.err
	}
	return c.machine.end.err
}

// cancelAll cancels every request that is open, so that those of which nothing was
// sent get an answer.
func (m *controllerMachine) cancelAll() {
	for id := range m.askers {
		in := controllerInput{}
		in.Kind, in.Cause, in.Cancel = core.InputCancel, core.Cause(id), id
		m.step(m.loop.now(), &in)
	}
}

// close ends the journal and the sessions and waits for the drivers, once the loop
// has ended, with err or because it was told to.
func (m *controllerMachine) close(err error) {
	m.journal.close(endOf(err))
	m.unfollow()
	for _, s := range m.sessions {
		m.hangUp(&core.HostCall{Op: core.HostDisconnect, Host: s.key.host, Session: s.key.session})
	}
	m.end.finish(m.calls)
}

// endOf is how a journal says why a loop has ended.
func endOf(err error) journal.End {
	if err == nil {
		return journal.EndStopped
	}
	return journal.EndHalted
}

// ending is how long the end of a machine may take, and what was wrong with it.
type ending struct {
	asked chan context.Context
	err   error
}

func newEnding() ending { return ending{asked: make(chan context.Context, 1)} }

// finish waits for the drivers, once the loop has ended: as long as was asked for,
// or else for a short while.
func (e *ending) finish(c *calls) {
	ctx, cancel := context.WithTimeout(context.Background(), haltGrace)
	defer cancel()
	select {
	case asked := <-e.asked:
		ctx = asked
	default:
	}
	if !c.finish(ctx, cancelGrace) {
		e.err = errDriversLeft
	}
}
