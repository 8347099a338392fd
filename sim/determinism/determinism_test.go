package determinism

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"example.com/tidemark/core/digest"
	"example.com/tidemark/sim"
)

// steppedSeeds is how many of the long seeds go step by step, which takes ten times as
// long as comparing what runs came to.
const steppedSeeds = 8

// TestSamePlanSameRun is the proof: every long seed gives the same trace hash in other
// processes, on one processor and on two, and in a 32-bit build, and some of them twice
// in one process step by step, with tracing and without.
func TestSamePlanSameRun(t *testing.T) {
	runs := findLong(t)
	seen := map[digest.Sum]uint64{}
	for _, run := range runs {
		if other, ok := seen[run.result.TraceHash]; ok {
			t.Errorf("seeds %d and %d have the same trace hash", run.seed, other)
		}
		seen[run.result.TraceHash] = run.seed
	}
	t.Logf("%d seeds", len(runs))
	t.Run("step by step", func(t *testing.T) { stepByStep(t, runs[:min(steppedSeeds, len(runs))]) })
	native, narrow := buildSimrun(t, os.Environ()), buildSimrun(t, append(os.Environ(), "GOARCH=386", "CGO_ENABLED=0"))
	t.Run("another process, one processor", func(t *testing.T) { otherProcess(t, native, "GOMAXPROCS=1", runs) })
	t.Run("another process, two processors", func(t *testing.T) { otherProcess(t, native, "GOMAXPROCS=2", runs) })
	t.Run("32 bits", func(t *testing.T) { otherProcess(t, narrow, "GOMAXPROCS=2", runs) })
}

// stepByStep compares two traced worlds after every event, and their hash with that of
// the run without a trace which chose the seed.
func stepByStep(t *testing.T, runs []longRun) {
	for _, run := range runs {
		p := generate(t, run.seed)
		first, second := NewWorld(p), NewWorld(p)
		if _, d := Compare(first, second); d != nil {
			t.Errorf("seed %d: %v", run.seed, d)
		}
		if got := first.TraceHash(); got != run.result.TraceHash {
			t.Errorf("seed %d: %v with tracing, %v without", run.seed, got, run.result.TraceHash)
		}
		if bare := sim.Run(p, sim.Options{Judged: true, RecordDraws: true}).TraceHash; bare != run.result.TraceHash {
			t.Errorf("seed %d: %v with recorded draws, %v without", run.seed, bare, run.result.TraceHash)
		}
	}
}

func otherProcess(t *testing.T, binary, processors string, runs []longRun) {
	for _, run := range runs {
		got := traceHash(t, binary, processors, run.seed)
		if want := run.result.TraceHash.String(); got != want {
			t.Errorf("seed %d: trace hash %s there, %s here", run.seed, got, want)
		}
	}
}

// traceHash asks a simrun for the trace hash of a seed.
func traceHash(t *testing.T, binary, setting string, seed uint64) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	process := exec.CommandContext(ctx, binary, "run", strconv.FormatUint(seed, 10), "--json", "--out", t.TempDir())
	process.Env = append(os.Environ(), setting)
	output, err := process.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", process.Args, err, output)
	}
	var line struct {
		TraceHash string `json:"trace_hash"`
	}
	if err := json.Unmarshal(output, &line); err != nil || line.TraceHash == "" {
		t.Fatalf("%v: %v\n%s", process.Args, err, output)
	}
	return line.TraceHash
}

// buildSimrun builds the command and returns its path.
func buildSimrun(t *testing.T, environ []string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "simrun")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "./cmd/simrun")
	build.Dir, build.Env = filepath.Join("..", ".."), environ
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("go build: %w\n%s", err, output))
	}
	return binary
}
