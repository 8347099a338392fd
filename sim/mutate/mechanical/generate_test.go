package mechanical

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The synthetic module: one function per operator, and a program that prints what
// each returns. Its answers differ with every mutant.
const (
	syntheticCore = `package core

type ErrorCode uint8

const (
	Ok ErrorCode = iota
	Bad
	Worse
)

type Instant int64

func (i Instant) Add(d int64) Instant { return i + Instant(d) }

type Frontier struct{ T int }

func (f Frontier) Join(g Frontier) Frontier     { return Frontier{max(f.T, g.T)} }
func (f Frontier) Meet(g Frontier) Frontier     { return Frontier{min(f.T, g.T)} }
func (f Frontier) LessEqual(g Frontier) bool    { return f.T <= g.T }
func (f Frontier) LessThan(g Frontier) bool     { return f.T < g.T }
func (f Frontier) LessEqualTime(t int) bool     { return f.T <= t }

// String is out of scope.
func (f Frontier) String() string {
	if f.T < 0 {
		return "negative"
	}
	return "frontier"
}
`
	syntheticSites = `package core

func Negate(b bool) int {
	if b {
		return 1
	}
	return 2
}

func Boundary(a, b int) int {
	if x := a < b; x {
		return 1
	}
	return 2
}

func Equality(a, b int) int {
	switch {
	case a == b:
		return 1
	}
	return 2
}

// Logic must not evaluate what the original would not: p may be nil.
func Logic(p *int) int {
	if p != nil && *p > 5 {
		return 1
	}
	return 2
}

func Arithmetic(a, b int) int { return a - b }

func Step() (n int) {
	n++
	return n
}

func Larger(a, b int) int { return max(a, b) }

func Joined(f, g Frontier) int { return f.Join(g).T }

func Before(f, g Frontier) bool { return f.LessThan(g) }

func Readable(f Frontier, t int) bool { return f.LessEqualTime(t) }

func Later(i Instant, d int64) Instant { return i.Add(d) }

func Code() ErrorCode { return Worse }

func Flag() bool { return true }

func Call(n *int) { touch(n, 1); touch(n, 2) }

func touch(n *int, by int) { *n += by }

func Jump() (n int) {
	for i := range 3 {
		if i == 1 {
			continue
		}
		n += i
	}
	return n
}
`
	syntheticMain = `package main

import (
	"fmt"

	"fake.test/m/core"
)

func main() {
	five, six, touched := 5, 6, 0
	core.Call(&touched)
	f, g := core.Frontier{T: 1}, core.Frontier{T: 2}
	show := func(name string, f func() any) {
		defer func() {
			if recover() != nil {
				fmt.Println(name, "panic")
			}
		}()
		fmt.Println(name, f())
	}
	show("Negate", func() any { return core.Negate(true) })
	show("Boundary", func() any { return fmt.Sprint(core.Boundary(1, 2), core.Boundary(2, 2), core.Boundary(2, 1)) })
	show("Equality", func() any { return core.Equality(1, 1) })
	show("Logic", func() any { return core.Logic(nil) })
	show("Logic", func() any { return core.Logic(&five) })
	show("Logic", func() any { return core.Logic(&six) })
	show("Arithmetic", func() any { return core.Arithmetic(5, 3) })
	show("Step", func() any { return core.Step() })
	show("Larger", func() any { return core.Larger(1, 2) })
	show("Joined", func() any { return core.Joined(f, g) })
	show("Before", func() any { return fmt.Sprint(core.Before(f, g), core.Before(f, f)) })
	show("Readable", func() any { return fmt.Sprint(core.Readable(g, 1), core.Readable(g, 2), core.Readable(g, 3)) })
	show("Later", func() any { return core.Later(1, 2) })
	show("Code", func() any { return core.Code() })
	show("Flag", func() any { return core.Flag() })
	show("Call", func() any { return touched })
	show("Jump", func() any { return core.Jump() })
}
`
)

