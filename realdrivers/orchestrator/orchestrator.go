// Package orchestrator runs managed hosts as processes of this machine: it starts
// them, takes over those that an earlier controller started, starts again what
// ended, and stops them (C-83). Remote hosts are not its business.
//
// Each service has a directory, DIR/OBJECT-SIZE:
//
//	service.json  what is wanted: whether it runs, and the highest epoch that asked
//	service.lock  held by whoever reads or changes that, or starts or kills
//	process.lock  held by the service's process as long as it lives
//	process.json  which process that is: its id, when it began, at which boot
//	token         what the process and controllers share
//	address       where the process listens; it writes that itself
//	log           what it says
//
// The process is given an open file that holds process.lock, already at its start,
// and the operating system lets go of the lock when the process ends, whatever ends
// it. So there is never a second process beside one that was forgotten, and whether
// one runs can be told by anybody. A process is killed only if the lock is held, and
// the process of that id began when process.json says or has the lock's file open
// where a service's process does; process.json is wrong if a controller was killed
// just when it had started a process.
//
// Several controllers may use one directory, one after the other or at once; the
// epochs decide whose word holds. Closing an orchestrator leaves the processes alone:
// whoever comes next finds them.
package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/realdrivers/transport"
)

// Options is what an orchestrator runs with.
type Options struct {
	// Dir holds the services.
	Dir string
	// Command is the program of a host and its first arguments; the orchestrator appends
	// --host, --listen, --token and --address-file.
	Command []string
	// Env is added to the environment of hosts, as NAME=VALUE: anybody can read a
	// command line, so secrets belong here.
	Env []string
	// Check is how often the orchestrator looks whether what is to run does; 0: half a
	// second. Grace is how long a process has to end by itself; 0: five seconds.
	Check, Grace time.Duration
	Log          *slog.Logger
}

// Orchestrator runs services. It is safe for concurrent use.
type Orchestrator struct {
	options Options
	log     *slog.Logger
	stop    context.CancelFunc
	ctx     context.Context
	kick    chan struct{}
	done    sync.WaitGroup

	mu sync.Mutex
	// ends is how processes started here have ended lately.
	ends map[core.HostID]*ending
	// resting are the records of services that are not to run.
	resting map[core.HostID]os.FileInfo
}

var _ runtime.Orchestrator = (*Orchestrator)(nil)

// New opens the directory and begins to look after its services.
func New(o Options) (*Orchestrator, error) {
	if len(o.Command) == 0 {
		return nil, errors.New("orchestrator: no command to start hosts with")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("orchestrator: %w", err)
	}
	o.Dir = dir
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("orchestrator: %w", err)
	}
	if o.Check <= 0 {
		o.Check = 500 * time.Millisecond
	}
	if o.Grace <= 0 {
		o.Grace = 5 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	v := &Orchestrator{options: o, log: o.Log, kick: make(chan struct{}, 1), ends: map[core.HostID]*ending{}, resting: map[core.HostID]os.FileInfo{}}
	v.ctx, v.stop = context.WithCancel(context.Background())
	v.done.Go(v.supervise)
	return v, nil
}

// Close ends the supervision. The processes go on.
func (o *Orchestrator) Close() {
	o.stop()
	o.done.Wait()
}

// Do implements runtime.Orchestrator.
func (o *Orchestrator) Do(ctx context.Context, call *core.OrchestratorCall, result *core.OrchestratorResult) {
	*result = core.OrchestratorResult{}
	var err error
	switch call.Op {
	case core.OrchestratorEnsure:
		err = o.ensure(ctx, call, result)
	case core.OrchestratorStop:
		err = o.end(ctx, call, result)
	case core.OrchestratorList:
		err = o.list(ctx, result)
	case core.OrchestratorOpNone, core.OrchestratorOpCount:
		result.Outcome, err = outcome.NotDone, errors.New("there is no such operation")
	}
	if err != nil {
		o.log.Warn("orchestrator: a call failed", "op", call.Op.String(), "host", call.Host.String(),
			"epoch", call.Epoch, "outcome", result.Outcome.String(), "error", err)
	}
}

// ensure records that a service is to run; the supervision sees to it.
func (o *Orchestrator) ensure(ctx context.Context, call *core.OrchestratorCall, result *core.OrchestratorResult) error {
	result.Outcome = outcome.NotDone
	s, err := o.open(ctx, call.Host, true)
	if err != nil {
		return err
	}
	defer s.close()
	if fencedOff(&s.state, call, result) {
		return nil
	}
	if s.state.Run && s.state.Epoch == call.Epoch {
		result.Outcome = outcome.Done
		return nil
	}
	s.state.Run, s.state.Epoch = true, call.Epoch
	if result.Outcome, err = s.save(); err != nil {
		return err
	}
	o.look()
	return nil
}

