package testpg

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is whom the server runs as: the caller, but never root, whom Postgres
// refuses.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(found.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(found.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("testpg: Postgres refuses to run as root, and there is no user postgres or nobody to run it as")
}

// attributes make a process of another account that ends with the thread which
// started it.
func attributes() (*syscall.SysProcAttr, error) {
	credential, err := account()
	return &syscall.SysProcAttr{Credential: credential, Pdeathsig: syscall.SIGKILL}, err
}

// own gives a path to the server's account.
func own(path string) error {
	credential, err := account()
	if err != nil || credential == nil {
		return err
	}
	return os.Chown(path, int(credential.Uid), int(credential.Gid))
}

// killTree kills a server and its backends at once, as a loss of power would: the
// server is stopped first, so that it starts no more of them.
func killTree(process *os.Process) error {
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for _, child := range children(process.Pid) {
		// It may have ended by itself.
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	return process.Kill()
}

// children are the processes whose parent is pid.
func children(pid int) []int {
	var found []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// "pid (name) state parent …", where the name may hold anything.
		_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
		fields := strings.Fields(rest)
		if len(fields) < 2 || fields[1] != strconv.Itoa(pid) {
			continue
		}
		if child, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			found = append(found, child)
		}
	}
	return found
}

// pauseTree stops a server and its backends; resumeTree lets them go on.
func pauseTree(process *os.Process) error { return signalTree(process, syscall.SIGSTOP) }

func resumeTree(process *os.Process) error { return signalTree(process, syscall.SIGCONT) }

func signalTree(process *os.Process, s syscall.Signal) error {
	if err := process.Signal(s); err != nil {
		return err
	}
	for _, child := range children(process.Pid) {
		_ = syscall.Kill(child, s) // it may have ended by itself
	}
	return nil
}
