package mutate

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// watchMemory ends a process that has more than limit bytes resident.
func watchMemory(ctx context.Context, pid int, limit uint64, end context.CancelCauseFunc) {
	//detlint:allow wallclock it watches a process, which lives in real time
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if resident(pid) > limit {
				end(errMemory)
				return
			}
		}
	}
}

// resident is how many bytes a process has in memory, 0 if it is gone.
func resident(pid int) uint64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
