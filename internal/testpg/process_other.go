//go:build !linux

package testpg

import (
	"errors"
	"os"
	"syscall"
)

// attributes are those of any process: here a server that is left behind has to be
// stopped by hand.
func attributes() (*syscall.SysProcAttr, error) { return nil, nil }

func own(string) error { return nil }

// killTree kills a server; its backends end when they notice.
func killTree(process *os.Process) error { return process.Kill() }

// pauseTree and resumeTree need to know a server's backends, which only Linux tells.
func pauseTree(*os.Process) error { return errPause }

func resumeTree(*os.Process) error { return errPause }

var errPause = errors.New("testpg: a server can be paused on Linux only")
