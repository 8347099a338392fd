package mutate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Lab is where mutants are built and run.
type Lab struct {
	// Root is the checkout, Dir a directory of the lab's own.
	Root, Dir string
	// Command is the package to build, relative to Root, such as "./cmd/simrun".
	Command string
	// Profile of the worlds; "" is the one that each mutant names.
	Profile string
	// Ranges is how many disjoint ranges of seeds are tried, at least one; each has Seeds
	// of them, and the first begins with 1.
	Ranges int
	Seeds  uint64
	// Budget is after which time no further seed is started; a process that is still
	// there Grace later hangs.
	Budget, Grace time.Duration
	// Memory is how many bytes a process may have resident before it is ended.
	Memory uint64
	// Environ is the environment of builds and runs.
	Environ []string

	// binary has the mutants in it that are in planted, each under its number: see
	// BuildTogether.
	binary  string
	planted map[string]int
}

// Class is what became of a mutant.
type Class string

// Classes.
const (
	Found       Class = "found"
	Survived    Class = "survived"
	Hang        Class = "hang"
	Memory      Class = "memory"
	BuildFailed Class = "build-failure"
	// Broken: its process ended without a verdict.
	Broken Class = "broken"
	// Noisy: an invariant objected, but it does so on the unchanged source as well.
	Noisy Class = "noisy-control"
	// Cancelled: the user gave up.
	Cancelled Class = "cancelled"
)

// profile is the profile of the worlds in which a mutant is looked for.
func (l *Lab) profile(m *Mutant) string {
	if l.Profile != "" {
		return l.Profile
	}
	return m.Profile
}

// first is the first seed of a range, counted from 0.
func (l *Lab) first(n int) uint64 { return uint64(n)*l.Seeds + 1 }

// Run builds and runs one mutant. Whether the control is silent is not known yet:
// see Control. A range that ends without a verdict ends the run.
func (l *Lab) Run(ctx context.Context, m *Mutant) *Outcome {
	out := &Outcome{Mutant: m, Profile: l.profile(m)}
	//detlint:allow wallclock it times processes, which live in real time
	began := time.Now()
	//detlint:allow wallclock it times processes, which live in real time
	defer func() { out.Wall = time.Since(began) }()
	dir := filepath.Join(l.Dir, m.Name)
	binary, environ, err := l.have(ctx, m, dir)
	if err != nil {
		out.Class, out.Detail = BuildFailed, err.Error()
		if ctx.Err() != nil {
			out.Class = Cancelled
		}
		return out
	}
	for n := range max(1, l.Ranges) {
		first := l.first(n)
		a := l.campaign(ctx, place{binary, dir, environ}, out.Profile, first, first+l.Seeds-1)
		out.Attempts = append(out.Attempts, a)
		if a.Class != Found && a.Class != Survived {
			out.Attempt = a
			return out
		}
	}
	out.conclude()
	return out
}

// have is the binary that runs a mutant, and its environment.
func (l *Lab) have(ctx context.Context, m *Mutant, dir string) (binary string, environ []string, err error) {
	number, ok := l.planted[m.Name]
	if !ok {
		binary, err = l.Build(ctx, m, dir)
		return binary, l.Environ, err
	}
	environ = append(slices.Clone(l.Environ), fmt.Sprintf("%s=%d", switchVariable, number))
	return l.binary, environ, os.MkdirAll(dir, 0o755)
}

// Build compiles the command into dir with the mutant planted, or as it is for nil,
// and returns the path of the binary.
func (l *Lab) Build(ctx context.Context, m *Mutant, dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "simrun")
	arguments := []string{"build", "-buildvcs=false", "-o", binary}
	if m != nil {
		overlay, err := m.writeOverlay(l.Root, dir)
		if err != nil {
			return "", err
		}
		arguments = append(arguments, "-overlay", overlay)
	}
	build := exec.CommandContext(ctx, "go", append(arguments, l.Command)...)
	build.Dir, build.Env = l.Root, l.Environ
	output, err := build.CombinedOutput()
	if err != nil {
		return "", errors.New(firstLines(string(output)+"\n"+err.Error(), 6))
	}
	return binary, nil
}

func firstLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[:min(n, len(lines))], "\n")
}
