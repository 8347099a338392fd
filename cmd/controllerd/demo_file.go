package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// errNotOnce says that the file has a number twice, or lacks one.
var errNotOnce = errors.New("something was lost or written twice")

// counterFile is the file that the demo's sink writes. It is checked as it grows, and
// from its beginning once in each run.
type counterFile struct {
	path string
	// offset is how much of it was checked; last is the number found last.
	offset, last int64
}

// check reads what has been committed since the last call, and returns the last
// number.
func (f *counterFile) check() (int64, error) {
	committed, err := f.committed()
	if err != nil || committed == f.offset {
		return f.last, err
	}
	file, err := os.Open(f.path)
	if err != nil {
		return f.last, err
	}
	defer file.Close()
	lines := bufio.NewScanner(io.NewSectionReader(file, f.offset, committed-f.offset))
	for lines.Scan() {
		var line struct {
			Diff int64
			Row  struct{ N int64 }
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return f.last, fmt.Errorf("%s behind byte %d: %w", f.path, f.offset, err)
		}
		if line.Row.N != f.last+1 || line.Diff != 1 {
			return f.last, fmt.Errorf("%w: %s has %d (%+d) after %d", errNotOnce, f.path, line.Row.N, line.Diff, f.last)
		}
		f.last++
		f.offset += int64(len(lines.Bytes())) + 1
	}
	return f.last, lines.Err()
}

// committed is how many bytes of the file count: what is behind them may be written
// again.
func (f *counterFile) committed() (int64, error) {
	text, err := os.ReadFile(f.path + ".progress")
	if errors.Is(err, fs.ErrNotExist) {
		return f.offset, nil
	}
	if err != nil {
		return 0, err
	}
	var progress struct{ Bytes int64 }
	if err := json.Unmarshal(text, &progress); err != nil {
		return 0, fmt.Errorf("%s.progress: %w", f.path, err)
	}
	return progress.Bytes, nil
}
