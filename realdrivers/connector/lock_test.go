//go:build unix

package connector

import (
	"os"
	"syscall"
	"testing"
)

func holdLock(t testing.TB, path string) (unlock func()) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() { f.Close() }
}
