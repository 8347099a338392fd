package sim

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/network"
)

// end is how one end of a session sees it.
type end uint8

const (
	_ end = iota // it does not know of the session yet
	// endOpen: it takes the session to be there.
	endOpen
	// endClosed: it has given the session up of itself, or is no more.
	endClosed
	// endLost: it was told that the session is lost. Nothing of it follows.
	endLost
)

// session is one conversation of a controller with a host (H-1): first in, first out
// in both directions, until it breaks. Each end learns of that in its own time.
type session struct {
	used  bool
	id    core.Session
	wall  clock.Wall
	place int32
	// The controller's end: the call that opened it, and the incarnation that made it.
	caller
	// The host's end: the process that it reached, by number.
	process int16
	number  uint32

	atController, atHost end
	// deaf directions deliver nothing that is sent from now on.
	deaf [2]bool
	// breaking: both ends are on their way to learn of the loss.
	breaking bool
	// settled: the controller has, or will have, the outcome of its connect.
	settled bool
	pipe    network.Pipe
	// sent counts the messages, for draws.
	sent int
	// pending counts the events that still refer to it.
	pending int32
	result  core.HostResult
}

// message is what travels in a session: commands to a host, or a report to a
// controller. Its lists are frozen.
type message struct {
	session  uint32
	commands []core.Command
	report   core.Report
	cause    core.Cause
	// stale reports arrive although their session was given up.
	stale bool
}

func sessionKey(place uint64, id core.Session) uint64 { return mix(place, mix(id.Epoch, id.Nonce)) }

// findSession is the session of a host with this id; 0 if there is none (any more).
func (w *World) findSession(place int32, id core.Session) uint32 {
	h := &w.hosting
	slot, ok := h.sessionIndex.Get(sessionKey(h.places[place].key, id))
	if !ok {
		return 0
	}
	return slot
}

// issueHost makes a controller's call of the transport.
func (w *World) issueHost(n int, eff *core.Effect) {
	place := w.place(eff.Host.Host)
	switch eff.Host.Op {
	case core.HostConnect:
		w.connect(n, place, eff)
	case core.HostSend:
		w.sendCommands(n, place, eff)
	case core.HostDisconnect:
		w.disconnect(n, place, eff)
	case core.HostOpNone, core.HostOpCount:
	}
}

// connect sends a Hello. What becomes of it and of its answer are two things.
func (w *World) connect(n int, place int32, eff *core.Effect) {
	h := &w.hosting
	slot := h.sessions.New()
	h.active = append(h.active, slot)
	pl := &h.places[place]
	h.sessionIndex.Put(sessionKey(pl.key, eff.Host.Session), slot)
	s := h.sessions.At(slot)
	s.used = true
	s.id, s.wall, s.place = eff.Host.Session, eff.Host.Wall, place
	s.caller = caller{incarnation: w.nodes[n].incarnation, node: int16(n), effect: eff.ID, cause: eff.Cause}
	s.atController = endOpen
	key := mix(uint64(eff.Cause), pl.key)
	k := w.draws.Key(n, key, w.nth.Next(key+uint64(n)))
	latency := draw(&w.plan.Latency.Network, &k)
	if until := h.links.CutUntil(n, int(pl.machine), network.ToHosts); until > w.nowUs {
		if k.N(drawClogged, 2) == 0 {
			w.faults[faultHostMessageCut]++
			w.giveUpConnect(slot, &k)
			return
		}
		latency += until - w.nowUs
	}
	switch {
	case w.happens(&k, drawHelloLost):
		w.giveUpConnect(slot, &k)
		return
	case w.happens(&k, drawHelloLate):
		// The controller hears that nobody knows, and the host hears a Hello.
		w.answerConnect(slot, outcome.Unknown, w.nowUs+2*latency)
		s.atController = endClosed
		latency += 1 + int64(k.N(drawLate, w.lateUs))
		w.faults[faultHostLateHello]++
	}
	s.pending++
	w.push(kernel.Event{AtUs: s.pipe.Send(network.ToHosts, w.nowUs, latency), Kind: evHello, Slot: int32(slot)})
}

