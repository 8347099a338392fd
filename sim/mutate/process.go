package mutate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// verdict is what a campaign's process said.
type verdict struct {
	class               Class // Found: an invariant objected; Survived; or no verdict
	oracle, detail      string
	seed, seeds, events uint64
}

// errMemory is why a process was ended that had too much memory.
var errMemory = errors.New("memory")

// campaign runs seeds 1..last with a binary, until the first failure.
func (l *Lab) campaign(ctx context.Context, binary, dir string, last uint64) verdict {
	limit := 24 * time.Hour
	arguments := []string{"fuzz", "--stop-on-failure", "--json", "--jobs", "1", "--profile", l.Profile,
		"--seeds", fmt.Sprintf("1..%d", last), "--out", filepath.Join(dir, "out")}
	if l.Budget > 0 {
		arguments = append(arguments, "--duration", l.Budget.String())
		limit = l.Budget + l.Grace
	}
	timed, stopTimer := context.WithTimeout(ctx, limit)
	defer stopTimer()
	watched, end := context.WithCancelCause(timed)
	defer end(nil)

	var stdout, stderr bytes.Buffer
	process := exec.CommandContext(watched, binary, arguments...)
	process.Dir, process.Env = dir, l.Environ
	process.Stdout, process.Stderr = &stdout, &head{buffer: &stderr}
	process.WaitDelay = 5 * time.Second
	if err := process.Start(); err != nil {
		return verdict{class: Broken, detail: err.Error()}
	}
	go watchMemory(watched, process.Process.Pid, l.Memory, end)
	err := process.Wait()
	complaint := stderr.String()
	switch {
	case ctx.Err() != nil:
		return verdict{class: Cancelled}
	case errors.Is(context.Cause(watched), errMemory):
		return verdict{class: Memory, detail: fmt.Sprintf("more than %d MiB resident", l.Memory>>20)}
	case timed.Err() != nil:
		return verdict{class: Hang, detail: fmt.Sprintf("no end after %s", limit)}
	case strings.Contains(complaint, "stack overflow") || strings.Contains(complaint, "out of memory"):
		return verdict{class: Memory, detail: firstLines(complaint, 2)}
	}
	v, bad := parseVerdict(stdout.Bytes())
	if bad != nil {
		return verdict{class: Broken, detail: firstLines(fmt.Sprintf("%v: %v\n%s", err, bad, complaint), 6)}
	}
	return v
}

// parseVerdict reads the last line of a campaign's standard output.
func parseVerdict(stdout []byte) (verdict, error) {
	stdout = bytes.TrimSpace(stdout)
	last := stdout[bytes.LastIndexByte(stdout, '\n')+1:]
	var line struct {
		Seeds, Events uint64
		Failures      []struct {
			Seed               uint64
			Invariant, Message string
		}
	}
	if err := json.Unmarshal(last, &line); err != nil {
		return verdict{}, fmt.Errorf("no JSON on the last line of its output: %w", err)
	}
	v := verdict{class: Survived, seeds: line.Seeds, events: line.Events}
	if len(line.Failures) > 0 {
		first := line.Failures[0]
		v.class, v.oracle, v.seed, v.detail = Found, first.Invariant, first.Seed, first.Message
	}
	return v, nil
}

// head keeps the start of what is written and drops the rest: a runtime's complaint
// stands at the start.
type head struct{ buffer *bytes.Buffer }

const complaintLimit = 1 << 16

func (h *head) Write(p []byte) (int, error) {
	if room := complaintLimit - h.buffer.Len(); room > 0 {
		h.buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
