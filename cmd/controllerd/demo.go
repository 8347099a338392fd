package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"connectrpc.com/connect"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// What the demo makes: a counter that a host writes, and its changes in a file.
const (
	demoSource     = "u1"
	demoExport     = "u2"
	demoFile       = "counter.jsonl"
	demoConnection = "load:counter?rate=20"
	demoLagMs      = 5000
)

func runDemo(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	dir := f.String("data", "tidemark-demo", "keep everything in `DIR`; another run there goes on where this one was")
	listen := f.String("listen", defaultListen, "serve at `HOST:PORT`")
	storaged := f.String("storaged", "", "the program of storage hosts, a `FILE`; default: storaged beside this program, or in PATH")
	during := f.Duration("for", 0, "end after `DURATION`; 0: when it is interrupted")
	positional, err := f.Read(arguments)
	if err == nil {
		err = f.None(positional)
	}
	if err != nil {
		return exitUsage, err
	}
	o, err := t.demoOptions(c, *dir, *listen, *storaged)
	if err != nil {
		return exitUsage, err
	}
	if _, err := o.hostProgram(); err != nil {
		return exitFailed, fmt.Errorf("the demo needs the program of storage hosts; make demo builds it: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *during > 0 {
		limited, cancel := context.WithTimeout(ctx, *during)
		defer cancel()
		ctx = limited
	}
	return t.demo(ctx, o)
}

// demoOptions are a controller's defaults, but for a short lease: with the usual one
// nothing would be compacted for a quarter of an hour after each start.
func (t *tool) demoOptions(c *command, dir, listen, storaged string) (*options, error) {
	o := &options{}
	f := (&tool{stdout: t.stdout, stderr: t.stderr}).flags(c)
	o.define(f)
	o.data, o.listen, o.storaged, o.stopHosts = dir, listen, storaged, true
	o.holdLease, o.clockMargin = time.Second, time.Second
	return o, o.complete()
}

// demo runs the controller, its log in a file, until ctx ends.
func (t *tool) demo(ctx context.Context, o *options) (int, error) {
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return exitFailed, fmt.Errorf("--data: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(o.data, "controllerd.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return exitFailed, err
	}
	defer file.Close()
	served, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan net.Addr, 1)
	ended := make(chan error, 1)
	go func() {
		_, err := serve(served, o, slog.New(slog.NewTextHandler(file, nil)), func(a net.Addr) { ready <- a })
		ended <- err
	}()
	var address net.Addr
	select {
	case address = <-ready:
	case err := <-ended:
		return exitFailed, err
	}
	d := &demonstration{tool: t, o: o, server: "http://" + address.String(), ended: ended}
	err = d.run(served)
	cancel()
	select {
	case bad := <-ended:
		err = errors.Join(err, bad)
	case <-time.After(2 * o.stopWithin):
		err = errors.Join(err, errors.New("the controller has not stopped in time"))
	}
	if err != nil {
		return exitFailed, err
	}
	return exitOK, nil
}

// demonstration is a running demo.
type demonstration struct {
	*tool
	o      *options
	server string
	client tidemarkpb.ControllerClient
	ended  chan error
	lines  counterFile
}

func (d *demonstration) run(ctx context.Context) error {
	c := &ctl{tool: d.tool}
	if err := c.connect(d.server, "", ""); err != nil {
		return err
	}
	defer c.http.CloseIdleConnections()
	d.client = c.client
	d.lines = counterFile{path: filepath.Join(d.o.files, demoFile)}
	if err := d.create(ctx); err != nil {
		return quietly(ctx, err)
	}
	d.explain()
	return quietly(ctx, d.show(ctx))
}

// quietly is nil if err came because the demo was told to end.
func quietly(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, errNotOnce) {
		return nil
	}
	return err
}

