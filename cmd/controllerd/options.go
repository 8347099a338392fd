package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"time"

	"example.com/tidemark/internal/program"
	"example.com/tidemark/realdrivers/location"
	"example.com/tidemark/realdrivers/stash"
)

const defaultListen = "127.0.0.1:7766"

// options is what a controller is started with, from its flags.
type options struct {
	data, listen                  string
	stash, persistConsensus, blob string
	tokenText, tlsCert, tlsKey    string
	journal                       bool
	journalSegment, journalTotal  int64
	journalSync                   time.Duration
	storaged, files               string
	stopHosts                     bool
	hostTokenText                 string
	hostCA, hostCert, hostKey     string
	otlp                          string
	logLevel, logFormat           string
	holdLease, clockMargin        time.Duration
	stopWithin                    time.Duration
	token, hostToken              string
	hostSecure                    *tls.Config
	stashAt, consensusAt, blobAt  location.Location
	log                           program.Log
}

func (o *options) define(f *flags) {
	f.StringVar(&o.data, "data", "tidemark-data", "keep everything in `DIR` that no other flag puts elsewhere")
	f.StringVar(&o.listen, "listen", defaultListen, "serve at `HOST:PORT`; beyond the loopback interface only with TLS and a token")
	f.StringVar(&o.stash, "stash", "", "metadata at `URL`: postgres://…, sqlite:///FILE; default: SQLite in the data directory")
	f.StringVar(&o.persistConsensus, "persist-consensus", "", "the shards' states at `URL`: postgres://…, sqlite:///FILE; default: SQLite in the data directory")
	f.StringVar(&o.blob, "blob", "", "the shards' data at `URL`: s3://BUCKET/PREFIX, file:///DIR; default: files in the data directory")
	f.StringVar(&o.tokenText, "token", "", "the bearer token that clients must know, best as `@FILE`; at least 16 characters")
	f.StringVar(&o.tlsCert, "tls-cert", "", "serve with TLS; the certificate is in `FILE` (PEM)")
	f.StringVar(&o.tlsKey, "tls-key", "", "and its key in `FILE` (PEM)")
	f.BoolVar(&o.journal, "journal", true, "keep a journal of everything that the controller was told, in the data directory")
	f.Int64Var(&o.journalSegment, "journal-segment", 64, "begin another file of the journal after so many `MiB`")
	f.Int64Var(&o.journalTotal, "journal-total", 1024, "remove its oldest files beyond so many `MiB`")
	f.DurationVar(&o.journalSync, "journal-sync", time.Second, "how much of the journal may be lost with the machine's power, a `DURATION`; negative: nothing")
	f.StringVar(&o.storaged, "storaged", "", "the program of storage hosts, a `FILE`; default: storaged beside this program, or in PATH")
	f.StringVar(&o.files, "files", "", "managed hosts write JSON-lines sinks below `DIR`; default: files in the data directory")
	f.BoolVar(&o.stopHosts, "stop-hosts", false, "end the managed hosts with the controller; otherwise they go on, and the next controller takes them over")
	f.StringVar(&o.hostTokenText, "host-token", "", "the token that remote hosts must know, best as `@FILE`")
	f.StringVar(&o.hostCA, "host-ca", "", "connect to remote hosts with TLS; who signs their certificates is in `FILE` (PEM)")
	f.StringVar(&o.hostCert, "host-cert", "", "and show them the certificate in `FILE` (PEM)")
	f.StringVar(&o.hostKey, "host-key", "", "with the key in `FILE` (PEM)")
	f.StringVar(&o.otlp, "otlp", "", "send traces to the OpenTelemetry collector at `URL`, such as http://127.0.0.1:4318")
	f.StringVar(&o.logLevel, "log-level", "info", "log from `LEVEL` on: debug, info, warn or error")
	f.StringVar(&o.logFormat, "log-format", "text", "write the log as `FORMAT`: text or json")
	f.DurationVar(&o.holdLease, "hold-lease", 15*time.Minute, "how long a client's hold lives without being renewed, a `DURATION`; so long a new controller compacts nothing")
	o.clockMargin = 10 * time.Second
	f.DurationVar(&o.stopWithin, "stop-within", 15*time.Second, "how long a stop may wait for what is under way, a `DURATION`")
}

// complete checks the options and sets what follows from them. Its errors are of
// usage, and show no secrets.
func (o *options) complete() (err error) {
	if o.data, err = filepath.Abs(o.data); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if o.files == "" {
		o.files = filepath.Join(o.data, "files")
	}
	if o.files, err = filepath.Abs(o.files); err != nil {
		return fmt.Errorf("--files: %w", err)
	}
	if o.stashAt, err = program.Location("stash", o.stash, "sqlite://"+filepath.Join(o.data, "stash.db"), stash.Schemes...); err != nil {
		return err
	}
	if o.consensusAt, err = program.Location("persist-consensus", o.persistConsensus, "sqlite://"+filepath.Join(o.data, "consensus.db"),
		location.Postgres, location.SQLite, location.Mem); err != nil {
		return err
	}
	if o.blobAt, err = program.Location("blob", o.blob, "file://"+filepath.Join(o.data, "blobs"),
		location.File, location.S3, location.Mem); err != nil {
		return err
	}
	if o.token, err = program.Token("token", o.tokenText); err != nil {
		return err
	}
	if o.hostToken, err = program.Token("host-token", o.hostTokenText); err != nil {
		return err
	}
	if o.log, err = program.ParseLog(o.logLevel, o.logFormat); err != nil {
		return err
	}
	switch {
	case o.journalSegment < 1 || o.journalTotal < 1 || o.journalSegment > 1<<20 || o.journalTotal > 1<<30:
		return errors.New("--journal-segment is 1 to 2^20 MiB, and --journal-total 1 to 2^30")
	case o.holdLease < time.Second || o.holdLease > 24*time.Hour:
		return fmt.Errorf("--hold-lease is a second to a day, not %s", o.holdLease)
	case o.otlp != "" && !isCollector(o.otlp):
		return errors.New("--otlp is a URL such as http://127.0.0.1:4318")
	case o.stopWithin <= 0:
		return fmt.Errorf("--stop-within must be positive, not %s", o.stopWithin)
	}
	return o.guarded()
}

func isCollector(text string) bool {
	at, err := url.Parse(text)
	return err == nil && (at.Scheme == "http" || at.Scheme == "https") && at.Host != ""
}

// guarded refuses to serve beyond the loopback interface without TLS and a token.
func (o *options) guarded() error {
	if (o.tlsCert == "") != (o.tlsKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return fmt.Errorf("--listen: %q is not HOST:PORT: %w", o.listen, err)
	}
	if isLoopback(host) {
		return nil
	}
	if o.token == "" || o.tlsCert == "" {
		return fmt.Errorf("--listen %s can be reached from other machines: that needs --token, --tls-cert and --tls-key; or listen at %s", o.listen, defaultListen)
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
