// Package connector connects storage hosts with the systems outside: it makes the
// calls of core/storaged/source and core/storaged/sink of whatever a connection
// string names. Each connector is a package below this one and says at its top what
// it promises and how it keeps the promise.
//
// A driver makes a call once and says how it ended. It decides nothing: what is
// repeated, when, and after how long is the host's (C-6). Why a call failed is said
// in the log; the host is told the outcome only.
//
// A connection string is a URL whose scheme names the connector. What a connector
// does not know in it makes every call Invalid.
package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/realdrivers/connector/jsonl"
	"example.com/tidemark/realdrivers/connector/kafka"
	"example.com/tidemark/realdrivers/connector/load"
	"example.com/tidemark/realdrivers/connector/locator"
	"example.com/tidemark/realdrivers/connector/postgres"
)

// Config is what connectors are told of the process that they run in.
type Config struct {
	// Files is the directory that JSON-lines sinks write below; empty: there are none.
	Files string
	// Idle is how long a connection that nobody uses stays open; 0: five minutes.
	Idle time.Duration
	Log  *slog.Logger
}

func (c Config) filled() Config {
	if c.Idle == 0 {
		c.Idle = 5 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// sourceDriver is one source. Do sets the outcome; its error says why that is not
// outcome.Done.
type sourceDriver interface {
	Do(ctx context.Context, c *source.Call, r *source.Result) error
	Close() error
}

// sinkDriver is one external system, likewise.
type sinkDriver interface {
	Do(ctx context.Context, c *sink.Call, r *sink.Result) error
	Close() error
}

// scheme is how the connections of one scheme are opened.
type scheme[D any] struct {
	name string
	open func(c *Config, l *locator.Locator) (D, error)
}

func sourceSchemes() []scheme[sourceDriver] {
	return []scheme[sourceDriver]{
		{"load", func(_ *Config, l *locator.Locator) (sourceDriver, error) { return load.Open(l) }},
		{"kafka", func(_ *Config, l *locator.Locator) (sourceDriver, error) { return kafka.OpenSource(l) }},
		{"postgres", func(_ *Config, l *locator.Locator) (sourceDriver, error) { return postgres.OpenSource(l) }},
	}
}

func sinkSchemes() []scheme[sinkDriver] {
	return []scheme[sinkDriver]{
		{"jsonl", func(c *Config, l *locator.Locator) (sinkDriver, error) { return jsonl.Open(l, c.Files) }},
		{"kafka", func(_ *Config, l *locator.Locator) (sinkDriver, error) { return kafka.OpenSink(l) }},
		{"postgres", func(_ *Config, l *locator.Locator) (sinkDriver, error) { return postgres.OpenSink(l) }},
	}
}

// openWith opens a connection; that does not touch what it leads to.
func openWith[D any](c *Config, schemes []scheme[D], connection string) (D, error) {
	var none D
	l, err := locator.Parse(connection)
	if err != nil {
		return none, err
	}
	names := make([]string, 0, len(schemes))
	for _, s := range schemes {
		if s.name == l.URL.Scheme {
			d, err := s.open(c, l)
			if err != nil {
				return none, fmt.Errorf("%s: %w", s.name, err)
			}
			return d, nil
		}
		names = append(names, s.name)
	}
	return none, fmt.Errorf("there is no connector for such a scheme; known are: %s", strings.Join(names, ", "))
}

// CheckSource reports what is wrong with the connection of an ingestion, as far as it
// shows without connecting.
func CheckSource(connection string) error { return check(sourceSchemes(), connection) }

// CheckSink reports what is wrong with the connection of an export likewise.
func CheckSink(connection string) error { return check(sinkSchemes(), connection) }

func check[D interface{ Close() error }](schemes []scheme[D], connection string) error {
	d, err := openWith(&Config{Files: "/"}, schemes, connection) // which directory a host has is not known here
	if err != nil {
		return fmt.Errorf("connector: %s: %w", Redact(connection), err)
	}
	return d.Close()
}

// Redact is a connection string without its secrets.
func Redact(connection string) string { return locator.Redact(connection) }

// Sources makes the calls of all sources. It is safe for concurrent use.
type Sources struct{ pool pool[sourceDriver] }

// NewSources makes drivers of sources.
func NewSources(c Config) *Sources {
	return &Sources{newPool(c.filled(), sourceSchemes())}
}

// Do makes a call. It sets every field of the result, whatever happens.
func (s *Sources) Do(ctx context.Context, c *source.Call, r *source.Result) {
	*r = source.Result{}
	if !wellFormedPoll(c) {
		r.Outcome = outcome.Invalid
		return
	}
	s.pool.call(c.Op.String(), c.Ingestion, c.Connection, &r.Outcome, func(d sourceDriver) error { return d.Do(ctx, c, r) })
}

// Close closes all connections. No call may be going on.
func (s *Sources) Close() error { return s.pool.close() }

// wellFormedPoll judges a call by its arguments alone.
func wellFormedPoll(c *source.Call) bool {
	if c.Connection == "" || c.Ingestion.Kind == core.IDNone {
		return false
	}
	return c.Op == source.OpPoll && c.Max > 0 || c.Op == source.OpConfirm || c.Op == source.OpRelease
}

// Sinks makes the calls of all external systems that exports write to. It is safe
// for concurrent use.
type Sinks struct{ pool pool[sinkDriver] }

// NewSinks makes drivers of sinks.
func NewSinks(c Config) *Sinks {
	return &Sinks{newPool(c.filled(), sinkSchemes())}
}

// Do makes a call. It sets every field of the result, whatever happens.
func (s *Sinks) Do(ctx context.Context, c *sink.Call, r *sink.Result) {
	*r = sink.Result{}
	if !wellFormedCall(c) {
		r.Outcome = outcome.Invalid
		return
	}
	s.pool.call(c.Op.String(), c.Export, c.Connection, &r.Outcome, func(d sinkDriver) error { return d.Do(ctx, c, r) })
}

// Close closes all connections. No call may be going on.
func (s *Sinks) Close() error { return s.pool.close() }

// wellFormedCall judges a call by its arguments alone.
func wellFormedCall(c *sink.Call) bool {
	if c.Connection == "" || c.Export.Kind == core.IDNone || c.Fence == (sink.Fence{}) {
		return false
	}
	switch c.Op {
	case sink.OpOpen:
		return c.Epoch > 0
	case sink.OpProgress, sink.OpClose:
		return true
	case sink.OpWrite:
		return wellFormedWrite(c)
	case sink.OpNone:
	}
	return false
}

// wellFormedWrite wants progress, and updates within it, by time, then row, each
// once and with a count.
func wellFormedWrite(c *sink.Call) bool {
	if !c.From.Valid() || !c.To.Valid() || !c.From.LessThan(c.To) || !c.Schema.Valid() {
		return false
	}
	for i := range c.Updates {
		u := &c.Updates[i]
		if u.Diff == 0 || !c.From.LessEqualTime(u.Time) || c.To.LessEqualTime(u.Time) || !c.Schema.Fits(u.Data) {
			return false
		}
		if i == 0 {
			continue
		}
		if v := &c.Updates[i-1]; u.Time < v.Time || u.Time == v.Time && u.Data <= v.Data {
			return false
		}
	}
	return true
}

// refused is how a call ends whose connection could not be opened.
func refused(err error) outcome.Outcome {
	if errors.Is(err, errClosed) {
		return outcome.NotDone
	}
	return outcome.Invalid
}

// errClosed is what a call after Close is told.
var errClosed = errors.New("the connectors are closed")
