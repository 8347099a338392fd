package main

import (
	"context"
	"errors"
	"time"

	"example.com/tidemark/realdrivers/location"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/realdrivers/stash"
)

// stores are the drivers that a controller runs on.
type stores struct {
	persist      runtime.Persist
	stash        runtime.Stash
	transport    runtime.Transport
	orchestrator runtime.Orchestrator
	// closers are closed from the last one to the first.
	closers []func() error
}

func (s *stores) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// How often a store that cannot be opened is tried again.
const (
	openAgain    = time.Second
	openAgainMax = 15 * time.Second
	openWithin   = 30 * time.Second
)

// openStores opens everything, trying again as long as a store cannot be reached;
// what can only be set right by a person ends it.
func (d *daemon) openStores(ctx context.Context) (*stores, error) {
	s := &stores{}
	for wait := openAgain; ; wait = min(2*wait, openAgainMax) {
		err := d.openOnce(ctx, s)
		if err == nil {
			return s, nil
		}
		s.close()
		*s = stores{}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if hopeless(err) {
			return nil, err
		}
		d.gate.wait(err)
		d.log.Warn("a store cannot be opened; trying again", "error", err, "in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// hopeless reports whether trying again will not help: what is given cannot be
// understood, or belongs to a newer version.
func hopeless(err error) bool {
	var schema *stash.SchemaError
	var wrong *location.Error
	return errors.As(err, &schema) || errors.As(err, &wrong)
}

func (d *daemon) openOnce(ctx context.Context, s *stores) error {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	meta, err := stash.Open(ctx, d.o.stashAt.Reveal())
	if err != nil {
		return err
	}
	s.stash = meta
	s.closers = append(s.closers, meta.Close)
	if err := d.openShards(ctx, s); err != nil {
		return err
	}
	return d.openHosts(s)
}
