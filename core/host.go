package core

import (
	"cmp"

	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
)

// host is a process that runs objects, and the conversation with it (C-80).
type host struct {
	id HostID
	// first and last are the ends of its placements' list: its reduced history (H-5).
	first, last uint32
	placements  uint32
	// ensured: the orchestrator has said that the service runs. abandoned: it is to be
	// stopped, because an end was not confirmed in time.
	ensured, abandoned bool
	// runs: a list showed the service.
	runs    bool
	touched bool
	// service is the lane of the orchestrator's calls, stopping which one is out.
	service  lane
	stopping bool
	// connect is the lane of the session's opening.
	connect lane
	// session is the latest that was asked for; connected: it is open.
	session   Session
	connected bool
	// lost: the session was lost before its opening was known to be done.
	lost bool
	// firstTouched and lastTouched are the ends of the list of placements of which the
	// host may have to be told something.
	firstTouched, lastTouched uint32
	// cursor is the placement from which on this session has not been told its history;
	// initialized: it has been told all of it.
	cursor      uint32
	initialized bool
	serial      uint64
}

func (h HostID) compare(o HostID) int {
	if c := cmp.Compare(h.Address, o.Address); c != 0 {
		return c
	}
	if c := h.Object.Compare(o.Object); c != 0 {
		return c
	}
	return cmp.Compare(h.Size, o.Size)
}

