package blob

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

func set(key string) *blob.Call { return &blob.Call{Op: blob.OpSet, Key: key, Data: "data"} }

// outcomeOf makes the call over a result that holds something else.
func outcomeOf(ctx context.Context, s Store, c *blob.Call) outcome.Outcome {
	r := blob.Result{Outcome: outcome.Fenced}
	s.Do(ctx, c, &r)
	return r.Outcome
}

func TestOpenByLocation(t *testing.T) {
	for _, text := range []string{"file://" + t.TempDir() + "/made", "mem://"} {
		l, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), l, Options{})
		opened(t, s, err)
		if got := outcomeOf(t.Context(), s, set("a")); got != outcome.Done {
			t.Errorf("%s: %v", text, got)
		}
	}
	for _, text := range []string{"sqlite:///tmp/x", "postgres://host/db", "ftp://host", "file://relative"} {
		if l, err := Parse(text); err == nil {
			t.Errorf("%v is a location of bulk data", l)
		}
	}
}

func TestFilesThatCannotBeOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{file, filepath.Join(file, "below")} {
		l, err := Parse("file://" + root)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := Open(t.Context(), l, Options{}); err == nil || s != nil {
			t.Errorf("%s was opened", root)
		}
	}
}

// What others put into the directory is not taken for a value, and what a killed
// process left is deleted once it is old.
func TestFilesAmongOthers(t *testing.T) {
	root := t.TempDir()
	f := newFiles(t, root)
	if got := outcomeOf(t.Context(), f, set("a/b")); got != outcome.Done {
		t.Fatal(got)
	}
	young, old := filepath.Join(root, temporary, "young"), filepath.Join(root, temporary, "old")
	for _, name := range []string{"README", "a/.hidden", "a/Other", "lost+found", ".tmp/young", ".tmp/old"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(root, "a", "link")); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-2 * leftover)
	if err := os.Chtimes(old, then, then); err != nil {
		t.Fatal(err)
	}
	var r blob.Result
	newFiles(t, root).Do(t.Context(), &blob.Call{Op: blob.OpList}, &r)
	if r.Outcome != outcome.Done || len(r.Keys) != 1 || r.Keys[0] != "a/b" {
		t.Errorf("%v %q", r.Outcome, r.Keys)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("a file that may be in use: %v", err)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that nobody uses is there: %v", err)
	}
}

// A file that no store wrote, and that is larger than memory may be, is an error.
func TestFileThatIsTooLarge(t *testing.T) {
	root := t.TempDir()
	f := newFiles(t, root)
	if err := os.WriteFile(filepath.Join(root, "large"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// It has no bytes on disk, only a size.
	if err := os.Truncate(filepath.Join(root, "large"), 1<<44); err != nil {
		t.Skipf("SKIP: the file system has no such files: %v", err)
	}
	var r blob.Result
	if f.Do(t.Context(), &blob.Call{Op: blob.OpGet, Key: "large"}, &r); r.Outcome != outcome.NotDone || r.Found || r.Data != "" {
		t.Errorf("%v, found %v", r.Outcome, r.Found)
	}
}

// A set leaves nothing but its value, however it ends.
func TestFilesLeaveNoTemporaries(t *testing.T) {
	root := t.TempDir()
	f := newFiles(t, root)
	for _, c := range []struct {
		key  string
		want outcome.Outcome
	}{{"a/b", outcome.Done}, {"c", outcome.Done}, {"a", outcome.NotDone}, {"c/d", outcome.NotDone}, {"c", outcome.Done}} {
		if got := outcomeOf(t.Context(), f, set(c.key)); got != c.want {
			t.Errorf("%s: %v, want %v", c.key, got, c.want)
		}
		left, err := os.ReadDir(filepath.Join(root, temporary))
		if err != nil || len(left) != 0 {
			t.Errorf("%s: %d files are left, %v", c.key, len(left), err)
		}
	}
}

func TestEndedContextIsNotBegun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, s := range []Store{newFiles(t, t.TempDir()), new(Mem)} {
		for _, c := range []*blob.Call{set("a"), {Op: blob.OpGet, Key: "a"}, {Op: blob.OpList}, {Op: blob.OpDelete, Key: "a"}} {
			if got := outcomeOf(ctx, s, c); got != outcome.NotDone {
				t.Errorf("%T: %v after the end is %v", s, c.Op, got)
			}
		}
		var r blob.Result
		if s.Do(t.Context(), &blob.Call{Op: blob.OpGet, Key: "a"}, &r); r.Outcome != outcome.Done || r.Found {
			t.Errorf("%T: it was set: %+v", s, r)
		}
	}
}

// A call that cannot begin, because so many are under way, is given up as one that
// never happens.
func TestFilesGiveUpWhatWaits(t *testing.T) {
	f := newFiles(t, t.TempDir())
	for range maxCalls {
		f.gate.begun <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan outcome.Outcome)
	go func() { got <- outcomeOf(ctx, f, set("a")) }()
	cancel()
	if o := <-got; o != outcome.NotDone {
		t.Errorf("%v", o)
	}
	for range maxCalls {
		<-f.gate.begun
	}
	if o := outcomeOf(t.Context(), f, &blob.Call{Op: blob.OpList}); o != outcome.Done {
		t.Errorf("afterwards: %v", o)
	}
}

// Whoever closes does not leave callers behind, and what they are told is so.
func TestCloseUnderCalls(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	root := t.TempDir()
	f, err := OpenFiles(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const callers = 2 * maxCalls
	outcomes := make([]outcome.Outcome, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { outcomes[i] = outcomeOf(t.Context(), f, set(strconv.Itoa(i))) })
	}
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Error(err)
	}
	all.Wait()
	if got := outcomeOf(t.Context(), f, &blob.Call{Op: blob.OpList}); got != outcome.NotDone {
		t.Errorf("a closed store answers %v", got)
	}
	f = newFiles(t, root)
	for i, told := range outcomes {
		var r blob.Result
		f.Do(t.Context(), &blob.Call{Op: blob.OpGet, Key: strconv.Itoa(i)}, &r)
		if told == outcome.Done != r.Found || told == outcome.Unknown {
			t.Errorf("caller %d was told %v; found: %v", i, told, r.Found)
		}
	}
}
