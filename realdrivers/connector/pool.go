package connector

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/realdrivers/connector/locator"
)

// pool keeps the drivers of connections that are in use.
type pool[D interface{ Close() error }] struct {
	config  Config
	schemes []scheme[D]
	state   *poolState[D]
}

type poolState[D any] struct {
	lock    sync.Mutex
	entries map[string]*entry[D]
	closed  bool
}

// entry is one driver, used by so many calls.
type entry[D any] struct {
	driver D
	uses   int
	last   time.Time
}

func newPool[D interface{ Close() error }](c Config, schemes []scheme[D]) pool[D] {
	return pool[D]{config: c, schemes: schemes, state: &poolState[D]{entries: map[string]*entry[D]{}}}
}

// call makes a call with the driver of a connection, and logs why it was not done.
func (p *pool[D]) call(op string, id core.GlobalID, connection string, became *outcome.Outcome, do func(driver D) error) {
	driver, release, err := p.take(connection)
	if err == nil {
		defer release()
		err = do(driver)
	} else {
		*became = refused(err)
	}
	p.say(err, op, id, connection, *became)
}

// take is the driver of a connection; release gives it back.
func (p *pool[D]) take(connection string) (driver D, release func(), err error) {
	s := p.state
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.closed {
		return driver, nil, errClosed
	}
	p.sweep()
	e := s.entries[connection]
	if e == nil {
		d, err := openWith(&p.config, p.schemes, connection)
		if err != nil {
			return driver, nil, err
		}
		e = &entry[D]{driver: d}
		s.entries[connection] = e
	}
	e.uses++
	return e.driver, func() {
		s.lock.Lock()
		defer s.lock.Unlock()
		e.uses--
		e.last = time.Now()
	}, nil
}

// sweep closes what has not been used for long.
func (p *pool[D]) sweep() {
	for connection, e := range p.state.entries {
		if e.uses == 0 && time.Since(e.last) > p.config.Idle {
			delete(p.state.entries, connection)
			if err := e.driver.Close(); err != nil {
				p.config.Log.Warn("connector: closing", "connection", locator.Redact(connection), "error", err)
			}
		}
	}
}

func (p *pool[D]) close() error {
	s := p.state
	s.lock.Lock()
	defer s.lock.Unlock()
	s.closed = true
	var wrong []error
	for connection, e := range s.entries {
		delete(s.entries, connection)
		wrong = append(wrong, e.driver.Close())
	}
	return errors.Join(wrong...)
}

// say logs why a call was not done.
func (p *pool[D]) say(err error, op string, id core.GlobalID, connection string, o outcome.Outcome) {
	if err == nil {
		return
	}
	p.config.Log.Warn("connector: a call failed", slog.String("op", op), slog.String("object", id.String()),
		slog.String("connection", locator.Redact(connection)), slog.String("outcome", o.String()), slog.Any("error", err))
}