// giveUpConnect ends a connect that reaches nobody: half of them are never answered,
// the others are answered that nobody knows.
func (w *World) giveUpConnect(slot uint32, k *kernel.Key) {
	s := w.hosting.sessions.At(slot)
	s.atController = endClosed
	if k.N(drawRefused, 2) == 0 {
		w.answerConnect(slot, outcome.Unknown, w.nowUs+int64(k.N(drawNoticedByController, uint64(w.config.HostDeadline))))
		return
	}
	w.leaveSession(slot)
}

// answerConnect has the controller's connect end so at atUs. Only the first answer
// counts.
func (w *World) answerConnect(slot uint32, o outcome.Outcome, atUs int64) {
	s := w.hosting.sessions.At(slot)
	if s.settled {
		return
	}
	s.settled = true
	s.result.Outcome = o
	s.pending++
	w.push(kernel.Event{AtUs: atUs, Kind: evHostDone, Node: s.node, Slot: int32(slot)})
}

// deliverHello lets a Hello reach one of the host's processes, or nobody.
func (w *World) deliverHello(e *kernel.Event) {
	h := &w.hosting
	slot := uint32(e.Slot)
	s := h.sessions.At(slot)
	if e.Node == 0 {
		i := w.pickProcess(s)
		if i < 0 {
			w.refuseHello(slot)
			return
		}
		e.Node, s.process, s.number = hostNode(i), int16(i), h.processes[i].number
	}
	p := w.processOf(e.Node)
	if !p.up || p.number != s.number {
		w.refuseHello(slot)
		return
	}
	if w.waits(e) {
		return
	}
	s.pending--
	if !w.lives(&s.caller) {
		w.faults[faultHostLateHello]++
	}
	in := &w.hostInput
	in.Kind, in.Cause = storaged.InputHello, s.cause
	in.Hello = core.Hello{Session: s.id, Wall: s.wall}
	w.happened(e)
	w.events++
	w.hash.U64(p.key)
	w.hash.U64(s.id.Epoch<<32 ^ s.id.Nonce)
	if w.observing() {
		o := w.observation(invariants.HelloDelivered, nobody)
		v := w.hosted(o, int(s.process))
		v.Session, v.Hello = s.id, &in.Hello
		w.observe(o)
	}
	w.stepProcess(int(s.process))
	w.leaveSession(slot)
}

