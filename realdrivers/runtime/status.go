package runtime

import (
	"sync"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// Status is how a controller is, as of its latest batch of steps.
type Status struct {
	core.View
	// Collections and Hosts count what there is state of; Sessions those that are open
	// or being opened.
	Collections, Hosts, Sessions int
	// Queued counts inputs that wait.
	Queued int
	// Mono is the machine's instant at that time; its spans count from the start.
	Mono clock.Instant
	// At is when this was so. A loop with something to do that does not come by for
	// seconds is stuck.
	At time.Time
}

// statusBox holds the latest status, for whoever asks without waiting for the loop.
type statusBox struct {
	mu     sync.Mutex
	status Status
}

// publish puts the status into its box.
func (m *controllerMachine) publish() {
	b := &m.status
	b.mu.Lock()
	defer b.mu.Unlock()
	m.core.View(&b.status.View)
	b.status.Collections, b.status.Hosts, b.status.Sessions = m.core.Collections(), m.core.Hosts(), len(m.sessions)
	b.status.Queued, b.status.At, b.status.Mono = len(m.loop.queue), time.Now(), m.loop.now().Mono
}

// Status is how the controller is. It does not wait for the loop.
func (c *Controller) Status() Status {
	b := &c.machine.status
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status
}
