//go:build !linux

package tests3

import "syscall"

// attributes are those of any process: here a server that is left behind has to be
// stopped by hand.
func attributes() *syscall.SysProcAttr { return nil }
