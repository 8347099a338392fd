//go:build linux

package torture

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"time"
)

// fault is one kind of thing that goes wrong. It returns when that is over; false if
// it could not be done just then.
type fault struct {
	name   string
	weight int
	strike func(w *world, rnd *rand.Rand) bool
}

var faults = []fault{
	{"controller killed", 4, killController},
	{"controller paused", 3, pauseController},
	{"second controller beside the first", 3, usurp},
	{"second controller beside a paused one", 3, usurpPaused},
	{"host killed", 4, killHost},
	{"host paused", 3, pauseHost},
	{"Postgres killed", 2, killPostgres},
	{"Postgres paused", 2, pausePostgres},
	{"connections cut", 6, cutWire},
	{"wire slow", 4, slowWire},
	{"wire silent", 4, silenceWire},
	{"ingestion moved", 1, moveIngestion},
}

// wideFaults are those of a wide torture alone.
var wideFaults = []fault{
	{"managed host killed", 4, killManaged},
	{"managed host paused", 3, pauseManaged},
	{"S3 killed", 2, killObjects},
	{"another ingestion moved", 1, moveOthers},
}

// faults are all that may strike.
func (w *world) faults() []fault {
	if w.o.Wide {
		return slices.Concat(faults, wideFaults)
	}
	return faults
}

// trouble strikes until ctx ends, then waits for what is under way.
func (w *world) trouble(ctx context.Context, rnd *rand.Rand) {
	var under sync.WaitGroup
	defer under.Wait()
	total, faults := 0, w.faults()
	for _, f := range faults {
		total += f.weight
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(200+rnd.IntN(2500)) * time.Millisecond):
		}
		n := rnd.IntN(total)
		own := rand.New(rand.NewPCG(rnd.Uint64(), rnd.Uint64()))
		for i := range faults {
			f := &faults[i]
			if n -= f.weight; n >= 0 {
				continue
			}
			under.Go(func() {
				if f.strike(w, own) {
					w.struck(f.name)
				}
			})
			break
		}
	}
}

// some is a span from low to high milliseconds.
func some(rnd *rand.Rand, low, high int) time.Duration {
	return time.Duration(low+rnd.IntN(high-low)) * time.Millisecond
}

// leading is the controller that runs, if one alone does and is not paused.
func (w *world) leading() (leads, idle *process) {
	for i, p := range w.controllers {
		other := w.controllers[1-i]
		runs, paused, _ := p.state()
		otherRuns, _, _ := other.state()
		if runs && !paused && !otherRuns {
			return p, other
		}
	}
	return nil, nil
}

func killController(w *world, _ *rand.Rand) bool {
	p, _ := w.leading()
	return p != nil && p.signal(syscall.SIGKILL)
}

func pauseController(w *world, rnd *rand.Rand) bool {
	if !w.lead.TryLock() {
		return false
	}
	defer w.lead.Unlock()
	p, _ := w.leading()
	return p != nil && w.pause(p, some(rnd, 100, 6000))
}

func (w *world) pause(p *process, during time.Duration) bool {
	if !p.signal(syscall.SIGSTOP) {
		return false
	}
	w.log.event("%s paused for %s", p.name, during)
	time.Sleep(during)
	p.signal(syscall.SIGCONT)
	w.log.event("%s goes on", p.name)
	return true
}

// usurp starts a second controller: the first one must go, with its own exit code.
func usurp(w *world, rnd *rand.Rand) bool {
	if !w.lead.TryLock() {
		return false
	}
	defer w.lead.Unlock()
	_, idle := w.leading()
	if idle == nil || idle.start() != nil {
		return false
	}
	w.log.event("%s started beside the other", idle.name)
	time.Sleep(some(rnd, 500, 3000))
	return true
}

// usurpPaused lets a second controller take over from one that knows nothing of it
// until it goes on.
func usurpPaused(w *world, rnd *rand.Rand) bool {
	if !w.lead.TryLock() {
		return false
	}
	defer w.lead.Unlock()
	leads, idle := w.leading()
	if leads == nil || !leads.signal(syscall.SIGSTOP) {
		return false
	}
	w.log.event("%s paused, %s started", leads.name, idle.name)
	idle.start()
	time.Sleep(some(rnd, 1000, 8000))
	leads.signal(syscall.SIGCONT)
	w.log.event("%s goes on", leads.name)
	time.Sleep(some(rnd, 100, 1000))
	return true
}

func killHost(w *world, rnd *rand.Rand) bool {
	return w.hosts[rnd.IntN(len(w.hosts))].signal(syscall.SIGKILL)
}

func pauseHost(w *world, rnd *rand.Rand) bool {
	return w.pause(w.hosts[rnd.IntN(len(w.hosts))], some(rnd, 100, 5000))
}

func killPostgres(w *world, rnd *rand.Rand) bool {
	if !w.server.TryLock() {
		return false
	}
	defer w.server.Unlock()
	w.log.event("Postgres killed")
	if err := w.postgres.Kill(); err != nil {
		w.broken(err)
		return false
	}
	time.Sleep(some(rnd, 0, 2000))
	if err := w.postgres.Start(); err != nil {
		w.broken(err)
	}
	w.log.event("Postgres started")
	return true
}

func pausePostgres(w *world, rnd *rand.Rand) bool {
	if !w.server.TryLock() {
		return false
	}
	defer w.server.Unlock()
	if w.postgres.Pause() != nil {
		return false
	}
	during := some(rnd, 100, 4000)
	w.log.event("Postgres paused for %s", during)
	time.Sleep(during)
	if err := w.postgres.Resume(); err != nil {
		w.broken(err)
	}
	return true
}

func (w *world) wire(rnd *rand.Rand) *proxy { return w.wires[rnd.IntN(len(w.wires))] }

func cutWire(w *world, rnd *rand.Rand) bool {
	p := w.wire(rnd)
	w.log.event("wire %s cut", p.name)
	p.cut()
	return true
}

func slowWire(w *world, rnd *rand.Rand) bool {
	p, during := w.wire(rnd), some(rnd, 200, 4000)
	w.log.event("wire %s slow for %s", p.name, during)
	p.set(false, some(rnd, 5, 200))
	time.Sleep(during)
	p.set(false, 0)
	return true
}

func silenceWire(w *world, rnd *rand.Rand) bool {
	p, during := w.wire(rnd), some(rnd, 200, 5000)
	w.log.event("wire %s silent for %s", p.name, during)
	p.set(true, 0)
	time.Sleep(during)
	p.set(false, 0)
	if rnd.IntN(2) == 0 {
		p.cut() // what was held back never arrives, or already has
	}
	return true
}
