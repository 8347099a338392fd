package orchestrator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process says which process a service's is: ids are used again, but not with the
// same beginning at the same boot.
type process struct {
	PID   int    `json:"pid"`
	Began string `json:"began"`
	Boot  string `json:"boot"`
}

// lockWithin takes a lock as soon as nobody else has it.
func lockWithin(ctx context.Context, f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// seize takes the lock that a process of the service holds while it lives; nil: one
// does.
func (s *service) seize() (*os.File, error) {
	f, err := os.OpenFile(s.path(processLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
		case err == nil:
			return f, nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return nil, f.Close()
		default:
			return nil, errors.Join(err, f.Close())
		}
	}
}

// running reports whether a process of the service lives.
func (s *service) running() (bool, error) {
	f, err := s.seize()
	if err != nil || f == nil {
		return f == nil && err == nil, err
	}
	return false, f.Close()
}

// start starts a process that holds the lock from its beginning. The file of the
// lock is closed here. ended is called, from another goroutine, when it has ended.
func (s *service) start(command, env []string, lock *os.File, ended func(error)) error {
	defer lock.Close()
	if err := os.Remove(s.path(addressFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := s.openLog()
	if err != nil {
		return err
	}
	defer out.Close()
	args := append(command[1:len(command):len(command)], "--host", s.host.String(), "--listen", "127.0.0.1:0",
		"--token", "@"+s.path(tokenFile), "--address-file", s.path(addressFile))
	c := exec.Command(command[0], args...)
	c.Env = append(os.Environ(), env...)
	c.Stdout, c.Stderr = out, out
	c.ExtraFiles = []*os.File{lock}
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // what ends us does not end it
	if err := c.Start(); err != nil {
		return err
	}
	if err := s.identify(c.Process.Pid); err != nil {
		// Nobody could tell later whose process it is.
		return errors.Join(err, c.Process.Kill(), c.Wait())
	}
	go func() { ended(c.Wait()) }()
	return nil
}

// mostLog is how long a log may be when a process starts; the one before is kept.
const mostLog = 16 << 20

func (s *service) openLog() (*os.File, error) {
	path := s.path(logFile)
	if info, err := os.Stat(path); err == nil && info.Size() > mostLog {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// identify records which process the service's is.
func (s *service) identify(pid int) error {
	began, err := beganAt(pid)
	if err != nil {
		return err
	}
	boot, err := bootID()
	if err != nil {
		return err
	}
	b, err := json.Marshal(&process{pid, began, boot})
	if err != nil {
		return err
	}
	_, err = replace(s.path(processFile), append(b, '\n'))
	return err
}

// signal tells the service's process to end, or kills it; never another one. The
// lock is known to be held.
func (s *service) signal(kill bool) error {
	p, err := s.recorded()
	if err != nil {
		// Whoever started it was killed before it could write that down.
		if p, err = s.holder(err); err != nil {
			return err
		}
	}
	defer p.Release()
	sig := syscall.SIGTERM
	if kill {
		sig = syscall.SIGKILL
	}
	if err := p.Signal(sig); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// recorded is the process that process.json names, if it is that one.
func (s *service) recorded() (*os.Process, error) {
	b, err := os.ReadFile(s.path(processFile))
	if err != nil {
		return nil, err
	}
	var want process
	if err := json.Unmarshal(b, &want); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path(processFile), err)
	}
	boot, err := bootID()
	if err != nil {
		return nil, err
	}
	p, err := os.FindProcess(want.PID) // from here on the handle is this process's, not the id's
	if err != nil {
		return nil, err
	}
	if began, err := beganAt(want.PID); err != nil || began != want.Began || boot != want.Boot {
		p.Release()
		return nil, errors.Join(fmt.Errorf("process %d is not the one that was started for host %v: it is left alone", want.PID, s.host), err)
	}
	return p, nil
}

// lockFD is the number under which a process has its lock open.
const lockFD = "3"

// holder is the process that has the lock open, as only the service's does.
func (s *service) holder(why error) (*os.Process, error) {
	lock, err := os.Stat(s.path(processLock))
	if err != nil {
		return nil, errors.Join(why, err)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, errors.Join(why, err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || !holds(pid, lock) {
			continue
		}
		p, err := os.FindProcess(pid)
		if err != nil {
			return nil, errors.Join(why, err)
		}
		if holds(pid, lock) { // it is still the one that the handle is of
			return p, s.identify(pid)
		}
		p.Release()
	}
	return nil, errors.Join(why, fmt.Errorf("no process of this user has %s open", s.path(processLock)))
}

// holds reports whether a process has the lock open where a service's process does.
func holds(pid int, lock os.FileInfo) bool {
	info, err := os.Stat(fmt.Sprintf("/proc/%d/fd/%s", pid, lockFD))
	return err == nil && os.SameFile(info, lock)
}

// beganAt is when a process began, in ticks since the boot: field 22 of its stat,
// behind the name, which may have blanks and parentheses in it.
func beganAt(pid int) (string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 {
		return "", fmt.Errorf("/proc/%d/stat cannot be read", pid)
	}
	return string(fields[19]), nil
}

func bootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b)), err
}
