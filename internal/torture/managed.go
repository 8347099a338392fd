//go:build linux

package torture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// managedID is an ingestion on a host that the controllers start and stop.
const managedID = "u11"

// managed is a host of the controllers' own, in one of two sizes.
func managed(i int) *tidemarkpb.Host { return &tidemarkpb.Host{Size: uint32(1 + i)} }

// shareServices lets both controllers have the same managed hosts, as two programs of
// one machine do.
func (w *world) shareServices() error {
	services := filepath.Join(w.dir, "hosts")
	if err := os.MkdirAll(services, 0o700); err != nil {
		return err
	}
	for i := range w.controllers {
		data := filepath.Join(w.dir, fmt.Sprintf("controllerd-%d", i))
		if err := os.MkdirAll(data, 0o700); err != nil {
			return err
		}
		if err := os.Symlink(services, filepath.Join(data, "hosts")); err != nil {
			return err
		}
	}
	return nil
}

// managedProcesses are the processes of managed hosts that run now.
func (w *world) managedProcesses() (list []int) {
	records, _ := filepath.Glob(filepath.Join(w.dir, "hosts", "*", "process.json"))
	for _, path := range records {
		var record struct{ PID int }
		text, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(text, &record) != nil || record.PID <= 1 {
			continue
		}
		// The number may be another program's by now.
		line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(record.PID), "cmdline"))
		if err == nil && bytes.HasPrefix(line, []byte(filepath.Join(w.bin, "storaged"))) {
			list = append(list, record.PID)
		}
	}
	return list
}

func killManaged(w *world, rnd *rand.Rand) bool {
	list := w.managedProcesses()
	if len(list) == 0 {
		return false
	}
	pid := list[rnd.IntN(len(list))]
	w.log.event("managed host %d killed", pid)
	return syscall.Kill(pid, syscall.SIGKILL) == nil
}

func pauseManaged(w *world, rnd *rand.Rand) bool {
	list := w.managedProcesses()
	if len(list) == 0 {
		return false
	}
	pid, during := list[rnd.IntN(len(list))], some(rnd, 100, 5000)
	if syscall.Kill(pid, syscall.SIGSTOP) != nil {
		return false
	}
	w.log.event("managed host %d paused for %s", pid, during)
	time.Sleep(during)
	syscall.Kill(pid, syscall.SIGCONT)
	return true
}

// endManaged ends what the controllers have left behind.
func (w *world) endManaged() {
	for _, pid := range w.managedProcesses() {
		syscall.Kill(pid, syscall.SIGKILL)
	}
}
