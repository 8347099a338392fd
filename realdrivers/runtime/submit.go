package runtime

import (
	"context"
	"sync/atomic"

	"example.com/tidemark/core"
)

// asker is whoever waits for a response.
type asker struct {
	id core.RequestID
	// answer gets one value: the response, or nil if the asker gave up and the request
	// goes on without it.
	answer chan *core.Response
	// taken: the machine was given the request.
	taken atomic.Bool
}

// Submit gives the machine a request and waits for its response. The request's ID is
// chosen here; its lists must not be changed any more.
//
// A response with an error is returned together with that error, as a *core.Error.
// No response is a *NoResponseError. If ctx ends first the request is cancelled
// (C-5): if nothing of it was sent, the error is definite; otherwise the request
// runs on and its outcome is unknown. While the queue is full Submit waits.
func (c *Controller) Submit(ctx context.Context, r *core.Request) (*core.Response, error) {
	a := &asker{id: core.RequestID(c.nextID.Add(1)), answer: make(chan *core.Response, 1)}
	if c.stopping.Load() {
		return nil, c.noResponse(r, a, ErrStopped)
	}
	it := c.loop.item()
	it.in.Kind, it.in.Cause, it.in.asker = core.InputRequest, core.Cause(a.id), a
	it.in.Request = *r
	it.in.Request.ID = a.id
	if ctx.Err() != nil || !c.loop.put(it, ctx.Done(), nil) {
		return nil, c.noResponse(r, a, c.why(ctx))
	}
	select {
	case response := <-a.answer:
		return answered(response)
	case <-c.loop.done:
		return c.afterEnd(r, a, c.loop.ending())
	case <-ctx.Done():
		return c.cancel(ctx, r, a)
	}
}

// cancel tells the machine that nobody waits any more, and waits for what it says to
// that.
func (c *Controller) cancel(ctx context.Context, r *core.Request, a *asker) (*core.Response, error) {
	it := c.loop.item()
	it.in.Kind, it.in.Cause, it.in.Cancel, it.in.asker = core.InputCancel, core.Cause(a.id), a.id, a
	if !c.loop.put(it, nil, nil) {
		return c.afterEnd(r, a, context.Cause(ctx))
	}
	select {
	case response := <-a.answer:
		return c.cancelled(ctx, r, a, response)
	case <-c.loop.done:
		return c.afterEnd(r, a, context.Cause(ctx))
	}
}

func (c *Controller) cancelled(ctx context.Context, r *core.Request, a *asker, response *core.Response) (*core.Response, error) {
	switch {
	case response == nil:
		return nil, c.noResponse(r, a, context.Cause(ctx))
	case response.Err.Code == core.Cancelled:
		a.taken.Store(false)
		return nil, c.noResponse(r, a, context.Cause(ctx))
	}
	return answered(response)
}

// afterEnd looks for an answer once the loop has ended: there may be one, and there
// will be none.
func (c *Controller) afterEnd(r *core.Request, a *asker, cause error) (*core.Response, error) {
	select {
	case response := <-a.answer:
		if response != nil {
			return answered(response)
		}
	default:
	}
	return nil, c.noResponse(r, a, cause)
}

func answered(response *core.Response) (*core.Response, error) {
	if response.Err.Code != core.Ok {
		return response, &response.Err
	}
	return response, nil
}

// why is why an entry could not be queued.
func (c *Controller) why(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return c.loop.ending()
}

func (c *Controller) noResponse(r *core.Request, a *asker, cause error) error {
	return &NoResponseError{Op: r.Op, ID: a.id, Definite: !a.taken.Load(), Cause: cause}
}

// answer gives a response to whoever waits for it.
func (m *controllerMachine) answer(r *core.Response) {
	a := m.askers[r.Request]
	if a == nil {
		return // it gave up
	}
	delete(m.askers, r.Request)
	response := *r
	a.answer <- &response
}

// settleAskers lets those go that gave up, and whoever waits for all to be gone.
func (m *controllerMachine) settleAskers() {
	for i, a := range m.givenUp {
		if m.askers[a.id] == a {
			delete(m.askers, a.id)
			a.answer <- nil
		}
		m.givenUp[i] = nil
	}
	m.givenUp = m.givenUp[:0]
	if m.drained != nil && len(m.askers) == 0 {
		close(m.drained)
		m.drained = nil
	}
}
