package mutate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Lab is where mutants are built and run.
type Lab struct {
	// Root is the checkout, Dir a directory of the lab's own.
	Root, Dir string
	// Command is the package to build, relative to Root, such as "./cmd/simrun".
	Command string
	// Profile of the worlds, and the highest seed to try.
	Profile string
	Seeds   uint64
	// Budget is after which time no further seed is started; a process that is still
	// there Grace later hangs.
	Budget, Grace time.Duration
	// Memory is how many bytes a process may have resident before it is ended.
	Memory uint64
	// Environ is the environment of builds and runs.
	Environ []string
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

// Outcome is what is known about a mutant after its run.
type Outcome struct {
	Mutant *Mutant
	Class  Class
	// Oracle is the invariant that objected, "" if none did; Right if it was one of
	// those that the mutant names.
	Oracle string
	Right  bool
	// Seed is the lowest failing one; Seeds and Events is what it took to get there.
	Seed, Seeds, Events uint64
	// ControlSilent: the same seeds find nothing on the unchanged source. False as
	// long as nobody has looked.
	ControlSilent bool
	// Detail is for people: a violation's message, a compiler's complaint.
	Detail string
}

// Killed says that the mutant counts as found: an invariant objected to it, and none
// to the same seeds of the unchanged source.
func (o *Outcome) Killed() bool { return o.Class == Found && o.ControlSilent }

// Run builds and runs one mutant. Whether the control is silent is not known yet:
// see Control.
func (l *Lab) Run(ctx context.Context, m *Mutant) *Outcome {
	out := &Outcome{Mutant: m}
	dir := filepath.Join(l.Dir, m.Name)
	binary, err := l.Build(ctx, m, dir)
	if err != nil {
		out.Class, out.Detail = BuildFailed, err.Error()
		if ctx.Err() != nil {
			out.Class = Cancelled
		}
		return out
	}
	v := l.campaign(ctx, binary, dir, l.Seeds)
	out.Class, out.Detail = v.class, v.detail
	out.Seeds, out.Events = v.seeds, v.events
	if v.class == Found {
		out.Oracle, out.Seed, out.Right = v.oracle, v.seed, m.Right(v.oracle)
	}
	return out
}

// Control runs the unchanged source on all seeds that found a mutant, and settles
// which of those objections count.
func (l *Lab) Control(ctx context.Context, all []*Outcome) error {
	var last uint64
	for _, o := range all {
		if o.Class == Found {
			last = max(last, o.Seed)
		}
	}
	if last == 0 {
		return nil
	}
	dir := filepath.Join(l.Dir, "control")
	binary, err := l.Build(ctx, nil, dir)
	if err != nil {
		return fmt.Errorf("the unchanged source does not build: %w", err)
	}
	unlimited := *l
	unlimited.Budget = 0
	v := unlimited.campaign(ctx, binary, dir, last)
	if v.class != Found && v.class != Survived {
		return fmt.Errorf("the unchanged source gives no verdict on seeds 1..%d: %s: %s", last, v.class, v.detail)
	}
	for _, o := range all {
		if o.Class != Found {
			continue
		}
		o.ControlSilent = v.class == Survived || o.Seed < v.seed
		if !o.ControlSilent {
			o.Class = Noisy
			o.Detail = fmt.Sprintf("the unchanged source violates %s with seed %d: %s", v.oracle, v.seed, v.detail)
		}
	}
	return nil
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
