package cli

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// Flags is a command's flag set. The environment mirrors every flag, and flags may follow
// positional arguments.
type Flags struct {
	*flag.FlagSet
	program            *Program
	arguments, summary string
	// alone: they are those of a program without subcommands.
	alone bool
}

// NewFlags is the flag set of a command that takes positional arguments as described.
func NewFlags(p *Program, name, arguments, summary string) *Flags {
	f := &Flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), program: p, arguments: arguments, summary: summary}
	f.SetOutput(io.Discard)
	return f
}

// Flags is the flag set of a program without subcommands.
func (p *Program) Flags(arguments, summary string) *Flags {
	f := NewFlags(p, p.Name, arguments, summary)
	f.alone = true
	return f
}

// Read sets the flags, first from the environment, then from the command line, and returns
// the positional arguments. A request for help is answered and returned as flag.ErrHelp. Of
// what is in the environment no error repeats a value: it may be a secret.
func (f *Flags) Read(arguments []string) ([]string, error) {
	if err := f.readEnvironment(); err != nil {
		return nil, err
	}
	var positional []string
	for len(arguments) > 0 {
		if err := f.Parse(arguments); err != nil {
			if err == flag.ErrHelp {
				f.help()
				return nil, err
			}
			return nil, fmt.Errorf("%w; %s describes the flags", err, f.asked())
		}
		rest := f.Args()
		if used := len(arguments) - len(rest); used > 0 && arguments[used-1] == "--" {
			return append(positional, rest...), nil
		}
		if len(rest) > 0 {
			positional, rest = append(positional, rest[0]), rest[1:]
		}
		arguments = rest
	}
	return positional, nil
}

// readEnvironment sets --a-flag from PROGRAM_A_FLAG. An empty value is no value.
func (f *Flags) readEnvironment() error {
	var err error
	f.VisitAll(func(one *flag.Flag) {
		name := strings.ToUpper(f.program.Name + "_" + strings.ReplaceAll(one.Name, "-", "_"))
		value := f.program.Variable(name)
		if value == "" || err != nil {
			return
		}
		if bad := f.Set(one.Name, value); bad != nil {
			err = fmt.Errorf("environment variable %s: %v", name, bad)
		}
	})
	return err
}

func (f *Flags) help() {
	w := f.program.Stdout
	fmt.Fprintf(w, "%s: %s\n\nUsage: %s\n\n", f.Name(), f.summary,
		strings.TrimSpace(f.called()+" "+f.arguments)+" [flags]")
	f.VisitAll(func(one *flag.Flag) {
		value, usage := flag.UnquoteUsage(one)
		fmt.Fprintf(w, "  --%-26s %s\n", strings.TrimSpace(one.Name+" "+value), usage)
	})
}

// called is what a user types to start it.
func (f *Flags) called() string {
	if f.alone {
		return f.program.Self
	}
	return f.program.Self + " " + f.Name()
}

// asked is what a user types to have the flags described.
func (f *Flags) asked() string {
	if f.alone {
		return f.program.Self + " --help"
	}
	return f.program.Self + " help " + f.Name()
}

// None refuses positional arguments.
func (f *Flags) None(positional []string) error {
	switch {
	case len(positional) == 0:
		return nil
	case f.alone:
		return fmt.Errorf("%s takes no argument, only flags, but got %q; %s describes them", f.Name(), positional[0], f.asked())
	}
	return fmt.Errorf("%s takes no argument, but got %q; %s help lists the commands, which come first",
		f.Name(), positional[0], f.program.Self)
}

// One demands exactly one positional argument.
func (f *Flags) One(positional []string) (string, error) {
	if len(positional) != 1 {
		return "", fmt.Errorf("%s takes exactly one argument, %s, but got %d", f.Name(), f.arguments, len(positional))
	}
	return positional[0], nil
}
