package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/blob"
)

// Files keeps each value in a file of its own under a directory, which several
// processes may share. A key is the file's path in it: keys have no bytes that mean
// something to a file system, and none of their segments begins with a dot, so that
// a key can lead neither out of the directory nor to the temporary files.
type Files struct {
	log  *slog.Logger
	root string
	gate *gate
	// run tells the temporary files of this store from those of others.
	run    string
	serial atomic.Uint64

	lock sync.Mutex
	// durable are the directories, relative to root, whose names are known to be on
	// disk.
	durable map[string]bool
}

const (
	// temporary is the directory of files that are being written.
	temporary = ".tmp"
	// leftover is the age from which on a temporary file is one that nobody will
	// rename any more.
	leftover = 24 * time.Hour
)

// OpenFiles opens the store in the directory, which is made if it is not there.
func OpenFiles(root string, options Options) (*Files, error) {
	f := &Files{
		log: options.log(), root: root, gate: newGate(), durable: map[string]bool{},
		run: fmt.Sprintf("%d-%x", os.Getpid(), time.Now().UnixNano()),
	}
	err := makeDirectory(root)
	if err == nil {
		err = os.MkdirAll(f.path(temporary), 0o755)
	}
	if err == nil {
		err = f.clean()
	}
	if err != nil {
		return nil, fmt.Errorf("blob: %w; %s must be a directory that this user may write to", err, root)
	}
	return f, nil
}

// path is where a slash-separated name is.
func (f *Files) path(name string) string { return filepath.Join(f.root, filepath.FromSlash(name)) }

// makeDirectory makes the store's own directory, with its name on disk.
func makeDirectory(root string) error {
	if info, err := os.Stat(root); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(root))
}

// clean deletes what a process left that was killed while it wrote.
func (f *Files) clean() error {
	entries, err := os.ReadDir(f.path(temporary))
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if time.Since(info.ModTime()) > leftover {
			if err := os.Remove(f.path(temporary + "/" + e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// Do implements Store. The file system cannot be interrupted: a call that is given
// up goes on without its caller.
func (f *Files) Do(ctx context.Context, call *blob.Call, result *blob.Result) {
	if refuse(ctx, call, result) {
		return
	}
	if err := f.gate.begin(ctx); err != nil {
		*result = failed(f.log, call, true, err)
		return
	}
	answer, own := make(chan blob.Result, 1), *call
	go func() {
		defer f.gate.end()
		answer <- f.make(&own)
	}()
	select {
	case *result = <-answer:
	case <-ctx.Done():
		*result = failed(f.log, call, false, context.Cause(ctx))
	}
}

// make makes the call, to its end.
func (f *Files) make(call *blob.Call) blob.Result {
	r := blob.Result{Outcome: outcome.Done}
	certain := true
	var err error
	switch call.Op {
	case blob.OpGet:
		r.Data, r.Found, err = f.get(call.Key)
	case blob.OpSet:
		certain, err = f.set(call.Key, call.Data)
	case blob.OpDelete:
		certain, err = f.delete(call.Key)
	case blob.OpList:
		r.Keys, err = f.list(call)
	case blob.OpNone, blob.OpCount:
		r.Outcome = outcome.Invalid
	}
	if err != nil {
		return failed(f.log, call, certain, err)
	}
	return r
}

// Close implements Store.
func (f *Files) Close() error {
	f.gate.close()
	return nil
}
