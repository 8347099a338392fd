package conformance

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// Recorder is a T that remembers which subtests failed and disturbs nobody.
type Recorder struct {
	name   string
	failed bool
	lines  []string
	// tests and failures, of the whole tree, are kept at the root.
	root            *Recorder
	tests, failures []string
}

// Record runs f under a new recorder and is what it recorded.
func Record(name string, f func(T)) *Recorder {
	r := &Recorder{name: name}
	r.root = r
	r.drive(f)
	return r
}

// Tests lists the full names of all subtests that were run, without the root's name,
// in their order.
func (r *Recorder) Tests() []string { return slices.Clone(r.root.tests) }

// Failures lists the full names of the subtests that failed by themselves or by a
// subtest of theirs, without the root's name, sorted.
func (r *Recorder) Failures() []string {
	list := slices.Clone(r.root.failures)
	slices.Sort(list)
	return list
}

// Log of everything that was said, for a test's own message.
func (r *Recorder) Lines() []string { return r.root.lines }

// drive runs f on a goroutine of its own, which FailNow and SkipNow may end.
func (r *Recorder) drive(f func(T)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r.Errorf("panic: %v", p)
			}
		}()
		f(r)
	}()
	<-done
}

// Run implements T.
func (r *Recorder) Run(name string, f func(T)) bool {
	child := &Recorder{name: r.name + "/" + name, root: r.root}
	_, path, _ := strings.Cut(child.name, "/")
	r.root.tests = append(r.root.tests, path)
	child.drive(f)
	if child.failed {
		r.failed = true
		r.root.failures = append(r.root.failures, path)
	}
	return !child.failed
}

func (r *Recorder) say(text string) { r.root.lines = append(r.root.lines, r.name+": "+text) }

// Helper implements T.
func (r *Recorder) Helper() {}

// Name implements T.
func (r *Recorder) Name() string { return r.name }

// Log implements T.
func (r *Recorder) Log(args ...any) { r.say(fmt.Sprintln(args...)) }

// Logf implements T.
func (r *Recorder) Logf(format string, args ...any) { r.say(fmt.Sprintf(format, args...)) }

// Skip implements T.
func (r *Recorder) Skip(args ...any) {
	r.Log(args...)
	r.SkipNow()
}

// Skipf implements T.
func (r *Recorder) Skipf(format string, args ...any) {
	r.Logf(format, args...)
	r.SkipNow()
}

// SkipNow implements T.
func (r *Recorder) SkipNow() {
	runtime.Goexit()
}

// Error implements T.
func (r *Recorder) Error(args ...any) {
	r.Log(args...)
	r.Fail()
}

// Errorf implements T.
func (r *Recorder) Errorf(format string, args ...any) {
	r.Logf(format, args...)
	r.Fail()
}

// Fatal implements T.
func (r *Recorder) Fatal(args ...any) {
	r.Error(args...)
	r.FailNow()
}

// Fatalf implements T.
func (r *Recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	r.FailNow()
}

// Fail implements T.
func (r *Recorder) Fail() { r.failed = true }

// FailNow implements T.
func (r *Recorder) FailNow() {
	r.failed = true
	runtime.Goexit()
}

// Failed implements T.
func (r *Recorder) Failed() bool { return r.failed }
