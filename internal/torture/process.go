//go:build linux

package torture

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// process is a program that is started again and again.
type process struct {
	name      string
	arguments []string
	logPath   string

	mu     sync.Mutex
	cmd    *exec.Cmd
	ended  chan struct{}
	code   int
	paused bool
	starts int
}

func newProcess(name, logPath, program string, arguments ...string) *process {
	return &process{name: name, arguments: append([]string{program}, arguments...), logPath: logPath}
}

// start starts it. Its thread lives as long as the process, which ends with it.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		return nil
	}
	log, err := os.OpenFile(p.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	p.starts++
	fmt.Fprintf(log, "=== start %d of %s at %s\n", p.starts, p.name, time.Now().UTC().Format(time.RFC3339Nano))
	cmd := exec.Command(p.arguments[0], p.arguments[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer log.Close()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		err = cmd.Wait()
		p.mu.Lock()
		var exit *exec.ExitError
		p.code = 0
		if errors.As(err, &exit) {
			p.code = exit.ExitCode()
		}
		fmt.Fprintf(log, "=== ended: %v\n", err)
		p.cmd, p.paused = nil, false
		p.mu.Unlock()
		close(ended)
	}()
	if err := <-started; err != nil {
		return err
	}
	p.cmd, p.ended = cmd, ended
	return nil
}

// state is whether it runs, whether it is paused, and its last exit code: −1 for one
// that was killed.
func (p *process) state() (runs, paused bool, code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd != nil, p.paused, p.code
}

func (p *process) signal(s syscall.Signal) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process.Signal(s) != nil {
		return false
	}
	switch s {
	case syscall.SIGSTOP:
		p.paused = true
	case syscall.SIGCONT:
		p.paused = false
	default:
	}
	return true
}

// end ends it by a signal and waits; one that does not listen is killed.
func (p *process) end(s syscall.Signal, within time.Duration) (obeyed bool) {
	p.mu.Lock()
	ended, runs := p.ended, p.cmd != nil
	p.mu.Unlock()
	if !runs {
		return true
	}
	p.signal(syscall.SIGCONT)
	p.signal(s)
	select {
	case <-ended:
		return true
	case <-time.After(within):
	}
	p.signal(syscall.SIGKILL)
	<-ended
	return false
}
