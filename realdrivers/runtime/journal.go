package runtime

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.com/tidemark/codec/journal"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// JournalOptions says where a controller's journal goes, and how much of it is kept.
//
// The journal explains what a controller did; it is not what it recovers from, the
// stores are. So a journal that cannot be written does not stop the controller: that
// is told (Observer.JournalFailed), the steps meanwhile are missing, and the journal
// goes on with a new checkpoint when it can. It holds what clients and stores said,
// rows and connection strings included: only its owner can read the files.
type JournalOptions struct {
	// Dir of the segments; it is made if it is not there.
	Dir string
	// Build names the program.
	Build string
	// SegmentBytes is when a segment is closed and the next one begun; 0 means 64 MiB.
	SegmentBytes int64
	// TotalBytes bounds all segments in Dir together; the oldest are removed, whichever
	// incarnation wrote them. 0 means 1 GiB; it is at least two segments.
	TotalBytes int64
	// SyncEvery bounds how much of the journal a machine that loses power may lose: all
	// steps of that time are synced together, beside the loop. A process that dies
	// loses nothing. 0 means one second; negative: before any effect is released.
	SyncEvery time.Duration
}

// journalRetry is how soon after a failure the journal is tried again.
const journalRetry = 10 * time.Second

// JournalError says that a part of the journal could not be written.
type JournalError struct {
	// Path of the segment, or the directory.
	Path string
	// Step is the first one that is missing.
	Step uint64
	// NotBegun: there is no journal at all, and the controller does not start; nobody
	// would look for a log to learn that what was asked for is not there.
	NotBegun bool
	Err      error
}

// Error says what is missing and what to do.
func (e *JournalError) Error() string {
	if e.NotBegun {
		return fmt.Sprintf("runtime: journal %s cannot be begun: %v; make room, or see that this user may write there", e.Path, e.Err)
	}
	return fmt.Sprintf("runtime: journal %s: steps from %d on are not written: %v; make room or repair the disk, the journal then goes on by itself",
		e.Path, e.Step, e.Err)
}

// Unwrap is the cause.
func (e *JournalError) Unwrap() error { return e.Err }

// journalWriter writes the journal of one incarnation. It belongs to the loop's
// goroutine, except for its file, which is synced beside it.
type journalWriter struct {
	options  JournalOptions
	observer Observer
	header   journal.Header
	started  clock.Wall
	open     func(path string) (journalFile, error)
	now      func() time.Time

	segment journal.Segment
	// pending is what was not written yet; size is what the segment holds before it.
	pending []byte
	size    int64
	// next is the number of the next step; missing says that steps before it could not
	// be written, so that a new segment is needed, not before retryAt.
	next    uint64
	missing bool
	retryAt time.Time

	// mu guards file and dirty.
	mu    sync.Mutex
	file  journalFile
	path  string
	dirty bool
	// quit and done end the goroutine that syncs.
	quit, done chan struct{}
}

