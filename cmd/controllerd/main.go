package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/tidemark/internal/cli"
	"example.com/tidemark/internal/program"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitFenced = 3
	exitNewer  = 4
)

func main() { os.Exit(Main(os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr)) }

// tool is what every command works with.
type tool struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// environ is the environment as NAME=VALUE.
	environ []string
	// self is how the user calls this program.
	self string
}

// command is one row of the table of subcommands.
type command = cli.Command[*tool]

func commands() []command {
	return []command{
		{Name: "serve", Summary: "run a controller; without a command, this one", Run: runServe},
		{Name: "ctl", Arguments: "COMMAND", Summary: "talk to a controller: list, watch, create, append, snapshot and more", Run: runCtl},
		{Name: "demo", Summary: "a controller with a load generator and a sink on the defaults, and what they do", Run: runDemo},
		{Name: "version", Summary: "print the version", Run: runVersion},
	}
}

// Main is the program as a function: it returns the exit code.
func Main(arguments, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := &tool{stdin: stdin, stdout: stdout, stderr: stderr, environ: environ, self: selfName(arguments[0])}
	code, err := cli.Dispatch(t.program(), t, commands(), arguments[1:], t.usage)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "controllerd: %s\n", cli.OneLine(err.Error()))
		if code == exitOK {
			return exitUsage
		}
	}
	return code
}

func (t *tool) usage() {
	fmt.Fprintf(t.stdout, "controllerd is Tidemark's storage controller.\n\nUsage: %s [command] [arguments] [flags]\n\n", t.self)
	cli.List(t.stdout, commands())
	fmt.Fprintf(t.stdout, "\n%s help COMMAND describes its flags. A flag can also be set in the environment:\n", t.self)
	fmt.Fprint(t.stdout, "CONTROLLERD_STASH=postgres://… is --stash postgres://…; what is given on the command\nline wins. Anybody can read a command line: put what has a password into the\nenvironment, or into a file, with @FILE as the value.\n\n")
	fmt.Fprint(t.stdout, "Exit codes: 0 stopped as asked, 1 failed or halted, 2 wrong usage, 3 a newer\ncontroller has taken over, 4 a store holds what a newer version has written.\n")
}

func runVersion(t *tool, c *command, arguments []string) (int, error) {
	f := t.flags(c)
	positional, err := f.Read(arguments)
	if err == nil {
		err = f.None(positional)
	}
	if err == nil {
		fmt.Fprintln(t.stdout, program.Version("controllerd"))
	}
	return exitOK, err
}

// selfName is how a user calls the program: bin/controllerd, or go run.
func selfName(argument string) string {
	if strings.HasPrefix(argument, os.TempDir()) && strings.Contains(argument, "go-build") {
		return "go run ./cmd/controllerd"
	}
	if filepath.IsAbs(argument) {
		return filepath.Base(argument)
	}
	return argument
}
