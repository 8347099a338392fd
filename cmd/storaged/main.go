package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"example.com/tidemark/internal/program"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(Main(os.Args, os.Environ(), os.Stdout, os.Stderr)) }

// Main is the program as a function: it returns the exit code.
func Main(arguments, environ []string, stdout, stderr io.Writer) int {
	o := &options{}
	switch err := o.read(arguments[1:], environ, stdout); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "storaged: %s\n", oneLine(err))
		return exitUsage
	case o.version:
		fmt.Fprintln(stdout, program.Version("storaged"))
		return exitOK
	}
	log := o.logger(stderr)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := serve(ctx, o, log, openStores); err != nil {
		log.Error("ended", "error", err)
		fmt.Fprintf(stderr, "storaged: %s\n", oneLine(err))
		return exitFailed
	}
	return exitOK
}

// oneLine keeps a message on one line.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func (o *options) logger(w io.Writer) *slog.Logger {
	handler := slog.HandlerOptions{Level: o.level}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &handler))
	}
	return slog.New(slog.NewTextHandler(w, &handler))
}
