package sim

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/invariants"
	"example.com/tidemark/sim/kernel"
	"example.com/tidemark/sim/network"
)

// sessionDraws begins the draws about the next message of a session.
func (w *World) sessionDraws(s *session, d network.Direction) kernel.Key {
	s.sent++
	key := mix(mix(w.hosting.places[s.place].key, uint64(s.cause)), 2+uint64(d))
	return w.draws.Key(int(s.node), key, s.sent)
}

// sendCommands sends commands in a session, in order. A session that breaks at them
// delivers the first few and nothing afterwards.
func (w *World) sendCommands(n int, place int32, eff *core.Effect) {
	h := &w.hosting
	slot := w.findSession(place, eff.Host.Session)
	if slot == 0 {
		return
	}
	s := h.sessions.At(slot)
	if s.atController != endOpen || !w.lives(&s.caller) || int(s.node) != n || s.deaf[network.ToHosts] {
		return
	}
	k := w.sessionDraws(s, network.ToHosts)
	latency, ok := w.across(s, network.ToHosts, &k)
	if !ok {
		w.breakSession(slot)
		return
	}
	commands := eff.Host.Commands
	broken := w.happens(&k, drawHostSessionLost)
	if broken {
		w.faults[faultHostHalfDelivered]++
		commands = commands[:k.N(drawPrefix, uint64(len(commands))+1)]
	}
	if len(commands) > 0 {
		w.post(slot, message{session: slot, commands: commands, cause: eff.Cause}, network.ToHosts, latency)
	}
	if broken {
		w.breakSession(slot)
	}
}

// post puts a message into a session.
func (w *World) post(slot uint32, m message, d network.Direction, latency int64) {
	h := &w.hosting
	at := h.messages.New()
	*h.messages.At(at) = m
	s := h.sessions.At(slot)
	s.pending++
	e := kernel.Event{AtUs: s.pipe.Send(d, w.nowUs, latency), Kind: evCommands, Slot: int32(at)}
	if d == network.ToController {
		e.Kind, e.Node = evHostReport, s.node
	}
	w.push(e)
}

// deliverCommands gives commands to the process of a session, one after the other, as
// long as it is there.
func (w *World) deliverCommands(e *kernel.Event) {
	h := &w.hosting
	slot := h.messages.At(uint32(e.Slot)).session
	s := h.sessions.At(slot)
	e.Node = hostNode(int(s.process))
	if s.atHost == endOpen && w.waits(e) {
		return
	}
	m := *h.messages.At(uint32(e.Slot))
	h.messages.Release(uint32(e.Slot))
	if s.atHost == endOpen {
		w.happened(e)
		w.events++
	}
	for j := range m.commands {
		s = h.sessions.At(slot)
		if s.atHost != endOpen {
			break
		}
		in := &w.hostInput
		in.Kind, in.Cause, in.Session, in.Command = storaged.InputCommand, m.cause, s.id, m.commands[j]
		w.hashCommand(&in.Command)
		if w.observing() {
			o := w.observation(invariants.CommandDelivered, nobody)
			v := w.hosted(o, int(s.process))
			v.Session, v.Command = s.id, &in.Command
			w.observe(o)
		}
		if !w.stepProcess(int(s.process)) {
			break
		}
	}
	h.sessions.At(slot).pending--
	w.leaveSession(slot)
}

// sendReport sends a host's report in its session, or loses it with the session.
func (w *World) sendReport(i int, eff *storaged.Effect) {
	h := &w.hosting
	slot := w.findSession(h.processes[i].place, eff.Session)
	if slot == 0 {
		return
	}
	s := h.sessions.At(slot)
	if s.atHost != endOpen || int(s.process) != i || s.deaf[network.ToController] {
		return
	}
	k := w.sessionDraws(s, network.ToController)
	latency, ok := w.across(s, network.ToController, &k)
	if !ok || w.happens(&k, drawHostSessionLost) {
		w.breakSession(slot)
		return
	}
	stale := w.happens(&k, drawReportStale)
	if stale {
		latency += int64(k.N(drawLinger, 2*second)) // long enough for another session to begin
	}
	w.post(slot, message{session: slot, report: eff.Report, cause: eff.Cause, stale: stale}, network.ToController, latency)
}

// deliverReport gives a report to the controller of its session. One of a session
// that was given up arrives only if it is to be stale; of one that the controller
// knows to be lost, nothing does.
func (w *World) deliverReport(e *kernel.Event) {
	h := &w.hosting
	m := h.messages.At(uint32(e.Slot))
	slot := m.session
	s := h.sessions.At(slot)
	heard := w.lives(&s.caller) && (s.atController == endOpen || s.atController == endClosed && m.stale)
	if heard && w.waits(e) {
		return
	}
	report, cause := m.report, m.cause
	h.messages.Release(uint32(e.Slot))
	s.pending--
	if !heard {
		w.leaveSession(slot)
		return
	}
	n := int(s.node)
	w.input.Kind, w.input.Cause = core.InputReport, cause
	w.input.Host, w.input.Session, w.input.Report = h.places[s.place].id, s.id, report
	w.happened(e)
	w.events++
	w.hashReport(&report)
	w.leaveSession(slot)
	w.stepNode(n, invariants.Reported)
	w.spuriously(n, cause)
}

