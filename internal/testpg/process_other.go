//go:build !linux

package testpg

import (
	"os"
	"syscall"
)

// attributes are those of any process: here a server that is left behind has to be
// stopped by hand.
func attributes() (*syscall.SysProcAttr, error) { return nil, nil }

func own(string) error { return nil }

// killTree kills a server; its backends end when they notice.
func killTree(process *os.Process) error { return process.Kill() }
