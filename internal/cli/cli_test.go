package cli

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"
)

func program(out *strings.Builder, environ ...string) *Program {
	return &Program{Name: "tool", Self: "bin/tool", Environ: environ, Stdout: out}
}

func TestFlagsStandAnywhere(t *testing.T) {
	f := NewFlags(program(nil, "TOOL_FOR_LONG=3s", "TOOL_NAME=environment"), "go", "", "")
	name, long := f.String("name", "", ""), f.Duration("for-long", 0, "")
	positional, err := f.Read([]string{"one", "--name", "line", "two", "--", "--three"})
	if err != nil || !slices.Equal(positional, []string{"one", "two", "--three"}) || *name != "line" || *long != 3*time.Second {
		t.Fatalf("got %q, name %q, for-long %v, %v", positional, *name, *long, err)
	}
}

func TestNoValueOfTheEnvironmentIsRepeated(t *testing.T) {
	f := NewFlags(program(nil, "TOOL_N=secret"), "go", "", "")
	f.Int("n", 0, "")
	if _, err := f.Read(nil); err == nil || !strings.Contains(err.Error(), "TOOL_N") || strings.Contains(err.Error(), "secret\"; ") {
		t.Fatalf("got %v", err)
	}
}

func TestDispatch(t *testing.T) {
	var ran string
	run := func(*string, *Command[*string], []string) (int, error) { return 0, nil }
	first := func(s *string, c *Command[*string], arguments []string) (int, error) {
		*s = c.Name + " " + strings.Join(arguments, " ")
		return 7, nil
	}
	all := []Command[*string]{{Name: "first", Summary: "the first", Run: first}, {Name: "second", Arguments: "FILE", Summary: "another", Run: run}}
	for line, want := range map[string]string{"": "first ", "--x": "first --x", "first a b": "first a b", "help first": "first --help"} {
		ran = ""
		if code, err := Dispatch(program(nil), &ran, all, strings.Fields(line), func() { t.Error("help was not asked for") }); code != 7 || err != nil || ran != want {
			t.Errorf("%q ran %q: %d, %v", line, ran, code, err)
		}
	}
	helped := 0
	for _, line := range []string{"help", "-h", "--help", "help --help"} {
		if _, err := Dispatch(program(nil), &ran, all, strings.Fields(line), func() { helped++ }); err != nil {
			t.Error(err)
		}
	}
	if helped != 4 {
		t.Errorf("helped %d times", helped)
	}
	if _, err := Dispatch(program(nil), &ran, all, []string{"third"}, nil); err == nil || !strings.Contains(err.Error(), "bin/tool help") {
		t.Errorf("got %v", err)
	}
	var out strings.Builder
	List(&out, all)
	if want := "  first        the first\n  second FILE  another\n"; out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestHelpIsAnswered(t *testing.T) {
	var out strings.Builder
	f := NewFlags(program(&out), "go", "FILE", "goes")
	f.String("to", "", "where `PLACE` is")
	if _, err := f.Read([]string{"--help"}); !errors.Is(err, flag.ErrHelp) || !strings.Contains(out.String(), "Usage: bin/tool go FILE [flags]") || !strings.Contains(out.String(), "--to PLACE") {
		t.Fatalf("%v\n%s", err, out.String())
	}
}

func TestAProgramWithoutSubcommands(t *testing.T) {
	var out strings.Builder
	p := program(&out, "TOOL_TO=there")
	f := p.Flags("--to PLACE", "it goes")
	to := f.String("to", "", "where `PLACE` is")
	positional, err := f.Read(nil)
	if err = errors.Join(err, f.None(positional)); err != nil || *to != "there" {
		t.Fatalf("to %q, %v", *to, err)
	}
	if err := f.None([]string{"go"}); err == nil || !strings.HasSuffix(err.Error(), "; bin/tool --help describes them") {
		t.Errorf("got %v", err)
	}
	if _, err := f.Read([]string{"--from", "here"}); err == nil || !strings.HasSuffix(err.Error(), "; bin/tool --help describes the flags") {
		t.Errorf("got %v", err)
	}
	if _, err := f.Read([]string{"--help"}); !errors.Is(err, flag.ErrHelp) || !strings.Contains(out.String(), "tool: it goes\n\nUsage: bin/tool --to PLACE [flags]") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