// pickProcess is the process of the host that a connection reaches: any of those
// that run, as long as they are to stay; one that is about to leave only if there is
// no other. −1: none runs.
func (w *World) pickProcess(s *session) int {
	h := &w.hosting
	staying := w.staying(s.place) > 0
	n := 0
	for i := range h.processes {
		if reached(&h.processes[i], s.place, staying) {
			n++
		}
	}
	if n == 0 {
		return -1
	}
	k := w.draws.Key(int(s.node), mix(uint64(s.cause), h.places[s.place].key), 0)
	n = int(k.N(drawWhichCopy, uint64(n)))
	for i := range h.processes {
		if reached(&h.processes[i], s.place, staying) {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return -1
}

func reached(p *process, place int32, staying bool) bool {
	return p.up && p.place == place && !(staying && p.leaving)
}

// refuseHello tells the controller that nobody listens, or nothing at all.
func (w *World) refuseHello(slot uint32) {
	s := w.hosting.sessions.At(slot)
	s.pending--
	w.faults[faultHostRefused]++
	s.atController = endClosed
	k := w.draws.Key(int(s.node), mix(uint64(s.cause), w.hosting.places[s.place].key), 1)
	if k.N(drawRefused, 4) > 0 {
		w.answerConnect(slot, outcome.NotDone, w.nowUs+draw(&w.plan.Latency.Network, &k))
	}
	w.leaveSession(slot)
}

// acceptSession is a process taking a session on.
func (w *World) acceptSession(i int, id core.Session) {
	h := &w.hosting
	p := &h.processes[i]
	slot := w.findSession(p.place, id)
	if slot == 0 {
		return
	}
	s := h.sessions.At(slot)
	s.atHost = endOpen
	h.accepted++
	p.accepted = h.accepted
	if s.atController != endOpen || !w.lives(&s.caller) {
		// Nobody is there any more who wanted it.
		s.breaking = false
		w.breakSession(slot)
		return
	}
	k := w.draws.Key(int(s.node), mix(uint64(s.cause), h.places[p.place].key), 2)
	latency, ok := w.toController(s, &k)
	if !ok || w.happens(&k, drawHelloUnanswered) {
		s.atController, s.breaking = endClosed, false
		w.breakSession(slot)
		return
	}
	w.answerConnect(slot, outcome.Done, s.pipe.Send(network.ToController, w.nowUs, latency))
}

// toController is how long a message of a host to its controller takes; ok is false
// if it is lost.
func (w *World) toController(s *session, k *kernel.Key) (latency int64, ok bool) {
	return w.across(s, network.ToController, k)
}

// across is how long a message takes in one direction. Half of what is sent into a cut
// link is lost, and the session with it; the rest is sent again until the link works.
func (w *World) across(s *session, d network.Direction, k *kernel.Key) (latency int64, ok bool) {
	latency = draw(&w.plan.Latency.Network, k)
	until := w.hosting.links.CutUntil(int(s.node), int(w.hosting.places[s.place].machine), d)
	if until <= w.nowUs {
		return latency, true
	}
	w.faults[faultHostMessageCut]++
	return latency + until - w.nowUs, k.N(drawClogged, 2) != 0
}

// refuseSession is a process turning a Hello away (H-3).
func (w *World) refuseSession(i int, eff *storaged.Effect) {
	h := &w.hosting
	p := &h.processes[i]
	slot := w.findSession(p.place, eff.Session)
	if slot == 0 {
		return
	}
	s := h.sessions.At(slot)
	s.atHost = endClosed
	s.result.Epoch = eff.Fenced.Epoch
	o := outcome.NotDone
	if eff.Fenced.Epoch > s.id.Epoch {
		o = outcome.Fenced
		w.faults[faultHostFenced]++
	}
	k := w.draws.Key(int(s.node), mix(uint64(s.cause), h.places[p.place].key), 2)
	latency, ok := w.toController(s, &k)
	if ok && s.atController == endOpen && w.lives(&s.caller) {
		w.answerConnect(slot, o, s.pipe.Send(network.ToController, w.nowUs, latency))
	}
	s.atController = endClosed
}

// deliverHostDone gives the outcome of a connect to the controller that asked.
func (w *World) deliverHostDone(e *kernel.Event) {
	s := w.hosting.sessions.At(uint32(e.Slot))
	if !w.lives(&s.caller) {
		w.faults[faultCompletionDropped]++
		s.pending--
		w.leaveSession(uint32(e.Slot))
		return
	}
	if w.waits(e) {
		return
	}
	s.pending--
	n := int(s.node)
	w.input.Kind, w.input.Effect, w.input.Cause = core.InputHostDone, s.effect, s.cause
	w.input.HostResult = s.result
	w.completed.Kind, w.completed.ID, w.completed.Cause = core.EffectHost, s.effect, s.cause
	w.happened(e)
	w.hash.U64(uint64(s.effect)<<8 | uint64(s.result.Outcome))
	w.hash.U64(s.result.Epoch)
	w.events++
	w.leaveSession(uint32(e.Slot))
	w.stepNode(n, invariants.Completed)
	w.spuriously(n, w.input.Cause)
}

// leaveSession frees a session that both ends are through with and that nothing
// refers to any more.
func (w *World) leaveSession(slot uint32) {
	h := &w.hosting
	s := h.sessions.At(slot)
	if !s.used || s.pending > 0 || s.atController == endOpen || s.atHost == endOpen {
		return
	}
	key := sessionKey(h.places[s.place].key, s.id)
	if at, ok := h.sessionIndex.Get(key); ok && at == slot {
		h.sessionIndex.Delete(key)
	}
	if i := slices.Index(h.active, slot); i >= 0 {
		h.active = slices.Delete(h.active, i, i+1)
	}
	h.sessions.Release(slot)
}
