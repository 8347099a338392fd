package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"example.com/tidemark/internal/cli"
)

// Exit codes.
const (
	exitClean = 0
	exitFound = 1
	exitUsage = 2
)

func main() { os.Exit(Main(os.Args, os.Environ(), os.Stdout, os.Stderr)) }

// tool is what every command works with.
type tool struct {
	stdout, stderr io.Writer
	// environ is the environment as NAME=VALUE.
	environ []string
	// self is how the user calls this program, for the commands it tells them to type.
	self string
	// interrupted turns true with the first Ctrl-C; the second one kills the process.
	interrupted atomic.Bool
}

// command is one row of the table of subcommands.
type command = cli.Command[*tool]

func commands() []command {
	return []command{
		{Name: "fuzz", Summary: "run many seeds; without a command, this one with a budget of 30 seconds", Run: runFuzz},
		{Name: "run", Arguments: "SEED", Summary: "run one seed and tell what happened", Run: runRun},
		{Name: "replay", Arguments: "FILE", Summary: "run a saved plan, and say if it fails as it did; or replay a controller's journal", Run: runReplay},
		{Name: "report", Arguments: "SEED|FILE", Summary: "draw a run as one page for a browser: who did what to whom, and why it went wrong", Run: runReport},
		{Name: "shrink", Arguments: "SEED|FILE", Summary: "find the smallest plan that still fails in the same way", Run: runShrink},
		{Name: "mutants", Summary: "plant known bugs one by one and see which are found, by what, how soon", Run: runMutants},
		{Name: "mechanical", Summary: "plant every small change that fits the core one by one and see which survive", Run: runMechanical},
		{Name: "bench", Summary: "measure the simulator, as ratios from one run", Run: runBench},
		{Name: "profiles", Summary: "list the kinds of world that --profile can name", Run: runProfiles},
	}
}

// Main is the program as a function: it returns the exit code.
func Main(arguments, environ []string, stdout, stderr io.Writer) int {
	t := &tool{stdout: stdout, stderr: stderr, environ: environ, self: selfName(arguments[0])}
	stop := t.watchInterrupt()
	defer stop()
	code, err := cli.Dispatch(t.program(), t, commands(), arguments[1:], t.usage)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitClean
	case err != nil:
		fmt.Fprintf(stderr, "simrun: %s\n", cli.OneLine(err.Error()))
		return exitUsage
	}
	return code
}

func (t *tool) usage() {
	fmt.Fprintf(t.stdout, "simrun runs Tidemark's storage controller in simulated worlds.\n\nUsage: %s [command] [arguments] [flags]\n\n", t.self)
	cli.List(t.stdout, commands())
	fmt.Fprintf(t.stdout, "\n%s help COMMAND describes its flags. A flag can also be set in the environment:\n", t.self)
	fmt.Fprint(t.stdout, "SIMRUN_SEEDS=1..100 is --seeds 1..100, SIMRUN_STOP_ON_FAILURE=1 is --stop-on-failure;\nwhat is given on the command line wins.\n\n")
	fmt.Fprint(t.stdout, "Exit codes: 0 nothing found, 1 a violation found, 2 wrong usage or the tool failed.\n")
}

func (t *tool) program() *cli.Program {
	return &cli.Program{Name: "simrun", Self: t.self, Environ: t.environ, Stdout: t.stdout}
}

// patience is how long a run may take to notice that it is not wanted any more.
const patience = 10 * time.Second

// watchInterrupt makes the first Ctrl-C a request to end with a summary. A second one,
// or a run that does not listen, ends the process at once.
func (t *tool) watchInterrupt() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, interruptSignals()...)
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-signals:
		}
		signal.Stop(signals)
		t.interrupted.Store(true)
		select {
		case <-done:
		case <-time.After(patience):
			fmt.Fprintf(t.stderr, "simrun: interrupted, but what runs did not stop for %s: it hangs\n", patience)
			os.Exit(exitUsage)
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// selfName is what the user types to start this program.
func selfName(argument0 string) string {
	if strings.Contains(argument0, string(filepath.Separator)+"go-build") {
		return "go run ./cmd/simrun"
	}
	return shellQuote(argument0)
}

// shellQuote makes s one word of a shell command.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_./:@%+=,", r)
	}
	if s != "" && strings.TrimFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
