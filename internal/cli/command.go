package cli

import (
	"fmt"
	"io"
	"strings"
)

// Program is a program, with subcommands or without.
type Program struct {
	// Name of the program. In capitals, and with an underscore, it begins the names of its
	// environment variables.
	Name string
	// Self is how the user calls it.
	Self string
	// Environ is the environment as NAME=VALUE.
	Environ []string
	// Stdout gets what was asked for with --help.
	Stdout io.Writer
}

// Command is one row of a program's table of subcommands. T is what all of them work with.
type Command[T any] struct {
	Name, Arguments, Summary string
	// Run returns the exit code; an error without one means wrong usage.
	Run func(t T, c *Command[T], arguments []string) (int, error)
}

// Dispatch runs the command that the arguments begin with, the first one of all if they
// begin with none, or usage if help is asked for.
func Dispatch[T any](p *Program, t T, all []Command[T], arguments []string, usage func()) (int, error) {
	if len(arguments) == 0 || strings.HasPrefix(arguments[0], "-") && !IsHelp(arguments[0]) {
		return all[0].Run(t, &all[0], arguments)
	}
	name, rest := arguments[0], arguments[1:]
	if name == "help" && len(rest) > 0 && !IsHelp(rest[0]) {
		name, rest = rest[0], []string{"--help"}
	}
	if name == "help" || IsHelp(name) {
		usage()
		return 0, nil
	}
	for i := range all {
		if all[i].Name == name {
			return all[i].Run(t, &all[i], rest)
		}
	}
	return 0, fmt.Errorf("unknown command %q; %s help lists them", name, p.Self)
}

// IsHelp reports whether an argument is -h, --help or the like.
func IsHelp(argument string) bool {
	name := strings.TrimLeft(argument, "-")
	return len(name) < len(argument) && (name == "h" || name == "help")
}

// List prints the rows of a table of subcommands.
func List[T any](w io.Writer, all []Command[T]) {
	width := 0
	for i := range all {
		width = max(width, len(all[i].usage()))
	}
	for i := range all {
		fmt.Fprintf(w, "  %-*s  %s\n", width, all[i].usage(), all[i].Summary)
	}
}

func (c *Command[T]) usage() string { return strings.TrimSpace(c.Name + " " + c.Arguments) }

// Flags is the command's flag set.
func (c *Command[T]) Flags(p *Program) *Flags { return NewFlags(p, c.Name, c.Arguments, c.Summary) }

// Variable is an environment variable's value, the last one if it is there twice.
func (p *Program) Variable(name string) string {
	value := ""
	for _, entry := range p.Environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}

// OneLine keeps a message on one line.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