// create makes what is not there yet. What is there already, with these descriptions,
// stays as it is, so that a run goes on where the last one was.
func (d *demonstration) create(ctx context.Context) error {
	for {
		_, err := d.client.CreateCollections(ctx, connect.NewRequest(&tidemarkpb.CreateCollectionsRequest{
			Collections: []*tidemarkpb.Collection{{
				Id: demoSource, Kind: "ingestion", Columns: []*tidemarkpb.Column{{Name: "n", Type: "int64"}},
				Ingestion: &tidemarkpb.Ingestion{
					Connection: demoConnection, Outputs: []*tidemarkpb.Output{{Id: demoSource}}, Host: &tidemarkpb.Host{Size: 1},
				},
			}},
		}))
		if err == nil {
			break
		}
		if connect.CodeOf(err) != connect.CodeUnavailable || ctx.Err() != nil {
			return explained(err, d.server)
		}
		pause(ctx, 50*time.Millisecond)
	}
	_, err := d.client.SetPolicies(ctx, connect.NewRequest(&tidemarkpb.SetPoliciesRequest{Changes: []*tidemarkpb.PolicyChange{{
		Id: demoSource, Policy: &tidemarkpb.Policy{Policy: &tidemarkpb.Policy_Lag{Lag: demoLagMs}},
	}}}))
	if err != nil {
		return explained(err, d.server)
	}
	return d.createExport(ctx)
}

func (d *demonstration) createExport(ctx context.Context) error {
	export := &tidemarkpb.Export{
		Id: demoExport, From: demoSource, Connection: "jsonl:" + demoFile, Snapshot: true, Host: &tidemarkpb.Host{Size: 1},
	}
	prepared, err := d.client.PrepareExport(ctx, connect.NewRequest(&tidemarkpb.PrepareExportRequest{Id: demoExport, From: demoSource, Owner: ctlOwner}))
	switch {
	case err == nil:
		export.Token = prepared.Msg.GetToken()
	case connect.CodeOf(err) != connect.CodeAlreadyExists:
		return explained(err, d.server)
	}
	_, err = d.client.CreateExports(ctx, connect.NewRequest(&tidemarkpb.CreateExportsRequest{Exports: []*tidemarkpb.Export{export}}))
	if err != nil {
		return explained(err, d.server)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (d *demonstration) explain() {
	at := ""
	if d.server != "http://"+defaultListen {
		at = " --server " + d.server
	}
	fmt.Fprintf(d.stdout, `
A load generator counts; %[1]s is the collection that it fills, on a storage host of its
own. %[2]s writes every change of %[1]s to a file. All data is in %[3]s.

  look        %[4]s/
  follow      tail -f %[5]s
  ask         %[6]s ctl list%[7]s
              %[6]s ctl snapshot %[1]s%[7]s | tail -3
              curl -H 'Content-Type: application/json' -d '{"id":"%[1]s"}' %[4]s/tidemark.v1.Controller/GetCollection
  break it    kill -9 %[8]d
              which is the controller, while its hosts go on; or the hosts:
              kill -9 $(pgrep -f %[10]s)
              and start this again: it goes on, and checks the file from its beginning

Ctrl-C ends it. %[1]s can be read from its since on, and is complete up to its upper; the
since follows %[9]d s behind, some seconds after the start. The last column is what the file has: 1, 2, 3 and so on,
each once, or else this ends with an error.

`, demoSource, demoExport, d.o.data, d.server, d.lines.path, d.self, at, os.Getpid(), demoLagMs/1000,
		filepath.Join(d.o.data, "hosts"))
}

// show prints a line a second.
func (d *demonstration) show(ctx context.Context) error {
	fmt.Fprintf(d.stdout, "%-13s  %-13s  %-8s  %-13s  %s\n", "SINCE", "UPPER", "LAG", "FILE UPPER", "FILE")
	for ctx.Err() == nil {
		answer, err := d.client.Frontiers(ctx, connect.NewRequest(&tidemarkpb.FrontiersRequest{Ids: []string{demoSource, demoExport}}))
		if err != nil {
			return explained(err, d.server)
		}
		last, err := d.lines.check()
		if err != nil {
			return err
		}
		written := "nothing yet"
		if last > 0 {
			written = fmt.Sprintf("1 to %d, each once", last)
		}
		for _, s := range answer.Msg.GetCollections() {
			for _, e := range answer.Msg.GetExports() {
				fmt.Fprintf(d.stdout, "%-13s  %-13s  %-8s  %-13s  %s\n", mark(s.GetSince()), mark(s.GetUpper()),
					lagOf(s.GetUpper(), answer.Msg.GetClock()), mark(e.GetUpper()), written)
			}
		}
		pause(ctx, time.Second)
	}
	return nil
}