// journalFile is what a journal needs of an os.File.
type journalFile interface {
	Write(b []byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Close() error
}

func openSegment(path string) (journalFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// newJournal prepares the journal of an incarnation that begins with its first step.
func newJournal(o JournalOptions, cfg *core.Config, observer Observer) (*journalWriter, error) {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 64 << 20
	}
	if o.TotalBytes == 0 {
		o.TotalBytes = 1 << 30
	}
	if o.SyncEvery == 0 {
		o.SyncEvery = time.Second
	}
	o.TotalBytes = max(o.TotalBytes, 2*o.SegmentBytes)
	if o.Dir == "" || o.SegmentBytes < 0 {
		return nil, fmt.Errorf("runtime: a journal needs a directory and a positive size, not %q and %d", o.Dir, o.SegmentBytes)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, &JournalError{Path: o.Dir, Step: 1, NotBegun: true, Err: err}
	}
	id := entropy()
	j := &journalWriter{
		options: o, observer: observer, open: openSegment, now: time.Now, next: 1,
		started: clock.Wall(time.Now().UnixMilli()),
		header:  journal.Header{Build: o.Build, Incarnation: [2]uint64{id[0], id[1]}, Config: *cfg},
		quit:    make(chan struct{}), done: make(chan struct{}),
	}
	return j, nil
}

// begin opens the first segment, with the machine as it is before its first step, and
// starts to sync.
func (j *journalWriter) begin(machine *core.Controller) error {
	if err := j.openNext(machine); err != nil {
		return &JournalError{Path: j.path, Step: j.next, NotBegun: true, Err: err}
	}
	if j.options.SyncEvery < 0 {
		close(j.done)
		return nil
	}
	go j.keepSynced()
	return nil
}

// step notes a step that returned. Nil is a journal that nobody wants.
func (j *journalWriter) step(now clock.Now, in *core.Input, out *core.Effects) {
	if j == nil {
		return
	}
	if !j.missing {
		var err error
		if j.pending, err = j.segment.AppendStep(j.pending, now, in, out); err != nil {
			j.gap(err)
		}
	}
	j.next++
}

// panicked notes a step that did not return.
func (j *journalWriter) panicked(now clock.Now, in *core.Input) {
	if j == nil {
		return
	}
	if !j.missing {
		j.pending, _ = j.segment.AppendPanic(j.pending, now, in)
	}
	j.next++
}

// gap ends the segment before a step that cannot be in it.
func (j *journalWriter) gap(err error) {
	j.observer.JournalFailed(&JournalError{Path: j.path, Step: j.next, Err: err})
	j.pending = j.segment.AppendEnd(j.pending, journal.EndGap)
	if j.write() {
		j.closeFile()
	}
	j.missing, j.retryAt = true, time.Time{}
}

// flush writes what is pending, before what follows from it is released; then it
// begins the next segment if it is time for that.
func (j *journalWriter) flush(machine *core.Controller) {
	if j == nil {
		return
	}
	if !j.missing {
		if !j.write() {
			return
		}
		if j.size < j.options.SegmentBytes {
			return
		}
		j.pending = j.segment.AppendEnd(j.pending, journal.EndRotated)
		if !j.write() {
			return
		}
		j.closeFile()
	}
	if j.now().Before(j.retryAt) {
		return
	}
	if err := j.openNext(machine); err != nil {
		j.failed(err)
	}
}

// write writes what is pending, and syncs it if that is wanted at once.
func (j *journalWriter) write() bool {
	if len(j.pending) == 0 {
		return true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	n, err := j.file.Write(j.pending)
	if err == nil && j.options.SyncEvery < 0 {
		err = j.file.Sync()
	}
	if err != nil {
		j.file.Truncate(j.size) // leaves whole frames, if it can
		j.file.Close()
		j.file = nil
		j.failed(err)
		return false
	}
	j.size += int64(n)
	j.pending = j.pending[:0]
	j.dirty = true
	return true
}

// failed leaves steps out until a new segment can be begun.
func (j *journalWriter) failed(err error) {
	j.pending = j.pending[:0]
	j.missing, j.retryAt = true, j.now().Add(journalRetry)
	j.observer.JournalFailed(&JournalError{Path: j.path, Step: j.next, Err: err})
}

// unfinished is the end of the name of a segment whose beginning is being written: one
// that has its own name has a beginning, whenever its process was killed.
const unfinished = ".part"

// openNext begins the next segment with the machine as it is.
func (j *journalWriter) openNext(machine *core.Controller) error {
	j.prune()
	h := j.header
	h.Segment, h.First, h.At = h.Segment+1, j.next, clock.Wall(j.now().UnixMilli())
	path := filepath.Join(j.options.Dir, journal.SegmentName(j.started, &h))
	j.path = path
	file, err := j.open(path + unfinished)
	if err != nil {
		return err
	}
	var segment journal.Segment
	begin := segment.AppendBegin(nil, &h, machine.AppendCanonical(nil))
	if _, err = file.Write(begin); err == nil && j.options.SyncEvery < 0 {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(path+unfinished, path)
	}
	if err != nil {
		file.Close()
		os.Remove(path + unfinished)
		return err
	}
	j.mu.Lock()
	j.file, j.dirty = file, true
	j.mu.Unlock()
	j.header, j.segment, j.size = h, segment, int64(len(begin))
	j.missing = false
	return nil
}

// closeFile syncs and closes the segment's file, if there is one.
func (j *journalWriter) closeFile() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return
	}
	err := j.file.Sync()
	if closed := j.file.Close(); err == nil {
		err = closed
	}
	j.file, j.dirty = nil, false
	if err != nil {
		j.observer.JournalFailed(&JournalError{Path: j.path, Step: j.next, Err: err})
	}
}

// close ends the journal, once the loop has ended.
func (j *journalWriter) close(why journal.End) {
	if j == nil {
		return
	}
	close(j.quit)
	<-j.done
	if !j.missing {
		j.pending = j.segment.AppendEnd(j.pending, why)
		j.write()
	}
	j.closeFile()
}
