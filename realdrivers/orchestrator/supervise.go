package orchestrator

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"example.com/tidemark/core"
)

// ending is how often in a row a service's process ended soon after it was started,
// and when it may be started again.
type ending struct {
	tries int
	began time.Time
	again time.Time
}

// Spans of starting again.
const (
	// longLife is how long a process has to run for its end to be no reason to wait.
	longLife  = 30 * time.Second
	firstWait = 100 * time.Millisecond
	mostWait  = 10 * time.Second
)

// look has the supervision look now.
func (o *Orchestrator) look() {
	select {
	case o.kick <- struct{}{}:
	default:
	}
}

// supervise keeps what is to run running.
func (o *Orchestrator) supervise() {
	tick := time.NewTicker(o.options.Check)
	defer tick.Stop()
	for {
		o.lookAtAll()
		select {
		case <-o.ctx.Done():
			return
		case <-tick.C:
		case <-o.kick:
		}
	}
}

func (o *Orchestrator) lookAtAll() {
	hosts, err := o.services()
	if err != nil {
		o.log.Error("orchestrator: the services cannot be listed", "directory", o.options.Dir, "error", err)
		return
	}
	for _, host := range hosts {
		if o.ctx.Err() != nil {
			return
		}
		if o.rests(host) {
			continue
		}
		if err := o.lookAt(host); err != nil {
			o.failed(host)
			o.log.Error("orchestrator: a host could not be started", "host", host.String(), "error", err)
		}
	}
}

// lookAt starts a service's process if one is wanted and none lives.
func (o *Orchestrator) lookAt(host core.HostID) error {
	if !o.due(host) {
		return nil
	}
	ctx, cancel := context.WithTimeout(o.ctx, time.Second)
	defer cancel()
	s, err := o.open(ctx, host, false)
	if err != nil {
		return err
	}
	defer s.close()
	if !s.state.Run {
		o.rest(host)
		return nil
	}
	lock, err := s.seize()
	if err != nil || lock == nil {
		return err
	}
	o.started(host)
	if err := s.start(o.options.Command, o.options.Env, lock, func(err error) { o.ended(host, err) }); err != nil {
		return err
	}
	o.log.Info("orchestrator: host started", "host", host.String(), "epoch", s.state.Epoch)
	return nil
}

// rest notes that a service is not to run as long as its record stays as it is. The
// directory is locked.
func (o *Orchestrator) rest(host core.HostID) {
	info, err := os.Stat(filepath.Join(o.options.Dir, nameOf(host), stateFile))
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil {
		o.resting[host] = info
	}
}

// rests reports whether nothing has changed since then: what has been dropped long
// ago is not opened again and again.
func (o *Orchestrator) rests(host core.HostID) bool {
	o.mu.Lock()
	was := o.resting[host]
	o.mu.Unlock()
	if was == nil {
		return false
	}
	info, err := os.Stat(filepath.Join(o.options.Dir, nameOf(host), stateFile))
	return err == nil && os.SameFile(was, info) && info.ModTime().Equal(was.ModTime())
}

func (o *Orchestrator) due(host core.HostID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.ends[host]
	return e == nil || !time.Now().Before(e.again)
}

func (o *Orchestrator) started(host core.HostID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.ends[host]
	if e == nil {
		e = &ending{}
		o.ends[host] = e
	}
	e.began = time.Now()
}

// ended is called when a process that was started here has ended, for whatever
// reason.
func (o *Orchestrator) ended(host core.HostID, err error) {
	o.log.Info("orchestrator: host ended", "host", host.String(), "reason", err)
	o.failed(host)
	o.look()
}

// failed puts off the next start, longer each time.
func (o *Orchestrator) failed(host core.HostID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.ends[host]
	if e == nil {
		e = &ending{began: time.Now()}
		o.ends[host] = e
	}
	if time.Since(e.began) > longLife {
		*e = ending{}
		return
	}
	e.again = time.Now().Add(min(mostWait, firstWait<<min(e.tries, 10)))
	e.tries++
}
