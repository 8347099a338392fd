package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"example.com/tidemark/internal/cli"
	"example.com/tidemark/internal/program"
	"example.com/tidemark/realdrivers/rpc"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// ctl is the client for people: what its commands work with.
type ctl struct {
	*tool
	ctx    context.Context
	client tidemarkpb.ControllerClient
	json   bool
	// server and http are for calls by name.
	server string
	http   *http.Client
}

// ctlCommand is one row of ctl's table of commands. set defines its flags and
// returns what to do with the positional arguments.
type ctlCommand struct {
	name, arguments, summary string
	set                      func(f *flags) func(c *ctl, arguments []string) error
}

func ctlCommands() []ctlCommand {
	return []ctlCommand{
		{"status", "", "how the controller is", ctlStatus},
		{"list", "[ID…]", "collections with since, upper, lag and what holds them back; exports; hosts", ctlList},
		{"watch", "[ID…]", "the same again and again: what has moved", ctlWatch},
		{"show", "ID", "everything that is known of a collection or export", ctlShow},
		{"create-table", "ID NAME:TYPE…", "create a table; a type with ? is nullable: name:text?", ctlCreateTable},
		{"create-source", "ID NAME:TYPE…", "create an ingestion that fills a collection from an external source", ctlCreateSource},
		{"create-export", "ID", "write a collection's changes to an external system", ctlCreateExport},
		{"append", "ID ROW…", "append rows, each a JSON list such as '[1,\"a\"]'; durable when it returns", ctlAppend},
		{"snapshot", "ID", "read a collection at one time", ctlSnapshot},
		{"policy", "ID POLICY", "set the read policy: lag=10s, valid-from=TIME, or several, of which the earliest counts", ctlPolicy},
		{"move", "ID", "move an ingestion or export to another host", ctlMove},
		{"drop", "ID…", "drop collections and exports, for ever", ctlDrop},
		{"dump", "", "the controller's state as JSON, for whoever looks for a fault", ctlDump},
		{"call", "NAME [JSON]", "any call of the API, with its message as JSON (- reads it from standard input)", ctlCall},
	}
}

func runCtl(t *tool, c *command, arguments []string) (int, error) {
	if len(arguments) == 0 || cli.IsHelp(arguments[0]) || arguments[0] == "help" {
		t.ctlUsage()
		return exitOK, nil
	}
	for _, one := range ctlCommands() {
		if one.name == arguments[0] {
			return t.runCtlCommand(&one, arguments[1:])
		}
	}
	return exitUsage, fmt.Errorf("unknown command %q; %s ctl help lists them", arguments[0], t.self)
}

func (t *tool) ctlUsage() {
	fmt.Fprintf(t.stdout, "controllerd ctl talks to a controller.\n\nUsage: %s ctl COMMAND [arguments] [flags]\n\n", t.self)
	for _, c := range ctlCommands() {
		fmt.Fprintf(t.stdout, "  %-30s %s\n", strings.TrimSpace(c.name+" "+c.arguments), c.summary)
	}
	fmt.Fprintf(t.stdout, "\nAll of them take --server, --token, --ca and --json. %s ctl COMMAND --help describes\nthe others. Exit codes: 0 done, 1 refused or not reached, 2 wrong usage.\n", t.self)
}

func (t *tool) runCtlCommand(one *ctlCommand, arguments []string) (int, error) {
	f := cli.NewFlags(t.program(), "ctl "+one.name, one.arguments, one.summary)
	server := f.String("server", "http://"+defaultListen, "the controller's `URL`")
	tokenText := f.String("token", "", "the bearer token, best as `@FILE`")
	ca := f.String("ca", "", "who signs the server's certificate is in `FILE` (PEM)")
	within := f.Duration("timeout", 0, "give up after `DURATION`; 0: never")
	c := &ctl{tool: t}
	f.BoolVar(&c.json, "json", false, "print JSON, as the API has it")
	run := one.set(f)
	positional, err := f.Read(arguments)
	if err != nil {
		return exitUsage, err
	}
	if err := c.connect(*server, *tokenText, *ca); err != nil {
		return exitUsage, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *within > 0 {
		limited, cancel := context.WithTimeout(ctx, *within)
		defer cancel()
		ctx = limited
	}
	c.ctx = ctx
	return c.ended(run(c, positional))
}

// usageError is a wrong use of a command.
type usageError struct{ error }

func usage(format string, arguments ...any) error {
	return usageError{fmt.Errorf(format, arguments...)}
}

func (c *ctl) ended(err error) (int, error) {
	var wrong usageError
	switch {
	case err == nil:
		return exitOK, nil
	case errors.Is(err, flag.ErrHelp) || errors.As(err, &wrong):
		return exitUsage, err
	}
	return exitFailed, explained(err, c.server)
}

// explained is an answer's error as a person reads it.
func explained(err error, server string) error {
	var answer *connect.Error
	if !errors.As(err, &answer) {
		return err
	}
	for _, d := range answer.Details() {
		if m, bad := d.Value(); bad == nil {
			if _, ok := m.(*tidemarkpb.ErrorDetail); ok {
				return errors.New(answer.Message()) // says everything, with what to do
			}
		}
	}
	if answer.Code() == connect.CodeUnavailable {
		return fmt.Errorf("%s at %s: does a controller run there? --server says where else", answer.Message(), server)
	}
	return fmt.Errorf("%s: %s", answer.Code(), answer.Message())
}

// connect makes the client; nothing is sent yet.
func (c *ctl) connect(server, tokenText, ca string) error {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usage("--server is a URL such as http://%s", defaultListen)
	}
	bearer, err := program.Secret("token", tokenText)
	if err != nil {
		return usageError{err}
	}
	if bearer != "" && u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return usage("--server: a token is not sent to %s without TLS; use https://", u.Hostname())
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return usage("--ca: %w", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(text) {
			return usage("--ca: there is no certificate in %s", ca)
		}
	}
	c.server = strings.TrimSuffix(server, "/")
	c.http = &http.Client{Transport: &authorizing{next: transport, bearer: bearer}}
	c.client = tidemarkpb.NewControllerClient(c.http, c.server, connect.WithReadMaxBytes(rpc.MaxMessage))
	return nil
}

// authorizing sends the token along.
type authorizing struct {
	next   http.RoundTripper
	bearer string
}

// RoundTrip implements http.RoundTripper.
func (a *authorizing) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.bearer != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+a.bearer)
	}
	return a.next.RoundTrip(r)
}

// print writes an answer as JSON, if that is wanted; otherwise as write does.
func (c *ctl) print(m proto.Message, write func()) {
	if !c.json {
		write()
		return
	}
	text, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		fmt.Fprintf(c.stderr, "controllerd: %v\n", err)
		return
	}
	fmt.Fprintln(c.stdout, compactJSON(text))
}

// exactly demands so many positional arguments.
func exactly(n int, what string, arguments []string) error {
	if len(arguments) != n {
		return usage("the arguments are %s, but there are %d of them", what, len(arguments))
	}
	return nil
}

// inWords is a number of milliseconds as people say it.
func inWords(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch abs := max(d, -d); {
	case abs < 2*time.Second:
		return d.String()
	case abs < 10*time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
