package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"connectrpc.com/connect"

	"example.com/tidemark/core"
	"example.com/tidemark/realdrivers/rpc"
	"example.com/tidemark/realdrivers/runtime"
)

// gate stands in for the controller until its stores are open, so that clients get
// an answer that says what is missing.
type gate struct {
	mu sync.RWMutex
	c  *runtime.Controller
	// why there is no controller yet.
	why error
	// trouble says why there is no session with a host; nil before there is a way to any.
	trouble func(host core.HostID) error
}

var _ rpc.Controller = (*gate)(nil)

func newGate() *gate { return &gate{why: errors.New("the stores are being opened")} }

// open puts the controller behind the gate.
func (g *gate) open(c *runtime.Controller) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.c, g.why = c, nil
}

// wait says why there is no controller yet.
func (g *gate) wait(why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.why = why
}

// troubleOf says whom to ask why there is no session with a host.
func (g *gate) troubleOf(trouble func(host core.HostID) error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trouble = trouble
}

// hostTrouble is why there is no session with a host, if that is known.
func (g *gate) hostTrouble(host core.HostID) error {
	g.mu.RLock()
	trouble := g.trouble
	g.mu.RUnlock()
	if trouble == nil {
		return nil
	}
	return trouble(host)
}

func (g *gate) controller() (*runtime.Controller, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.c == nil {
		return nil, connect.NewError(connect.CodeUnavailable, fmt.Errorf("controllerd: not ready: %w", g.why))
	}
	return g.c, nil
}

// Submit implements rpc.Controller.
func (g *gate) Submit(ctx context.Context, r *core.Request) (*core.Response, error) {
	c, err := g.controller()
	if err != nil {
		return nil, err
	}
	return c.Submit(ctx, r)
}

// Look implements rpc.Controller.
func (g *gate) Look(ctx context.Context, f func(machine *core.Controller)) error {
	c, err := g.controller()
	if err != nil {
		return err
	}
	return c.Look(ctx, f)
}

// Collections implements rpc.Controller.
func (g *gate) Collections(ctx context.Context, holds bool) ([]runtime.Collection, error) {
	c, err := g.controller()
	if err != nil {
		return nil, err
	}
	return c.Collections(ctx, holds)
}

// Exports implements rpc.Controller.
func (g *gate) Exports(ctx context.Context) ([]core.ExportView, error) {
	c, err := g.controller()
	if err != nil {
		return nil, err
	}
	return c.Exports(ctx)
}

// Hosts implements rpc.Controller.
func (g *gate) Hosts(ctx context.Context) ([]core.HostView, error) {
	c, err := g.controller()
	if err != nil {
		return nil, err
	}
	return c.Hosts(ctx)
}

// Steps implements rpc.Controller.
func (g *gate) Steps(ctx context.Context) (raised <-chan struct{}, end func(), err error) {
	c, err := g.controller()
	if err != nil {
		return nil, nil, err
	}
	return c.Steps(ctx)
}

// Status implements rpc.Controller.
func (g *gate) Status() runtime.Status {
	c, err := g.controller()
	if err != nil {
		return runtime.Status{}
	}
	return c.Status()
}

// Err implements rpc.Controller: why there is no controller yet, or why it ended.
func (g *gate) Err() error {
	c, err := g.controller()
	if err != nil {
		return err
	}
	return c.Err()
}
