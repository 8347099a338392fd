package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"

	"example.com/tidemark/internal/cli"
	"example.com/tidemark/internal/program"
	"example.com/tidemark/realdrivers/location"
)

// options is what a host is started with, from its flags.
type options struct {
	host, listen, addressFile string
	tokenText                 string
	tlsCert, tlsKey           string
	persistConsensus, blob    string
	files                     string
	statusListen              string
	logLevel, logFormat       string
	stopWithin                time.Duration
	version                   bool

	token               string
	consensusAt, blobAt location.Location
	log                 program.Log
}

const defaultListen = "127.0.0.1:7767"

func (o *options) define(f *cli.Flags) {
	f.StringVar(&o.persistConsensus, "persist-consensus", "", "the shards' states at `URL`, as controllerd has it: postgres://…, sqlite:///FILE; or @FILE")
	f.StringVar(&o.blob, "blob", "", "the shards' data at `URL`, as controllerd has it: s3://BUCKET/PREFIX, file:///DIR; or @FILE")
	f.StringVar(&o.listen, "listen", defaultListen, "serve controllers at `HOST:PORT`; beyond the loopback interface only with TLS and a token")
	f.StringVar(&o.tokenText, "token", "", "the token that controllers must know, best as `@FILE`; at least 16 characters")
	f.StringVar(&o.tlsCert, "tls-cert", "", "serve with TLS; the certificate is in `FILE` (PEM)")
	f.StringVar(&o.tlsKey, "tls-key", "", "and its key in `FILE` (PEM)")
	f.StringVar(&o.files, "files", "", "write JSON-lines sinks below `DIR`; default: there are none")
	f.StringVar(&o.statusListen, "status-listen", "", "serve health, metrics and status over HTTP at `HOST:PORT`, to whoever can reach it; default: not at all")
	f.StringVar(&o.host, "host", "", "serve as the managed host `OBJECT/SIZE` only, such as u7/1; set by the orchestrator")
	f.StringVar(&o.addressFile, "address-file", "", "write to `FILE` where controllers are served; set by the orchestrator")
	f.StringVar(&o.logLevel, "log-level", "info", "log from `LEVEL` on: debug, info, warn or error")
	f.StringVar(&o.logFormat, "log-format", "text", "write the log as `FORMAT`: text or json")
	f.DurationVar(&o.stopWithin, "stop-within", 4*time.Second, "how long a stop may wait for what is under way, a `DURATION`")
	f.BoolVar(&o.version, "version", false, "print the version")
}

// read sets the options, first from the environment, then from the command line.
func (o *options) read(arguments, environ []string, stdout io.Writer) error {
	p := &cli.Program{Name: "storaged", Self: "storaged", Environ: environ, Stdout: stdout}
	f := p.Flags("--persist-consensus URL --blob URL", "a storage host of Tidemark, which runs ingestions and exports for a controller")
	o.define(f)
	positional, err := f.Read(arguments)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, more)
	}
	if err = errors.Join(err, f.None(positional)); err != nil || o.version {
		return err
	}
	return o.complete()
}

const more = `
A flag can also be set in the environment: STORAGED_BLOB=s3://… is --blob s3://…; what
is given on the command line wins. Anybody can read a command line: put what has a
password into the environment, or into a file, with @FILE as the value.
`

// complete checks the options and sets what follows from them.
func (o *options) complete() (err error) {
	if o.persistConsensus == "" || o.blob == "" {
		return errors.New("--persist-consensus and --blob are needed: where the shards are, as controllerd has them")
	}
	if o.consensusAt, err = program.Location("persist-consensus", o.persistConsensus, "", location.Postgres, location.SQLite, location.Mem); err != nil {
		return err
	}
	if o.blobAt, err = program.Location("blob", o.blob, "", location.File, location.S3, location.Mem); err != nil {
		return err
	}
	if o.token, err = program.Token("token", o.tokenText); err != nil {
		return err
	}
	if o.files != "" {
		if o.files, err = filepath.Abs(o.files); err != nil {
			return fmt.Errorf("--files: %w", err)
		}
	}
	if o.log, err = program.ParseLog(o.logLevel, o.logFormat); err != nil {
		return err
	}
	switch {
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return errors.New("--tls-cert and --tls-key go together")
	case o.stopWithin <= 0:
		return fmt.Errorf("--stop-within must be positive, not %s", o.stopWithin)
	}
	if _, _, err := net.SplitHostPort(o.listen); err != nil {
		return fmt.Errorf("--listen: %q is not HOST:PORT: %w", o.listen, err)
	}
	return nil
}
