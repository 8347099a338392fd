package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	contract "example.com/tidemark/core/stash"
	"example.com/tidemark/internal/program"
	"example.com/tidemark/realdrivers/connector"
	"example.com/tidemark/realdrivers/persist"
	"example.com/tidemark/realdrivers/rpc"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/realdrivers/stash"
)

func runServe(t *tool, c *command, arguments []string) (int, error) {
	o := &options{}
	f := t.flags(c)
	o.define(f)
	positional, err := f.Read(arguments)
	if err != nil {
		return exitUsage, err
	}
	if err := errors.Join(f.None(positional), o.complete()); err != nil {
		return exitUsage, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	log := o.log.To(t.stderr)
	code, err := serve(ctx, o, log, nil)
	if err != nil {
		log.Error("ended", "error", err)
	}
	return code, nil
}

// daemon is a running controllerd.
type daemon struct {
	o       *options
	log     *slog.Logger
	began   time.Time
	gate    *gate
	metrics *metrics
	traces  *traces
	// newer has what a newer version of the program has written, if that was met.
	newer chan error
	// stopping is closed when the program is told to end.
	stopping <-chan struct{}
	// stuckAfter is how long the controller's loop may take to come by.
	stuckAfter time.Duration
}

// serve runs a controller until ctx ends or it halts. The API, the status page and
// health answer from the beginning; ready is called with the address when they do.
func serve(ctx context.Context, o *options, log *slog.Logger, ready func(net.Addr)) (int, error) {
	slog.SetDefault(log)
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return exitFailed, fmt.Errorf("--data: %w", err)
	}
	if err := o.forHosts(); err != nil {
		return exitFailed, err
	}
	d := &daemon{o: o, log: log, began: time.Now(), gate: newGate(), newer: make(chan error, 1), stopping: ctx.Done(), stuckAfter: stuckAfter}
	d.metrics = newMetrics(d)
	d.traces = newTraces(o.otlp, log)
	defer d.traces.close()
	server, listener, err := d.listen()
	if err != nil {
		return exitFailed, err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if ready != nil {
		ready(listener.Addr())
	}
	log.Info("listening", "address", listener.Addr().String(), "tls", o.tlsCert != "", "token", o.token != "", "version", program.Version("controllerd"))
	code, err := d.control(ctx)
	d.shutDown(server)
	if bad := <-served; !errors.Is(bad, http.ErrServerClosed) && err == nil {
		return exitFailed, fmt.Errorf("serving at %s: %w", o.listen, bad)
	}
	return code, err
}

// listen makes the HTTP server and its listener.
func (d *daemon) listen() (*http.Server, net.Listener, error) {
	server := &http.Server{
		Handler: d.handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelDebug), Protocols: new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	var secure *tls.Config
	if d.o.tlsCert != "" {
		pair, err := tls.LoadX509KeyPair(d.o.tlsCert, d.o.tlsKey)
		if err != nil {
			return nil, nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		secure = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	}
	listener, err := net.Listen("tcp", d.o.listen)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("%w; is a controller running already?", err)
		}
		return nil, nil, fmt.Errorf("--listen: %w", err)
	}
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	return server, listener, nil
}

// shutDown ends the server after what is under way.
func (d *daemon) shutDown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), d.o.stopWithin)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		server.Close()
	}
}

// control opens the stores, runs the controller and closes the stores again.
func (d *daemon) control(ctx context.Context) (int, error) {
	s, err := d.openStores(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return exitOK, nil
		}
		return exitFor(err), err
	}
	defer s.close()
	c, err := runtime.StartController(d.controllerOptions(s))
	if err != nil {
		return exitFailed, err
	}
	d.gate.open(c)
	d.log.Info("the controller runs", "stash", d.o.stashAt, "consensus", d.o.consensusAt, "blob", d.o.blobAt)
	var newer error
	within := d.o.stopWithin
	select {
	case <-ctx.Done():
		d.log.Info("stopping", "within", d.o.stopWithin)
	case newer = <-d.newer:
		within = 0 // what waits for what cannot be read waits in vain
		d.log.Error("stopping: this program is too old for what is stored")
	case <-c.Done():
	}
	limited, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err = c.Stop(limited)
	if errors.Is(err, runtime.ErrStopped) {
		err = nil
	}
	if err = cmp.Or(newer, err); err != nil {
		return exitFor(err), err
	}
	d.log.Info("stopped")
	return exitOK, nil
}

// exitFor is the exit code of what ended a controller.
func exitFor(err error) int {
	var (
		halt    *runtime.HaltError
		schema  *stash.SchemaError
		problem *persist.ProblemError
	)
	switch {
	case errors.As(err, &schema), errors.As(err, &problem) && problem.Newer():
		return exitNewer
	case !errors.As(err, &halt):
	case halt.Halt.Code == core.HaltFenced:
		return exitFenced
	case halt.Halt.Where == "stash: "+contract.ReasonNewerSchema.String(): // it was migrated meanwhile
		return exitNewer
	}
	return exitFailed
}

func (d *daemon) controllerOptions(s *stores) runtime.ControllerOptions {
	o := runtime.ControllerOptions{
		Config: core.DefaultConfig(), Persist: s.persist, Stash: s.stash, Transport: s.transport, Orchestrator: s.orchestrator,
		Observer: &observer{log: d.log, metrics: d.metrics, traces: d.traces},
	}
	o.Config.HoldLease = clock.Duration(d.o.holdLease.Microseconds())
	o.Config.ClockMargin = clock.Duration(d.o.clockMargin.Microseconds())
	if s.orchestrator == nil {
		o.Config.ServicesEvery = 0
	}
	if d.o.journal {
		o.Journal = &runtime.JournalOptions{
			Dir: filepath.Join(d.o.data, "journal"), Build: program.Version("controllerd"), SegmentBytes: d.o.journalSegment << 20,
			TotalBytes: d.o.journalTotal << 20, SyncEvery: d.o.journalSync,
		}
	}
	return o
}

// api is the API of the controller behind the gate.
func (d *daemon) api() *rpc.Server {
	return rpc.NewServer(rpc.Options{
		Controller: d.gate, Version: program.Version("controllerd"), Log: d.log, Stopping: d.stopping, Trouble: d.gate.hostTrouble,
		Stores: []string{"stash " + d.o.stashAt.String(), "consensus " + d.o.consensusAt.String(), "blob " + d.o.blobAt.String()},
		Uptime: func() uint64 { return uint64(time.Since(d.began).Milliseconds()) },
		Source: connector.CheckSource, Sink: connector.CheckSink,
		Called: func(call, code string, took time.Duration) {
			d.metrics.called(call, code, took)
			d.traces.add("api "+call, code, took)
		},
	})
}
