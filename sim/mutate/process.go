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

// errMemory is why a process was ended that had too much memory.
var errMemory = errors.New("memory")

// place is what runs a campaign: a binary, in a directory, with an environment.
type place struct {
	binary, dir string
	environ     []string
}

// campaign runs seeds first..last, until the first failure. The class is
// Found, Survived, or one that is no verdict.
func (l *Lab) campaign(ctx context.Context, p place, profile string, first, last uint64) Attempt {
	a := l.process(ctx, p, profile, first, last)
	a.First = first
	return a
}

func (l *Lab) process(ctx context.Context, p place, profile string, first, last uint64) Attempt {
	limit := 24 * time.Hour
	profile, shards, found := strings.Cut(profile, "+")
	arguments := []string{"fuzz", "--stop-on-failure", "--json", "--jobs", "1", "--profile", profile,
		"--seeds", fmt.Sprintf("%d..%d", first, last), "--out", filepath.Join(p.dir, "out")}
	if found {
		arguments = append(arguments, "--shards", shards)
	}
	if l.Budget > 0 {
		arguments = append(arguments, "--duration", l.Budget.String())
		limit = l.Budget + l.Grace
	}
	timed, stopTimer := context.WithTimeout(ctx, limit)
	defer stopTimer()
	watched, end := context.WithCancelCause(timed)
	defer end(nil)

	var stdout, stderr bytes.Buffer
	process := exec.CommandContext(watched, p.binary, arguments...)
	process.Dir, process.Env = p.dir, p.environ
	process.Stdout, process.Stderr = &stdout, &head{buffer: &stderr}
	process.WaitDelay = 5 * time.Second
	if err := process.Start(); err != nil {
		return Attempt{Class: Broken, Detail: err.Error()}
	}
	go watchMemory(watched, process.Process.Pid, l.Memory, end)
	err := process.Wait()
	complaint := stderr.String()
	switch {
	case ctx.Err() != nil:
		return Attempt{Class: Cancelled}
	case errors.Is(context.Cause(watched), errMemory):
		return Attempt{Class: Memory, Detail: fmt.Sprintf("more than %d MiB resident", l.Memory>>20)}
	case timed.Err() != nil:
		return Attempt{Class: Hang, Detail: fmt.Sprintf("no end after %s", limit)}
	case strings.Contains(complaint, "stack overflow") || strings.Contains(complaint, "out of memory"):
		return Attempt{Class: Memory, Detail: firstLines(complaint, 2)}
	}
	v, bad := parseVerdict(stdout.Bytes())
	if bad != nil {
		return Attempt{Class: Broken, Detail: firstLines(fmt.Sprintf("%v: %v\n%s", err, bad, complaint), 6)}
	}
	return v
}

// parseVerdict reads the last line of a campaign's standard output.
func parseVerdict(stdout []byte) (Attempt, error) {
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
		return Attempt{}, fmt.Errorf("no JSON on the last line of its output: %w", err)
	}
	v := Attempt{Class: Survived, Seeds: line.Seeds, Events: line.Events}
	if len(line.Failures) > 0 {
		first := line.Failures[0]
		v.Class, v.Oracle, v.Seed, v.Detail = Found, first.Invariant, first.Seed, first.Message
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
