package mechanical

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// suite is the tests of one package, compiled with all mutants.
type suite struct {
	dir, binary string
	allowed     time.Duration
}

// suites are the directories of the packages whose own tests a mutant that no oracle
// kills is shown to: laws and scenarios of the core.
var suites = []string{"core", "core/storaged", "core/frontier", "core/flat", "core/relation", "core/outcome", "core/persist/shard"}

// BuildTests compiles the tests that Noticed runs, and runs each once with no mutant
// on. Build comes before it.
func (l *Lab) BuildTests(ctx context.Context) error {
	l.suites = nil
	for _, dir := range suites {
		s := suite{dir: filepath.Join(l.Root, filepath.FromSlash(dir)), binary: filepath.Join(l.Dir, strings.ReplaceAll(dir, "/", "__")+".test")}
		out, err := l.shell(ctx, l.Root, limits{}, 0, "go", "test", "-c", "-vet=off", "-buildvcs=false", "-overlay", l.overlay(), "-o", s.binary, "./"+dir)
		if err != nil {
			return fmt.Errorf("the tests of %s do not build: %w\n%s", dir, err, firstLines(out.complaint, 12))
		}
		if out, err = l.runSuite(ctx, &s, limits{memory: l.Memory}, 0); err != nil {
			return fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", dir, err, firstLines(string(out.stdout), 12))
		}
		s.allowed = slackFactor*out.processor + slackFixed
		l.suites = append(l.suites, s)
	}
	return nil
}

// runSuite runs the tests of a package; once more if they fail, because some draw what
// they test, and fail once in a while for no other reason.
func (l *Lab) runSuite(ctx context.Context, s *suite, limit limits, mutant int) (output, error) {
	out, err := l.trySuite(ctx, s, limit, mutant)
	if err != nil && ctx.Err() == nil {
		return l.trySuite(ctx, s, limit, mutant)
	}
	return out, err
}

func (l *Lab) trySuite(ctx context.Context, s *suite, limit limits, mutant int) (output, error) {
	return l.shell(ctx, s.dir, limit, mutant, s.binary, "-test.short", "-test.failfast", "-test.count", "1", "-test.timeout", "2m")
}

// Noticed is the first test of the core that fails with a mutant on; empty if none
// does, or BuildTests was not called.
func (l *Lab) Noticed(ctx context.Context, s Site) string {
	for i := range l.suites {
		t := &l.suites[i]
		out, err := l.runSuite(ctx, t, limits{l.Memory, t.allowed}, s.Number)
		if err != nil && ctx.Err() == nil {
			return suites[i] + " " + failing(&out, err)
		}
	}
	return ""
}

// failed is a test's name in the line that says that it failed, subtests left out.
var failed = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)

// failing is the test that failed, or how the process ended.
func failing(out *output, err error) string {
	if m := failed.FindSubmatch(out.stdout); m != nil {
		return string(m[1])
	}
	if out.ended == syscall.SIGKILL || out.ended == syscall.SIGXCPU {
		return "hangs"
	}
	return "ends with " + err.Error()
}
