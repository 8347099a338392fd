package tests3

import "syscall"

// attributes are those of a process that ends with the thread which started it.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
