// Package jsonl is the sink that writes JSON lines to a file, one for each change:
//
//	{"time":1700000000000,"diff":1,"row":{"id":7,"name":"a"}}
//	{"time":1700000000000,"diff":1,"error":"the source's record does not fit the schema"}
//
// The lines are in order of time, then row; a change of several copies of a row is
// one line. Integers are written in full, although some readers of JSON keep 53 bits
// of them.
//
// Beside the file NAME lies NAME.progress, which says how many bytes of it are
// committed, up to which time, and who may write. A write appends the lines, makes
// them durable, and then replaces NAME.progress, which is what commits output and
// progress together (H-21). What a write that did not get that far has left behind
// the committed bytes is cut off by the next one, or by the next opening; a reader that sees it early sees
// what will be written again, because a change's line depends on nothing but the
// change. All of a call is done under a lock of the file NAME.lock, so that a process
// that was stopped in the middle cannot go on beside another (H-20).
//
// The connection is jsonl:NAME, below the directory that the host was started with.
// A file belongs to one export for good.
package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/realdrivers/connector/locator"
)

const (
	recordSuffix = ".progress"
	lockSuffix   = ".lock"
)

// Sink is one file. It keeps nothing in memory, so it is safe for concurrent use.
type Sink struct{ dir, name string }

// Open reads a connection. dir is the directory that the file must be in.
func Open(l *locator.Locator, dir string) (*Sink, error) {
	if err := l.Finish(); err != nil {
		return nil, err
	}
	if dir == "" {
		return nil, errors.New("this host writes no files: it was started without a directory for them")
	}
	name := l.Name
	if filepath.IsAbs(name) {
		full, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		if name, err = filepath.Rel(full, name); err != nil {
			return nil, errors.New("the file is not in the directory of this host's files")
		}
	}
	switch {
	case name == "" || !filepath.IsLocal(name) || filepath.Clean(name) == ".":
		return nil, errors.New("the file is not in the directory of this host's files: use jsonl:NAME")
	case strings.HasSuffix(name, recordSuffix), strings.HasSuffix(name, lockSuffix), strings.ContainsRune(name, 0):
		return nil, fmt.Errorf("a file's name may not end in %s or %s", recordSuffix, lockSuffix)
	}
	return &Sink{dir, filepath.Clean(name)}, nil
}

// Close has nothing to close.
func (s *Sink) Close() error { return nil }

// Do makes a call of the sink.
func (s *Sink) Do(ctx context.Context, c *sink.Call, r *sink.Result) error {
	r.Outcome = outcome.NotDone
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Dir(s.name), 0o777); err != nil {
		return err
	}
	unlock, err := lock(ctx, root, s.name+lockSuffix)
	if err != nil {
		return err
	}
	defer unlock()
	v, err := s.readRecord(root)
	if err != nil {
		return err
	}
	if v.Export != "" && v.Export != c.Export.String() {
		r.Outcome = outcome.Invalid
		return fmt.Errorf("%s belongs to export %s: give every export a file of its own", s.name, v.Export)
	}
	return s.apply(root, c, r, &v)
}

// apply compares a call with the record, in the contract's order, and commits it.
func (s *Sink) apply(root *os.Root, c *sink.Call, r *sink.Result, v *record) error {
	mine := c.Fence == v.fence()
	switch c.Op {
	case sink.OpOpen:
		return s.open(root, c, r, v, mine)
	case sink.OpWrite:
		return s.write(root, c, r, v, mine)
	case sink.OpProgress:
		if !mine {
			r.Outcome, r.Epoch = outcome.Fenced, v.Epoch
			return nil
		}
		r.Outcome, r.Progress = outcome.Done, v.progress()
	case sink.OpClose:
		if mine {
			v.setFence(sink.Fence{})
		}
		v.Count++
		var err error
		r.Outcome, err = s.commit(root, c.Export, v)
		return err
	case sink.OpNone:
		r.Outcome = outcome.Invalid
	}
	return nil
}

func (s *Sink) open(root *os.Root, c *sink.Call, r *sink.Result, v *record, mine bool) (err error) {
	switch {
	case mine:
		r.Outcome = outcome.Done
	case v.Epoch > c.Epoch:
		r.Outcome, r.Epoch = outcome.Fenced, v.Epoch
		return nil
	case v.Count != c.Seen:
		r.Outcome, r.Count = outcome.Mismatch, v.Count
		return nil
	default:
		if err := s.untouched(root, v); err != nil {
			r.Outcome = outcome.Invalid
			return err
		}
		if err := s.append(root, v.Bytes, nil); err != nil {
			return err
		}
		v.Count++
		v.Epoch = c.Epoch
		v.setFence(c.Fence)
		r.Outcome, err = s.commit(root, c.Export, v)
	}
	if r.Outcome == outcome.Done {
		r.Count, r.Progress = v.Count, v.progress()
	}
	return err
}

// untouched refuses a file with contents that no sink has written: the first write
// would cut them off.
func (s *Sink) untouched(root *os.Root, v *record) error {
	if v.Export != "" {
		return nil
	}
	info, err := root.Stat(s.name)
	if err == nil && info.Size() > 0 {
		return fmt.Errorf("%s exists and is not the output of a sink: choose another name, or move it away", s.name)
	}
	return nil
}

func (s *Sink) write(root *os.Root, c *sink.Call, r *sink.Result, v *record, mine bool) (err error) {
	switch {
	case !mine:
		r.Outcome, r.Epoch = outcome.Fenced, v.Epoch
		return nil
	case v.progress() != c.From:
		r.Outcome, r.Progress = outcome.Mismatch, v.progress()
		return nil
	}
	var lines []byte
	for i := range c.Updates {
		lines = AppendLine(lines, c.Schema, &c.Updates[i])
	}
	if err := s.append(root, v.Bytes, lines); err != nil {
		return err
	}
	v.Bytes += int64(len(lines))
	v.setProgress(c.To)
	if r.Outcome, err = s.commit(root, c.Export, v); r.Outcome == outcome.Done {
		r.Progress = c.To
	}
	return err
}

// append makes the lines durable behind what is committed, in the place of whatever
// lies there.
func (s *Sink) append(root *os.Root, committed int64, lines []byte) error {
	f, err := root.OpenFile(s.name, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	switch {
	case err != nil:
		return err
	case size < committed:
		return fmt.Errorf("%s has %d bytes, of which %d are committed: somebody else has changed it; put it back, or remove it together with %s",
			s.name, size, committed, s.name+recordSuffix)
	case size == committed && len(lines) == 0:
		return nil
	}
	if err := f.Truncate(committed); err != nil {
		return err
	}
	if _, err := f.WriteAt(lines, committed); err != nil {
		return err
	}
	return f.Sync()
}
