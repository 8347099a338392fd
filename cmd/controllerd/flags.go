package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// flags is a command's flag set. The environment mirrors every flag, and flags may
// follow positional arguments.
type flags struct {
	*flag.FlagSet
	tool    *tool
	command *command
}

func (t *tool) flags(c *command) *flags {
	f := &flags{flag.NewFlagSet(c.name, flag.ContinueOnError), t, c}
	f.SetOutput(io.Discard)
	return f
}

// parse sets the flags, first from the environment, then from the command line, and
// returns the positional arguments. A request for help is answered and returned as
// flag.ErrHelp. No value of a flag is repeated in a message: it may be a secret.
func (f *flags) parse(arguments []string) ([]string, error) {
	if err := f.parseEnvironment(); err != nil {
		return nil, err
	}
	var positional []string
	for len(arguments) > 0 {
		if err := f.Parse(arguments); err != nil {
			if err == flag.ErrHelp {
				f.help()
				return nil, err
			}
			return nil, fmt.Errorf("%w; %s help %s describes the flags", err, f.tool.self, f.command.name)
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

// parseEnvironment sets --a-flag from CONTROLLERD_A_FLAG. An empty value is no value.
func (f *flags) parseEnvironment() error {
	var err error
	f.VisitAll(func(one *flag.Flag) {
		name := "CONTROLLERD_" + strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_"))
		value := f.tool.variable(name)
		if value == "" || err != nil {
			return
		}
		if bad := f.Set(one.Name, value); bad != nil {
			err = fmt.Errorf("environment variable %s: %v", name, bad)
		}
	})
	return err
}

// variable is an environment variable's value.
func (t *tool) variable(name string) string {
	value := ""
	for _, entry := range t.environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}

func (f *flags) help() {
	w := f.tool.stdout
	fmt.Fprintf(w, "%s: %s\n\nUsage: %s\n\n", f.command.name, f.command.summary,
		strings.TrimSpace(f.tool.self+" "+f.command.name+" "+f.command.arguments)+" [flags]")
	f.VisitAll(func(one *flag.Flag) {
		value, usage := flag.UnquoteUsage(one)
		fmt.Fprintf(w, "  --%-26s %s\n", strings.TrimSpace(one.Name+" "+value), usage)
	})
}

// none refuses positional arguments.
func (f *flags) none(positional []string) error {
	if len(positional) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no argument, but got %q; %s help lists the commands, which come first",
		f.command.name, positional[0], f.tool.self)
}
