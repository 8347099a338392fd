package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"example.com/tidemark/internal/program"
	"example.com/tidemark/realdrivers/connector"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/realdrivers/transport"
)

// opener opens the shards' stores.
type opener func(ctx context.Context, o *options, log *slog.Logger) (shards runtime.Persist, closing func() error, err error)

// daemon is a running host.
type daemon struct {
	o       *options
	log     *slog.Logger
	began   time.Time
	metrics *metrics
	host    *runtime.Host
}

// serve runs a host until ctx ends or it halts.
func serve(ctx context.Context, o *options, log *slog.Logger, open opener) error {
	secure, err := o.secure()
	if err != nil {
		return err
	}
	listener, err := transport.Listen(o.listen, o.token, secure)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer listener.Close()
	shards, closing, err := open(ctx, o, log)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer func() {
		if err := closing(); err != nil {
			log.Warn("the shards' stores were not closed properly", "error", err)
		}
	}()
	d := &daemon{o: o, log: log, began: time.Now(), metrics: newMetrics()}
	return d.run(ctx, listener, shards)
}

// secure is the configuration of TLS; nil: none.
func (o *options) secure() (*tls.Config, error) {
	if o.tlsCert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}, nil
}

// run runs the machine with its drivers.
func (d *daemon) run(ctx context.Context, listener net.Listener, shards runtime.Persist) error {
	connect := connector.Config{Files: d.o.files, Log: d.log}
	sources, sinks := connector.NewSources(connect), connector.NewSinks(connect)
	server := transport.NewServer(transport.ServerOptions{Host: d.o.host, Token: d.o.token, Log: d.log})
	host, err := runtime.StartHost(runtime.HostOptions{
		Persist: shards, Source: sources, Sink: sinks, Sessions: server,
		Observer: &observer{log: d.log, metrics: d.metrics, failing: map[string]time.Time{}},
	})
	if err != nil {
		return err
	}
	d.host = host
	served, endStatus, err := d.serveStatus()
	if err == nil {
		err = d.serveSessions(ctx, server, listener, served)
		endStatus()
	}
	return errors.Join(err, d.stop(), sources.Close(), sinks.Close())
}

// serveSessions serves controllers until ctx ends, the host halts, or a listener
// fails.
func (d *daemon) serveSessions(ctx context.Context, server *transport.Server, listener net.Listener, status <-chan error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener, d.host) }()
	if err := d.announce(listener.Addr().String()); err != nil {
		cancel(nil)
		return errors.Join(err, <-served)
	}
	d.log.Info("the host runs", "address", listener.Addr().String(), "host", d.o.host, "tls", d.o.tlsCert != "",
		"consensus", d.o.consensusAt, "blob", d.o.blobAt, "version", program.Version("storaged"))
	select {
	case <-ctx.Done():
		d.log.Info("stopping", "within", d.o.stopWithin)
	case <-d.host.Done():
	case err := <-served:
		return err
	case err := <-status:
		cancel(nil)
		return errors.Join(err, <-served)
	}
	cancel(nil)
	return <-served
}

// announce writes where the host is served, all at once.
func (d *daemon) announce(address string) error {
	if d.o.addressFile == "" {
		return nil
	}
	temporary := d.o.addressFile + ".new"
	if err := os.WriteFile(temporary, []byte(address+"\n"), 0o600); err != nil {
		return fmt.Errorf("--address-file: %w", err)
	}
	if err := os.Rename(temporary, d.o.addressFile); err != nil {
		return fmt.Errorf("--address-file: %w", err)
	}
	return nil
}

// stop ends the machine; why it had ended before is an error.
func (d *daemon) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), d.o.stopWithin)
	defer cancel()
	if err := d.host.Stop(ctx); err != nil && !errors.Is(err, runtime.ErrStopped) {
		return err
	}
	d.log.Info("stopped")
	return nil
}
