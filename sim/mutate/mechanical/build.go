package mechanical

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

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
	for _, f := range l.generated.Files {
		copied := filepath.Join(l.Dir, strings.ReplaceAll(f.Path, "/", "__"))
		if err := os.WriteFile(copied, f.Content, 0o644); err != nil {
			return "", err
		}
		overlay.Replace[filepath.Join(l.Root, filepath.FromSlash(f.Path))] = copied
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	return l.overlay(), os.WriteFile(l.overlay(), b, 0o644)
}

// overlay is the file that tells go build what is replaced by what.
func (l *Lab) overlay() string { return filepath.Join(l.Dir, "overlay.json") }

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
		"--profile", l.Profiles[0], "--out", filepath.Join(l.Dir, "out"))
	var line struct {
		TraceHash string `json:"trace_hash"`
	}
	if err := json.Unmarshal(lastLine(output.stdout), &line); err != nil || line.TraceHash == "" {
		return "", fmt.Errorf("seed %d gives no trace hash: %s", seed, firstLines(output.complaint, 3))
	}
	return line.TraceHash, nil
}
