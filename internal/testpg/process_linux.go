package testpg

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
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

// dying bounds how long killed processes may take to end.
const dying = 20 * time.Second

// killTree kills a server and its backends at once, as a loss of power would: the
// server is stopped first, so that it starts no more of them. They have all ended
// before the server does: one that still had the server's memory would keep a new
// server from starting.
func killTree(process *os.Process) error {
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(dying); time.Now().Before(end); time.Sleep(time.Millisecond) {
		state, _ := stat(process.Pid)
		left := children(process.Pid)
		for _, child := range left {
			// It may have ended by itself.
			_ = syscall.Kill(child, syscall.SIGKILL)
		}
		if len(left) == 0 && state != "R" && state != "S" && state != "D" {
			break
		}
	}
	return process.Kill()
}

// children are the processes whose parent is pid and which have not ended.
func children(pid int) []int {
	var found []int
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, path := range processes {
		child, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}
		if state, parent := stat(child); parent == pid && state != "Z" && state != "X" {
			found = append(found, child)
		}
	}
	return found
}

// stat is the state of a process, as a letter, and its parent; "" and 0 if there is
// none.
func stat(pid int) (state string, parent int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0
	}
	// "pid (name) state parent …", where the name may hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 2 {
		return "", 0
	}
	parent, _ = strconv.Atoi(fields[1])
	return fields[0], parent
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
