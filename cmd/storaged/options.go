package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"time"

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
	level               slog.Level
}

const (
	defaultListen = "127.0.0.1:7767"
	// minToken is how long a token must be.
	minToken = 16
)

func (o *options) define(f *flag.FlagSet) {
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

// read sets the options, first from the environment, then from the command line. No
// value of a flag is repeated in a message: it may be a secret.
func (o *options) read(arguments, environ []string, stdout io.Writer) error {
	f := flag.NewFlagSet("storaged", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	o.define(f)
	if err := fromEnvironment(f, environ); err != nil {
		return err
	}
	switch err := f.Parse(arguments); {
	case errors.Is(err, flag.ErrHelp):
		help(f, stdout)
		return err
	case err != nil:
		return fmt.Errorf("%w; storaged --help describes the flags", err)
	case f.NArg() > 0:
		return fmt.Errorf("storaged takes no arguments, only flags, but got %q; storaged --help describes them", f.Arg(0))
	case o.version:
		return nil
	}
	return o.complete()
}

// fromEnvironment sets --a-flag from STORAGED_A_FLAG. An empty value is no value.
func fromEnvironment(f *flag.FlagSet, environ []string) (err error) {
	f.VisitAll(func(one *flag.Flag) {
		name := "STORAGED_" + strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_")) + "="
		for _, entry := range environ {
			value, found := strings.CutPrefix(entry, name)
			if !found || value == "" || err != nil {
				continue
			}
			if f.Set(one.Name, value) != nil {
				err = fmt.Errorf("the value of the environment variable %s cannot be that of --%s", strings.TrimSuffix(name, "="), one.Name)
			}
		}
	})
	return err
}

func help(f *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, "storaged is a storage host of Tidemark: it runs ingestions and exports for a controller.\n\nUsage: storaged --persist-consensus URL --blob URL [flags]\n\n")
	f.VisitAll(func(one *flag.Flag) {
		value, usage := flag.UnquoteUsage(one)
		fmt.Fprintf(w, "  --%-26s %s\n", strings.TrimSpace(one.Name+" "+value), usage)
	})
	fmt.Fprint(w, "\nA flag can also be set in the environment: STORAGED_BLOB=s3://… is --blob s3://…; what\nis given on the command line wins. Anybody can read a command line: put what has a\npassword into the environment, or into a file, with @FILE as the value.\n")
}

// complete checks the options and sets what follows from them.
func (o *options) complete() (err error) {
	if o.persistConsensus == "" || o.blob == "" {
		return errors.New("--persist-consensus and --blob are needed: where the shards are, as controllerd has them")
	}
	if o.consensusAt, err = at("persist-consensus", o.persistConsensus, location.Postgres, location.SQLite, location.Mem); err != nil {
		return err
	}
	if o.blobAt, err = at("blob", o.blob, location.File, location.S3, location.Mem); err != nil {
		return err
	}
	if o.token, err = program.Secret("token", o.tokenText); err != nil {
		return err
	}
	if o.files != "" {
		if o.files, err = filepath.Abs(o.files); err != nil {
			return fmt.Errorf("--files: %w", err)
		}
	}
	if err := o.level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return fmt.Errorf("--log-level is debug, info, warn or error, not %q", o.logLevel)
	}
	switch {
	case o.token != "" && len(o.token) < minToken:
		return fmt.Errorf("--token has %d characters; it needs at least %d, such as those of: openssl rand -hex 16", len(o.token), minToken)
	case o.logFormat != "text" && o.logFormat != "json":
		return fmt.Errorf("--log-format is text or json, not %q", o.logFormat)
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

// at reads a location that may be in a file.
func at(name, value string, accepted ...location.Scheme) (location.Location, error) {
	text, err := program.Secret(name, value)
	if err != nil {
		return location.Location{}, err
	}
	l, err := location.Parse(text, accepted...)
	if err != nil {
		return l, fmt.Errorf("--%s: %w", name, err)
	}
	return l, nil
}
