package storaged

import (
	"example.com/tidemark/core"
)

// session is the conversation with the controller that the host obeys (H-3).
type session struct {
	// id is the highest that was ever accepted; open says whether it still lasts.
	id   core.Session
	open bool
	// serial counts the sessions accepted.
	serial uint64
	// complete: InitializationComplete arrived. ready: what came before it is
	// reconciled, and the host reports.
	complete, ready bool
}

// older reports whether s is one that v replaces.
func older(s, v core.Session) bool {
	return s.Epoch < v.Epoch || s.Epoch == v.Epoch && s.Nonce < v.Nonce
}

// hello judges a controller's wish for a session (H-3): a deposed controller, and an
// older session of the same one that was delayed, cannot take the host back.
func (h *Host) hello(v *core.Hello) {
	s := &h.session
	switch {
	case v.Session == s.id && s.open:
		h.ignored++
		return
	case !older(s.id, v.Session):
		e := h.emit(EffectRefuse)
		e.Session, e.Fenced = v.Session, s.id
		return
	}
	if s.open {
		h.emit(EffectClose).Session = s.id
	}
	*s = session{id: v.Session, open: true, serial: s.serial + 1}
	h.early.Reset()
	h.telling = 0
	h.clock.learn(v.Wall, h.now.Mono)
	h.emit(EffectAccept).Session = v.Session
}

// emit appends an effect that nobody answers.
func (h *Host) emit(kind EffectKind) *Effect {
	e := h.out.next()
	e.Kind, e.Cause = kind, h.cause
	return e
}

// sessionLost ends the session. What came before its InitializationComplete, if that
// did not come, changes nothing (H-2); everything goes on running.
func (h *Host) sessionLost(v core.Session) {
	if !h.session.open || v != h.session.id {
		h.ignored++
		return
	}
	h.session.open, h.session.complete, h.session.ready = false, false, false
	h.early.Reset()
	h.telling = 0
}

// command takes a message of the session (H-1).
func (h *Host) command(from core.Session, v *core.Command) {
	s := &h.session
	if !s.open || from != s.id || !validCommand(v) {
		h.ignored++
		return
	}
	switch {
	case s.complete && v.Kind == core.CommandInitializationComplete:
		h.ignored++
	case s.complete:
		h.inbox.Push(order{kind: orderCommand, session: s.serial, command: *v})
	case v.Kind == core.CommandInitializationComplete:
		s.complete = true
		h.inbox.Push(order{kind: orderBegin, session: s.serial})
		for h.early.Len() > 0 {
			h.inbox.Push(order{kind: orderCommand, session: s.serial, command: h.early.Pop()})
		}
		h.inbox.Push(order{kind: orderReconcile, session: s.serial})
	default:
		h.early.Push(*v)
	}
}

// validCommand judges a command's form where it enters.
func validCommand(v *core.Command) bool {
	switch v.Kind {
	case core.CommandCreateSource:
		return validSource(&v.Source)
	case core.CommandCreateSink:
		return validSink(&v.Sink)
	case core.CommandAllowCompaction:
		return v.ID.Valid() && v.Frontier.Valid()
	case core.CommandStop:
		return v.ID.Valid()
	case core.CommandUpdateConfiguration:
		return validSettings(&v.Settings)
	case core.CommandInitializationComplete:
		return true
	case core.CommandNone, core.CommandKindCount:
	}
	return false
}

func validSource(s *core.SourceCommand) bool {
	own := false
	for i := range s.Exports {
		x := &s.Exports[i]
		if !x.ID.Valid() || noShard(x.Data) || !x.Schema.Valid() {
			return false
		}
		own = own || x.ID == s.ID
		for k := range s.Exports[:i] {
			if s.Exports[k].ID == x.ID || s.Exports[k].Output == x.Output {
				return false
			}
		}
	}
	return s.ID.Valid() && own && !noShard(s.Remap)
}

// validSink reports whether an export can be run. An empty as_of is that of one whose
// output is complete: its controller needs nothing of the input any more.
func validSink(s *core.SinkCommand) bool {
	return s.ID.Valid() && !noShard(s.Data) && s.Schema.Valid() && s.AsOf.Valid()
}
