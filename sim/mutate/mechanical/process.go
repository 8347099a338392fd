package mechanical

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// Verdict is what became of a mutant.
type Verdict string

// Verdicts.
const (
	// Killed: an invariant objected, and not on the unchanged source.
	Killed   Verdict = "killed"
	Survived Verdict = "survived"
	// Hang: many times the processor time of the unchanged source was not enough.
	Hang   Verdict = "hang"
	Memory Verdict = "memory"
	// Broken: the process ended without a verdict.
	Broken Verdict = "broken"
	// Cancelled: the user gave up.
	Cancelled Verdict = "cancelled"
)

// limits of a process; 0 is none.
type limits struct {
	memory    uint64
	processor time.Duration
}

// limited is a shell's command that sets the limits as far as the system has them,
// steps back behind everybody else, and becomes the process.
const limited = `[ "$1" = 0 ] || ulimit -v "$1" 2>/dev/null; [ "$2" = 0 ] || ulimit -t "$2" 2>/dev/null; shift 2; exec nice -n 10 "$@"`

// patience is how long a process may take in real time, whatever it does.
const patience = 20 * time.Minute

type output struct {
	stdout    []byte
	complaint string
	processor time.Duration
	// ended is the signal that ended it, 0 if none did.
	ended syscall.Signal
}

// shell runs a process under limits, with one mutant switched on.
func (l *Lab) shell(ctx context.Context, dir string, limit limits, mutant int, command ...string) (output, error) {
	timed, stop := context.WithTimeout(ctx, patience)
	defer stop()
	seconds := int64((limit.processor + time.Second - 1) / time.Second)
	arguments := append([]string{"-c", limited, "sh", fmt.Sprint(limit.memory >> 10), fmt.Sprint(seconds)}, command...)
	p := exec.CommandContext(timed, "sh", arguments...)
	p.Dir, p.Env = dir, append(append([]string(nil), l.Environ...), fmt.Sprintf("%s=%d", Variable, mutant))
	p.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	p.Stdout, p.Stderr = &stdout, &stderr
	err := p.Run()
	out := output{stdout: stdout.Bytes(), complaint: stderr.String()}
	if p.ProcessState != nil {
		out.processor = p.ProcessState.UserTime() + p.ProcessState.SystemTime()
		if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			out.ended = status.Signal()
		}
	}
	return out, err
}

// result of a campaign.
type result struct {
	verdict        Verdict
	oracle, detail string
	seed, seeds    uint64
	failing        []uint64
	processor      time.Duration
	// counts is all that it counted: events, operations, faults, what oracles met.
	counts string
}

// campaign runs the seeds of a trial with one mutant switched on.
func (l *Lab) campaign(ctx context.Context, mutant int, t trial, stop bool) result {
	command := []string{l.binary, "fuzz", "--json", "--jobs", "1", "--profile", t.world.Profile, "--shards", t.world.Shards,
		"--seeds", fmt.Sprintf("%d..%d", t.seeds.First, t.seeds.Last), "--out", filepath.Join(l.Dir, "out")}
	if stop {
		command = append(command, "--stop-on-failure")
	}
	out, _ := l.shell(ctx, l.Dir, limits{l.Memory, t.allowed}, mutant, command...)
	switch {
	case ctx.Err() != nil:
		return result{verdict: Cancelled}
	case out.ended == syscall.SIGKILL || out.ended == syscall.SIGXCPU:
		return result{verdict: Hang, detail: fmt.Sprintf("no end after %s on the processor", t.allowed)}
	case ranOut(out.complaint):
		return result{verdict: Memory, detail: firstLines(out.complaint, 3)}
	}
	r, err := parse(out.stdout)
	if err != nil {
		return result{verdict: Broken, detail: firstLines(out.complaint, 5)}
	}
	r.processor = out.processor
	return r
}

func ranOut(complaint string) bool {
	for _, words := range []string{"stack overflow", "out of memory", "cannot allocate memory"} {
		if strings.Contains(complaint, words) {
			return true
		}
	}
	return false
}

// wallTime is the one number that differs between equal campaigns.
var wallTime = regexp.MustCompile(`"wall_ms":[0-9]+,`)

var errNoVerdict = errors.New("no JSON on the last line of its output")

// parse reads a campaign's line of JSON.
func parse(stdout []byte) (result, error) {
	var line struct {
		Seeds    uint64
		Failures []struct {
			Seed               uint64
			Invariant, Message string
		}
	}
	if err := json.Unmarshal(lastLine(stdout), &line); err != nil {
		return result{}, errNoVerdict
	}
	r := result{verdict: Survived, seeds: line.Seeds, counts: wallTime.ReplaceAllString(string(lastLine(stdout)), "")}
	for i, f := range line.Failures {
		r.failing = append(r.failing, f.Seed)
		if i == 0 {
			r.verdict, r.oracle, r.seed, r.detail = Killed, f.Invariant, f.Seed, f.Message
		}
	}
	return r, nil
}

func lastLine(b []byte) []byte {
	b = bytes.TrimSpace(b)
	return b[bytes.LastIndexByte(b, '\n')+1:]
}

func firstLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[:min(n, len(lines))], "\n")
}
