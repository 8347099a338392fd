package runtime

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/tidemark/codec/journal"
	"example.com/tidemark/core"
	"example.com/tidemark/sim/replay"
)

// watchedFile calls before each write.
type watchedFile struct {
	*os.File
	before func()
}

func (f watchedFile) Write(b []byte) (int, error) {
	f.before()
	return f.File.Write(b)
}

// A process that is killed while it begins a segment leaves nothing that a replay
// would take for a damaged one. What it leaves is removed when nobody can be at it any
// more.
func TestJournalIsThereWithItsBeginning(t *testing.T) {
	dir, cfg, listed := t.TempDir(), core.DefaultConfig(), -1
	j, err := newJournal(JournalOptions{Dir: dir, SyncEvery: -1}, &cfg, nobody{})
	if err != nil {
		t.Fatal(err)
	}
	j.open = func(path string) (journalFile, error) {
		f, err := openSegment(path)
		if err != nil {
			return nil, err
		}
		return watchedFile{f.(*os.File), func() {
			if listed < 0 {
				segments, _ := replay.Segments(dir)
				listed = len(segments)
			}
		}}, nil
	}
	for name, age := range map[string]time.Duration{"old-000001": 2 * time.Hour, "new-000001": time.Minute} {
		path := filepath.Join(dir, name+journal.Extension+unfinished)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.begin(&core.Controller{}); err != nil {
		t.Fatal(err)
	}
	j.close(journal.EndStopped)
	segments, err := replay.Segments(dir)
	if err != nil || len(segments) != 1 || listed != 0 {
		t.Errorf("segments %v, %v; %d of them before the beginning was written", segments, err, listed)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"+unfinished))
	if len(left) != 1 || filepath.Base(left[0]) != "new-000001"+journal.Extension+unfinished {
		t.Errorf("left over: %v", left)
	}
}
