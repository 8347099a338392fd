package torture

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// record is the log of what was done and heard, with times since the start.
type record struct {
	mu    sync.Mutex
	file  *os.File
	start time.Time
}

func newRecord(path string) (*record, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &record{file: file, start: time.Now()}, nil
}

func (r *record) event(format string, arguments ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.file, "%9.3fs %s\n", time.Since(r.start).Seconds(), fmt.Sprintf(format, arguments...))
}