func (c *Controller) hostPosition(id HostID) int {
	lo, hi := 0, len(c.hostOrder)
	for lo < hi {
		mid := (lo + hi) / 2
		if c.hosts.At(c.hostOrder[mid]).id.compare(id) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// lookUpHost finds a host; 0: there is none.
func (c *Controller) lookUpHost(id HostID) uint32 {
	i := c.hostPosition(id)
	if i < len(c.hostOrder) && c.hosts.At(c.hostOrder[i]).id == id {
		return c.hostOrder[i]
	}
	return 0
}

// findHost finds a host or installs it.
func (c *Controller) findHost(id HostID) uint32 {
	if at := c.lookUpHost(id); at != 0 {
		return at
	}
	at := c.hosts.New()
	*c.hosts.At(at) = host{id: id, serial: c.serial()}
	i := c.hostPosition(id)
	c.hostOrder = append(c.hostOrder, 0)
	copy(c.hostOrder[i+1:], c.hostOrder[i:])
	c.hostOrder[i] = at
	c.touchHost(at)
	return at
}

// touchHost marks a host to be driven at the end of the step.
func (c *Controller) touchHost(at uint32) {
	h := c.hosts.At(at)
	if h.touched {
		return
	}
	h.touched = true
	c.touchedHosts = append(c.touchedHosts, at)
}

// driveHost drives a host towards what is wanted of it: running and told what to run,
// or gone when nothing is left there.
func (c *Controller) driveHost(at uint32) {
	h := c.hosts.At(at)
	h.touched = false
	if !h.connected {
		c.forgetTouched(at)
	}
	switch {
	case h.id == (HostID{}):
	case h.placements == 0 || h.abandoned:
		c.leaveHost(at)
	case h.connected:
		// Who can be told something is, whatever the orchestrator says or not (C-82).
		c.tell(at)
		if h = c.hosts.At(at); !h.id.Remote() && !h.ensured {
			c.startService(at)
		}
	case !h.id.Remote() && !h.ensured:
		c.startService(at)
	default:
		c.driveConnect(at)
	}
}

// leaveHost ends the session and the service of a host that has nothing to do.
func (c *Controller) leaveHost(at uint32) {
	h := c.hosts.At(at)
	if h.connected {
		c.disconnect(at)
	}
	if !h.id.Remote() {
		c.driveService(at, OrchestratorStop)
		return
	}
	if h.connect.effect != 0 {
		return
	}
	c.removeHost(at)
}

func (c *Controller) removeHost(at uint32) {
	h := c.hosts.At(at)
	c.settleLane(&h.service)
	c.settleLane(&h.connect)
	i := c.hostPosition(h.id)
	c.hostOrder = append(c.hostOrder[:i], c.hostOrder[i+1:]...)
	c.hosts.Release(at)
}

// startService has a managed host running. For what is only to end there, none is
// started that does not run: it is stopped for good instead, once a list has shown
// which services there are.
func (c *Controller) startService(at uint32) {
	h := c.hosts.At(at)
	ending := !h.runs && h.service.effect == 0
	for p := h.first; p != 0 && ending; p = c.placements.At(p).next {
		ending = c.placements.At(p).ending
	}
	switch {
	case !ending:
		c.driveService(at, OrchestratorEnsure)
	case c.services.known || c.cfg.ServicesEvery == 0:
		c.driveService(at, OrchestratorStop)
	}
}

// driveService asks the orchestrator for one thing at a time (C-82, C-83).
func (c *Controller) driveService(at uint32, op OrchestratorOp) {
	h := c.hosts.At(at)
	if !c.ready(&h.service, laneService, at, h.serial, 0) {
		return
	}
	e := c.issue(&h.service, laneService, at, h.serial, c.cfg.HostDeadline)
	e.Kind = EffectOrchestrator
	e.Orchestrator = OrchestratorCall{Op: op, Host: h.id, Epoch: c.epoch}
	h.stopping = op == OrchestratorStop
	h.ensured = h.ensured && !h.stopping
}

// orchestratorDone takes the completion of a call of the orchestrator.
func (c *Controller) orchestratorDone(id EffectID, res *OrchestratorResult) {
	ref, ok := c.effects.Get(uint64(id))
	if !ok || c.phase != PhaseRunning {
		c.ignored++
		return
	}
	switch l := *c.lanes.At(ref); l.kind {
	case laneService:
		c.serviceEnded(l.owner, res)
	case laneServices:
		c.listed(res)
	default:
		c.ignored++
	}
}

func (c *Controller) serviceEnded(at uint32, res *OrchestratorResult) {
	h := c.hosts.At(at)
	c.settleLane(&h.service)
	c.touchHost(at)
	switch res.Outcome {
	case outcome.Done:
		h.service.succeeded()
		if h.stopping {
			c.stopped(at)
			return
		}
		h.ensured, h.runs = true, true
	case outcome.NotDone, outcome.Unknown:
		h.ensured = false
		c.failed(&h.service)
	case outcome.Fenced:
		c.fenced("orchestrator", res.Epoch)
	default:
		c.halt(HaltContract, "outcome of an orchestrator call", uint64(res.Outcome), h.serial)
	}
}

// stopped: no process of the service runs. Whatever ended there has ended.
func (c *Controller) stopped(at uint32) {
	h := c.hosts.At(at)
	h.ensured, h.abandoned, h.stopping, h.runs = false, false, false, false
	for p := h.first; p != 0; {
		pl := c.placements.At(p)
		next := pl.next
		if pl.ending {
			c.confirm(p)
		} else {
			pl.created = false
		}
		p = next
	}
	if c.hosts.At(at).placements == 0 {
		c.removeHost(at)
	}
}

// driveServices lists the services, at boot and every ServicesEvery, if this
// controller has anything to do with the orchestrator.
func (c *Controller) driveServices() {
	s := &c.services
	if !c.ready(&s.lane, laneServices, 0, 0, s.next) {
		return
	}
	e := c.issue(&s.lane, laneServices, 0, 0, c.cfg.HostDeadline)
	e.Kind = EffectOrchestrator
	e.Orchestrator = OrchestratorCall{Op: OrchestratorList, Epoch: c.epoch}
	s.next = c.now.Mono.Add(c.cfg.ServicesEvery)
}

// serviceList is the periodic look at what the orchestrator runs.
type serviceList struct {
	lane
	next clock.Instant
	// known: it was listed since the boot.
	known bool
}

// listed: services of older epochs that nothing names are stopped (C-83).
func (c *Controller) listed(res *OrchestratorResult) {
	s := &c.services
	c.settleLane(&s.lane)
	switch res.Outcome {
	case outcome.Done:
		s.succeeded()
		s.known = true
	case outcome.NotDone, outcome.Unknown:
		s.next = 0
		c.failed(&s.lane)
	case outcome.Fenced:
		c.fenced("orchestrator", res.Epoch)
		return
	default:
		c.halt(HaltContract, "outcome of a list of services", uint64(res.Outcome), 0)
		return
	}
	for _, at := range c.hostOrder {
		c.touchHost(at)
	}
	for i := range res.Services {
		v := &res.Services[i]
		switch at := c.lookUpHost(v.Host); {
		case v.Host.Remote():
		case at != 0:
			c.hosts.At(at).runs = true
		case v.Epoch < c.epoch:
			c.findHost(v.Host)
		}
	}
}

// driveConnect opens a session once everything that the host is to run can be told it
// (C-12).
func (c *Controller) driveConnect(at uint32) {
	h := c.hosts.At(at)
	for p := h.first; p != 0; p = c.placements.At(p).next {
		pl := c.placements.At(p)
		if pl.ending {
			continue
		}
		if ready, never := c.objectReady(c.objects.At(pl.object)); !ready && !never {
			return
		}
	}
	if !c.ready(&h.connect, laneConnect, at, h.serial, 0) {
		return
	}
	h.session, h.lost = Session{Epoch: c.epoch, Nonce: c.serial()}, false
	e := c.issue(&h.connect, laneConnect, at, h.serial, c.cfg.HostDeadline)
	e.Kind = EffectHost
	e.Host = HostCall{Op: HostConnect, Host: h.id, Session: h.session, Wall: c.clock.bounded(c.now, c.cfg.MaxClockSkew)}
}

// hostDone takes the completion of a connect.
func (c *Controller) hostDone(id EffectID, res *HostResult) {
	ref, ok := c.effects.Get(uint64(id))
	if !ok || c.phase != PhaseRunning || c.lanes.At(ref).kind != laneConnect {
		c.ignored++
		return
	}
	c.connectEnded(c.lanes.At(ref).owner, res)
}

func (c *Controller) connectEnded(at uint32, res *HostResult) {
	h := c.hosts.At(at)
	c.settleLane(&h.connect)
	c.touchHost(at)
	end := res.Outcome
	if end == outcome.Done && h.lost {
		end = outcome.NotDone
	}
	switch end {
	case outcome.Done:
		c.startSession(at)
	case outcome.NotDone, outcome.Unknown:
		if end == outcome.Unknown {
			c.hangUp(h) // the host may think that it has a session
		}
		c.failed(&h.connect)
		h.ensured = h.ensured && h.connect.tries%connectTries != 0
	case outcome.Fenced:
		c.fenced("host", res.Epoch)
	default:
		c.halt(HaltContract, "outcome of a connect", uint64(res.Outcome), h.serial)
	}
}

// hostTimer: the deadline of an effect has passed, or a lane wanted to be looked at.
func (c *Controller) hostTimer(kind laneKind, at uint32) {
	unknown := outcome.Unknown
	switch kind {
	case laneServices:
		if c.services.effect != 0 {
			c.listed(&OrchestratorResult{Outcome: unknown})
			return
		}
		c.disarm(&c.services.timer)
		return
	case laneService:
		if c.hosts.At(at).service.effect != 0 {
			c.serviceEnded(at, &OrchestratorResult{Outcome: unknown})
			return
		}
		c.disarm(&c.hosts.At(at).service.timer)
	default:
		if c.hosts.At(at).connect.effect != 0 {
			c.connectEnded(at, &HostResult{Outcome: unknown})
			return
		}
		c.disarm(&c.hosts.At(at).connect.timer)
	}
	c.touchHost(at)
}

// connectTries is after how many failures the orchestrator is asked again.
const connectTries = 4

// startSession: from here on the session is told the whole history (C-12).
func (c *Controller) startSession(at uint32) {
	h := c.hosts.At(at)
	h.connected, h.initialized, h.cursor = true, false, h.first
	for p := h.first; p != 0; p = c.placements.At(p).next {
		pl := c.placements.At(p)
		pl.sent, pl.ended, pl.owed = false, false, 0
	}
	c.scratch.commands = append(c.scratch.commands[:0], Command{Kind: CommandUpdateConfiguration, Settings: c.settings()})
	c.send(at)
}

func (c *Controller) settings() HostSettings {
	f := &c.cfg
	return HostSettings{
		ReaderLease: f.ReaderLease, Heartbeat: f.Heartbeat, BackoffMin: f.BackoffMin, BackoffMax: f.BackoffMax,
		PersistDeadline: f.PersistDeadline, ReadDeadline: f.ReadDeadline, AdvanceEvery: clock.Second,
		MaxClockSkew: f.MaxClockSkew,
	}
}

// disconnect ends the session.
func (c *Controller) disconnect(at uint32) {
	h := c.hosts.At(at)
	h.connected, h.initialized, h.cursor = false, false, 0
	c.hangUp(h)
}

// hangUp gives up a session that is open, or may be.
func (c *Controller) hangUp(h *host) {
	e := c.out.next()
	e.Kind, e.Cause = EffectHost, c.cause
	e.Host = HostCall{Op: HostDisconnect, Host: h.id, Session: h.session}
}

// sessionLost: another one is opened, with backoff. That it is lost may be known before
// that it was opened.
func (c *Controller) sessionLost(id HostID, s Session) {
	at := c.lookUpHost(id)
	if c.phase != PhaseRunning || at == 0 || c.hosts.At(at).session != s {
		c.ignored++
		return
	}
	h := c.hosts.At(at)
	if !h.connected {
		h.lost = h.connect.effect != 0
		c.ignored++
		return
	}
	h.connected, h.initialized, h.cursor = false, false, 0
	c.failed(&h.connect)
	c.touchHost(at)
}
