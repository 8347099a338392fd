package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"example.com/tidemark/internal/cli"
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
		fmt.Fprintf(stderr, "storaged: %s\n", cli.OneLine(err.Error()))
		return exitUsage
	case o.version:
		fmt.Fprintln(stdout, program.Version("storaged"))
		return exitOK
	}
	log := o.log.To(stderr)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := serve(ctx, o, log, openStores); err != nil {
		log.Error("ended", "error", err)
		fmt.Fprintf(stderr, "storaged: %s\n", cli.OneLine(err.Error()))
		return exitFailed
	}
	return exitOK
}
