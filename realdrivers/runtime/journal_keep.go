package runtime

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/tidemark/codec/journal"
)

// keepSynced syncs what was written, so often.
func (j *journalWriter) keepSynced() {
	defer close(j.done)
	ticker := time.NewTicker(j.options.SyncEvery)
	defer ticker.Stop()
	for {
		select {
		case <-j.quit:
			return
		case <-ticker.C:
			j.sync()
		}
	}
}

// sync syncs the file if there is something new in it. The loop may go on writing
// meanwhile; it waits only if it comes to close the file.
func (j *journalWriter) sync() {
	j.mu.Lock()
	file, dirty, path := j.file, j.dirty, j.path
	j.dirty = false
	j.mu.Unlock()
	if file == nil || !dirty {
		return
	}
	// A file that was closed meanwhile was synced then.
	if err := file.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
		j.observer.JournalFailed(&JournalError{Path: path, Err: err})
	}
}

// prune removes the oldest segments, so that another one has room. What cannot be
// removed stays, and is tried again with the next segment.
func (j *journalWriter) prune() {
	entries, err := os.ReadDir(j.options.Dir)
	if err != nil {
		return
	}
	type old struct {
		name string
		size int64
	}
	var segments []old
	total := j.options.SegmentBytes
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), unfinished); ok && journal.IncarnationOf(name) != "" {
			j.removeLeftover(e)
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && journal.IncarnationOf(e.Name()) != "" {
			segments = append(segments, old{e.Name(), info.Size()})
			total += info.Size()
		}
	}
	slices.SortFunc(segments, func(a, b old) int { return strings.Compare(a.name, b.name) })
	for _, s := range segments {
		if total <= j.options.TotalBytes {
			return
		}
		if os.Remove(filepath.Join(j.options.Dir, s.name)) == nil {
			total -= s.size
		}
	}
}

// removeLeftover removes the beginning of a segment that nobody will finish any more.
func (j *journalWriter) removeLeftover(e os.DirEntry) {
	if info, err := e.Info(); err == nil && j.now().Sub(info.ModTime()) > time.Hour {
		os.Remove(filepath.Join(j.options.Dir, e.Name()))
	}
}
