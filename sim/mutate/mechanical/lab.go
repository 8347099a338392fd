package mechanical

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Lab is where the mutants are built and run.
type Lab struct {
	// Root is the checkout, Dir a directory of the lab's own.
	Root, Dir string
	// Command is the package to build, relative to Root, such as "./cmd/simrun".
	Command string
	// Profile of the worlds.
	Profile string
	// Stages are how far the seeds go, ascending. A mutant that survives the seeds up
	// to one of them goes on with those up to the next.
	Stages []uint64
	// Memory is how many bytes of address space a process may have.
	Memory uint64
	// Environ is the environment of builds and runs.
	Environ []string

	generated *Generated
	binary    string
	// silent are the seeds to use, stage by stage, and allowed how much processor
	// time a mutant has for each.
	silent  [][]span
	allowed []time.Duration
}

// Build generates the mutants and compiles them all into one binary. It returns the
// sites, by number.
func (l *Lab) Build(ctx context.Context, scopes []Scope) ([]Site, error) {
	var err error
	if l.generated, err = Generate(l.Root, scopes); err != nil {
		return nil, err
	}
	overlay, err := l.writeOverlay()
	if err != nil {
		return nil, err
	}
	l.binary = filepath.Join(l.Dir, "mutants")
	return l.generated.Sites, l.compile(ctx, l.binary, "-overlay", overlay)
}

func (l *Lab) compile(ctx context.Context, binary string, flags ...string) error {
	arguments := append([]string{"go", "build", "-buildvcs=false", "-o", binary}, flags...)
	output, err := l.shell(ctx, l.Root, limits{}, 0, append(arguments, l.Command)...)
	if err != nil {
		return fmt.Errorf("%s does not build: %w\n%s", l.Command, err, firstLines(output.complaint, 12))
	}
	return nil
}

// writeOverlay writes the files and what go build wants to know about them.
func (l *Lab) writeOverlay() (string, error) {
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	if err := os.MkdirAll(l.Dir, 0o755); err != nil {
		return "", err
	}
	for name, content := range l.generated.Files {
		copied := filepath.Join(l.Dir, strings.ReplaceAll(name, "/", "__"))
		if err := os.WriteFile(copied, content, 0o644); err != nil {
			return "", err
		}
		overlay.Replace[filepath.Join(l.Root, filepath.FromSlash(name))] = copied
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	file := filepath.Join(l.Dir, "overlay.json")
	return file, os.WriteFile(file, b, 0o644)
}

// Prove compares the build with no mutant switched on with the original, by the
// trace hashes of the seeds 1..last.
func (l *Lab) Prove(ctx context.Context, last uint64) error {
	original := filepath.Join(l.Dir, "original")
	if err := l.compile(ctx, original); err != nil {
		return err
	}
	for seed := uint64(1); seed <= last; seed++ {
		want, err := l.traceHash(ctx, original, seed)
		if err != nil {
			return err
		}
		got, err := l.traceHash(ctx, l.binary, seed)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("seed %d: the build with all mutants switched off has the trace hash %s, the original %s", seed, got, want)
		}
	}
	return nil
}

func (l *Lab) traceHash(ctx context.Context, binary string, seed uint64) (string, error) {
	output, _ := l.shell(ctx, l.Dir, limits{}, 0, binary, "run", fmt.Sprint(seed), "--json",
		"--profile", l.Profile, "--out", filepath.Join(l.Dir, "out"))
	var line struct {
		TraceHash string `json:"trace_hash"`
	}
	if err := json.Unmarshal(lastLine(output.stdout), &line); err != nil || line.TraceHash == "" {
		return "", fmt.Errorf("seed %d gives no trace hash: %s", seed, firstLines(output.complaint, 3))
	}
	return line.TraceHash, nil
}

// span is seeds from First to Last, both included.
type span struct{ First, Last uint64 }

// slack is how much more processor time than the control a mutant may need.
const (
	slackFactor = 20
	slackFixed  = 3 * time.Second
)

// Control runs every stage with no mutant on: which seeds are silent, and how long
// they take. It returns the seeds that are not silent.
func (l *Lab) Control(ctx context.Context) (noisy []uint64, err error) {
	l.silent, l.allowed = nil, nil
	first := uint64(1)
	for _, last := range l.Stages {
		r := l.campaign(ctx, 0, span{first, last}, limits{memory: l.Memory}, false)
		if r.verdict != Killed && r.verdict != Survived {
			return nil, fmt.Errorf("the unchanged source gives no verdict on the seeds %d..%d: %s: %s", first, last, r.verdict, r.detail)
		}
		bad := r.failing
		l.silent = append(l.silent, silentSpans(first, last, bad))
		l.allowed = append(l.allowed, slackFactor*r.processor+slackFixed)
		noisy = append(noisy, bad...)
		first = last + 1
	}
	return noisy, nil
}

// silentSpans are the seeds of first..last that are not in bad, which is ascending.
func silentSpans(first, last uint64, bad []uint64) []span {
	var spans []span
	for _, seed := range bad {
		if seed > first {
			spans = append(spans, span{first, seed - 1})
		}
		first = seed + 1
	}
	if first <= last {
		spans = append(spans, span{first, last})
	}
	return spans
}

// Outcome is what became of a mutant.
type Outcome struct {
	Site
	Verdict Verdict `json:"verdict"`
	// Oracle that killed it and the seed with which it did; Seeds is how many were
	// run in all.
	Oracle string `json:"oracle,omitempty"`
	Seed   uint64 `json:"seed,omitempty"`
	Seeds  uint64 `json:"seeds"`
	// Detail is a violation's message or a runtime's complaint.
	Detail string `json:"detail,omitempty"`
}

// Run runs one mutant, stage by stage, until something becomes of it.
func (l *Lab) Run(ctx context.Context, s Site) Outcome {
	o := Outcome{Site: s, Verdict: Survived}
	for stage, spans := range l.silent {
		for _, seeds := range spans {
			r := l.campaign(ctx, s.Number, seeds, limits{l.Memory, l.allowed[stage]}, true)
			o.Seeds += r.seeds
			if r.verdict != Survived {
				o.Verdict, o.Oracle, o.Seed, o.Detail = r.verdict, r.oracle, r.seed, r.detail
				return o
			}
		}
	}
	return o
}

// RunAll runs mutants, so many at a time, and tells done about each as it ends, one
// at a time. The outcomes are in the order of the list.
func (l *Lab) RunAll(ctx context.Context, list []Site, jobs int, done func(*Outcome)) []Outcome {
	outcomes := make([]Outcome, len(list))
	next := make(chan int)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range max(1, min(jobs, len(list))) {
		workers.Go(func() {
			for i := range next {
				o := l.Run(ctx, list[i])
				mu.Lock()
				outcomes[i] = o
				done(&outcomes[i])
				mu.Unlock()
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	workers.Wait()
	return outcomes
}

var errNoVerdict = errors.New("no JSON on the last line of its output")