// TestEveryOperator builds all sites of the synthetic package into one program and
// looks at what each of them changes.
func TestEveryOperator(t *testing.T) {
	root := t.TempDir()
	for path, text := range map[string]string{
		"go.mod": "module fake.test/m\n\ngo 1.26.0\n", "core/core.go": syntheticCore, "core/sites.go": syntheticSites,
		"cmd/simrun/main.go": syntheticMain,
	} {
		file := filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l := &Lab{Root: root, Dir: t.TempDir(), Command: "./cmd/simrun", Environ: os.Environ()}
	sites, err := l.Build(context.Background(), []Scope{{Dir: "core", SkipFiles: []string{"core.go"}}})
	if err != nil {
		t.Fatal(err)
	}
	normal := show(t, l, 0)
	want := strings.Split(strings.TrimSpace(`
Negate 1|Boundary 1 2 2|Equality 1|Logic 2|Logic 2|Logic 1|Arithmetic 2|Step 1|Larger 2|Joined 2|Before true false|Readable false true true|Later 3|Code 2|Flag true|Call 3|Jump 2
`), "|")
	if diff := cmp.Diff(want, normal); diff != "" {
		t.Fatalf("with all switched off (-want +got):\n%s", diff)
	}
	var got []string
	for _, s := range sites {
		changed := ""
		for i, line := range show(t, l, s.Number) {
			if line != normal[i] {
				changed += " [" + line + "]"
			}
		}
		got = append(got, fmt.Sprintf("%s %s: %s -> %s:%s", s.Function, s.Operator, s.Before, s.After, changed))
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(syntheticOutcomes), "\n"), got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)

	}
}

func show(t *testing.T, l *Lab, mutant int) []string {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	p := exec.CommandContext(ctx, l.binary)
	p.Env = append(os.Environ(), fmt.Sprintf("%s=%d", Variable, mutant))
	b, err := p.Output()
	if err != nil {
		t.Fatalf("mutant %d: %v", mutant, err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// syntheticOutcomes is every site and what it changes.
const syntheticOutcomes = `
Negate negate: b -> !(b): [Negate 2]
Boundary negate: a < b -> !(a < b): [Boundary 2 1 1]
Boundary boundary: a < b -> a <= b: [Boundary 1 1 2]
Boundary off-by-one: a < b -> a + 1 < b: [Boundary 2 2 2]
Boundary negate: x -> !(x): [Boundary 2 1 1]
Equality equality: a == b -> a != b: [Equality 2]
Logic logic: p != nil && *p > 5 -> p != nil || *p > 5: [Logic panic] [Logic 1]
Logic equality: p != nil -> p == nil: [Logic panic] [Logic 2]
Logic negate: *p > 5 -> !(*p > 5): [Logic 1] [Logic 2]
Logic boundary: *p > 5 -> *p >= 5: [Logic 1]
Logic off-by-one: *p > 5 -> *p - 1 > 5: [Logic 2]
Arithmetic arithmetic: a - b -> a + b: [Arithmetic 8]
Arithmetic off-by-one: a - b -> a - b + 1: [Arithmetic 3]
Step drop-assign: n++ -> : [Step 0]
Step arithmetic: n++ -> n--: [Step -1]
Larger extremum: max(a, b) -> min(a, b): [Larger 1]
Joined extremum: f.Join(g) -> f.Meet(g): [Joined 1]
Before negate: f.LessThan(g) -> !(f.LessThan(g)): [Before false true]
Before boundary: f.LessThan(g) -> f.LessEqual(g): [Before true true]
Readable negate: f.LessEqualTime(t) -> !(f.LessEqualTime(t)): [Readable true false false]
Readable off-by-one: f.LessEqualTime(t) -> f.LessEqualTime(t - 1): [Readable false false true]
Readable off-by-one: f.LessEqualTime(t) -> f.LessEqualTime(t + 1): [Readable true true true]
Later no-span: i.Add(d) -> i: [Later 1]
Code constant: Worse -> Ok: [Code 0]
Code constant: Worse -> Bad: [Code 1]
Flag constant: true -> false: [Flag false]
Call early-return: Call -> return: [Call 0]
Call drop-call: touch(n, 1) -> : [Call 2]
Call drop-call: touch(n, 2) -> : [Call 1]
touch drop-assign: *n += by -> : [Call 0]
touch arithmetic: *n += by -> *n -= by: [Call -3]
Jump equality: i == 1 -> i != 1: [Jump 1]
Jump drop-jump: continue -> : [Jump 3]
Jump drop-assign: n += i -> : [Jump 0]
Jump arithmetic: n += i -> n -= i: [Jump -2]
`