// disconnect ends a session at the controller's end; the host's learns of it.
func (w *World) disconnect(n int, place int32, eff *core.Effect) {
	slot := w.findSession(place, eff.Host.Session)
	if slot == 0 {
		return
	}
	s := w.hosting.sessions.At(slot)
	if s.atController != endOpen || int(s.node) != n || !w.lives(&s.caller) {
		return
	}
	s.atController = endClosed
	s.deaf[network.ToHosts] = true
	k := w.sessionDraws(s, network.ToHosts)
	w.lostAtHost(slot, s.pipe.Send(network.ToHosts, w.nowUs, draw(&w.plan.Latency.Network, &k)))
	w.leaveSession(slot)
}

// closeAtHost is a process giving a session up for another one.
func (w *World) closeAtHost(i int, id core.Session) {
	slot := w.findSession(w.hosting.processes[i].place, id)
	if slot == 0 {
		return
	}
	s := w.hosting.sessions.At(slot)
	if s.atHost == endOpen && int(s.process) == i {
		s.atHost = endClosed
		w.breakSession(slot)
	}
}

// breakSession breaks a session: nothing that is sent from now on arrives, and each
// end that still takes it to be there learns of it, at once or late.
func (w *World) breakSession(slot uint32) {
	s := w.hosting.sessions.At(slot)
	s.deaf = [2]bool{true, true}
	if s.breaking {
		w.leaveSession(slot)
		return
	}
	s.breaking = true
	key := mix(mix(w.hosting.places[s.place].key, uint64(s.cause)), 4)
	k := w.draws.Key(int(s.node), key, 0)
	if s.atController == endOpen {
		s.pending++
		w.push(kernel.Event{AtUs: w.nowUs + w.noticed(&k, drawNoticedByController), Kind: evLostAtController, Node: s.node, Slot: int32(slot)})
	}
	if s.atHost == endOpen {
		w.lostAtHost(slot, w.nowUs+w.noticed(&k, drawNoticedByHost))
	}
	w.leaveSession(slot)
}

// noticed is how long it takes one end to notice that a session has broken: often a
// moment, and otherwise as long as messages may be late, or a few seconds.
func (w *World) noticed(k *kernel.Key, p kernel.Purpose) int64 {
	span := max(w.lateUs, 3*second)
	v := k.N(p, 2*span)
	if v < span {
		return 1 + int64(v%(50*millisecond))
	}
	return int64(v - span)
}

func (w *World) lostAtHost(slot uint32, atUs int64) {
	w.hosting.sessions.At(slot).pending++
	w.push(kernel.Event{AtUs: atUs, Kind: evLostAtHost, Slot: int32(slot)})
}

// sessionLostAtHost tells a process that a session has ended.
func (w *World) sessionLostAtHost(e *kernel.Event) {
	slot := uint32(e.Slot)
	s := w.hosting.sessions.At(slot)
	e.Node = hostNode(int(s.process))
	if s.atHost == endOpen && w.waits(e) {
		return
	}
	s.pending--
	if s.atHost != endOpen {
		w.leaveSession(slot)
		return
	}
	s.atHost = endLost
	i := int(s.process)
	in := &w.hostInput
	in.Kind, in.Cause, in.Session = storaged.InputSessionLost, s.cause, s.id
	w.happened(e)
	w.events++
	w.hash.U64(s.id.Epoch<<32 ^ s.id.Nonce)
	if w.observing() {
		o := w.observation(invariants.SessionLostAtHost, nobody)
		w.hosted(o, i).Session = s.id
		w.observe(o)
	}
	w.breakSession(slot)
	w.stepProcess(i)
}

// sessionLostAtController tells a controller that a session has ended.
func (w *World) sessionLostAtController(e *kernel.Event) {
	slot := uint32(e.Slot)
	s := w.hosting.sessions.At(slot)
	heard := s.atController == endOpen && w.lives(&s.caller)
	if heard && w.waits(e) {
		return
	}
	s.pending--
	if !heard {
		w.leaveSession(slot)
		return
	}
	s.atController = endLost
	n := int(s.node)
	w.input.Kind, w.input.Cause = core.InputSessionLost, s.cause
	w.input.Host, w.input.Session = w.hosting.places[s.place].id, s.id
	w.happened(e)
	w.events++
	w.hash.U64(s.id.Epoch<<32 ^ s.id.Nonce)
	w.leaveSession(slot)
	w.stepNode(n, invariants.SessionLost)
	w.spuriously(n, w.input.Cause)
}

// loseSessionsOf breaks the session of a process that is no more. What it sent
// before is still under way.
func (w *World) loseSessionsOf(i int) {
	h := &w.hosting
	for j := len(h.active) - 1; j >= 0; j-- {
		slot := h.active[j]
		if s := h.sessions.At(slot); s.atHost == endOpen && int(s.process) == i {
			s.atHost = endClosed
			w.breakSession(slot)
		}
	}
}

// loseSessionsFrom breaks the sessions of a controller that is no more; its hosts
// outlive it. What it sent before is still under way.
func (w *World) loseSessionsFrom(n int) {
	h := &w.hosting
	for j := len(h.active) - 1; j >= 0; j-- {
		slot := h.active[j]
		s := h.sessions.At(slot)
		if int(s.node) != n || s.atController != endOpen {
			continue
		}
		s.atController = endClosed
		if s.atHost == endOpen {
			w.faults[faultHostOutlived]++
		}
		w.breakSession(slot)
	}
}