// fencedOff refuses calls below the epoch that is recorded.
func fencedOff(s *state, call *core.OrchestratorCall, result *core.OrchestratorResult) bool {
	if s.Epoch <= call.Epoch {
		return false
	}
	result.Outcome, result.Epoch = outcome.Fenced, s.Epoch
	return true
}

// end records that a service is not to run, and ends its process.
func (o *Orchestrator) end(ctx context.Context, call *core.OrchestratorCall, result *core.OrchestratorResult) error {
	result.Outcome = outcome.NotDone
	s, err := o.open(ctx, call.Host, true)
	if err != nil {
		return err
	}
	if fencedOff(&s.state, call, result) {
		s.close()
		return nil
	}
	s.state.Run, s.state.Epoch = false, call.Epoch
	result.Outcome, err = s.save()
	s.close()
	if err != nil {
		return err
	}
	result.Outcome = outcome.Unknown
	return o.wind(ctx, call, result)
}

// pace of looking whether a process has ended.
const pace = 10 * time.Millisecond

// wind ends a service's process: politely first, then not. Before each signal it
// makes sure that the service is still not to run.
func (o *Orchestrator) wind(ctx context.Context, call *core.OrchestratorCall, result *core.OrchestratorResult) error {
	asked, killed, grace := time.Time{}, false, o.options.Grace
	if end, ok := ctx.Deadline(); ok {
		grace = min(grace, time.Until(end)/2)
	}
	for {
		s, err := o.open(ctx, call.Host, false)
		if err != nil {
			return err
		}
		ended, err := func() (bool, error) {
			defer s.close()
			switch running, err := s.running(); {
			case fencedOff(&s.state, call, result):
				return true, nil
			case s.state.Run:
				return true, errors.New("it was asked for again meanwhile")
			case err != nil:
				return true, err
			case !running:
				result.Outcome = outcome.Done
				return true, nil
			case asked.IsZero():
				asked = time.Now()
				return false, s.signal(false)
			case !killed && time.Since(asked) > grace:
				killed = true
				o.log.Warn("orchestrator: a process did not end when told to, and is killed", "host", call.Host.String())
				return false, s.signal(true)
			}
			return false, nil
		}()
		if ended {
			return err
		}
		if err != nil { // whose process it is cannot be told: it may still end
			o.log.Warn("orchestrator: a process could not be told to end", "host", call.Host.String(), "error", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the process has not ended: %w", context.Cause(ctx))
		case <-time.After(pace):
		}
	}
}

// list tells which services run or are to run.
func (o *Orchestrator) list(ctx context.Context, result *core.OrchestratorResult) error {
	result.Outcome = outcome.NotDone
	hosts, err := o.services()
	if err != nil {
		return err
	}
	var list []core.Service
	for _, host := range hosts {
		s, err := o.open(ctx, host, false)
		if err != nil {
			return err
		}
		running, err := s.running()
		if s.state.Run || running || err != nil {
			list = append(list, core.Service{Host: host, Epoch: s.state.Epoch})
		}
		s.close()
	}
	result.Outcome, result.Services = outcome.Done, list
	return nil
}

// Find is where a managed host listens, for a transport.Client.
func (o *Orchestrator) Find(ctx context.Context, host core.HostID) (transport.Place, error) {
	s, err := o.open(ctx, host, false)
	if err != nil {
		return transport.Place{}, err
	}
	defer s.close()
	if running, err := s.running(); err != nil || !running {
		return transport.Place{}, errors.Join(errors.New("no process of it runs"), err)
	}
	return s.place()
}

// Shutdown ends all processes without forgetting that they are to run: an
// orchestrator that is opened on the directory later starts them again. It closes
// the orchestrator.
func (o *Orchestrator) Shutdown(ctx context.Context) error {
	o.Close()
	hosts, err := o.services()
	if err != nil {
		return err
	}
	var wrong []error
	for _, kill := range []bool{false, true} {
		for _, host := range hosts {
			wrong = append(wrong, o.signalOne(ctx, host, kill))
		}
		for end := time.Now().Add(o.options.Grace); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(pace) {
			if o.noneRuns(ctx, hosts) {
				return nil
			}
		}
	}
	return errors.Join(append(wrong, errors.New("orchestrator: not all processes have ended"))...)
}

func (o *Orchestrator) signalOne(ctx context.Context, host core.HostID, kill bool) error {
	s, err := o.open(ctx, host, false)
	if err != nil {
		return err
	}
	defer s.close()
	if running, err := s.running(); err != nil || !running {
		return err
	}
	return s.signal(kill)
}

func (o *Orchestrator) noneRuns(ctx context.Context, hosts []core.HostID) bool {
	for _, host := range hosts {
		s, err := o.open(ctx, host, false)
		if err != nil {
			return false
		}
		running, err := s.running()
		s.close()
		if running || err != nil {
			return false
		}
	}
	return true
}
