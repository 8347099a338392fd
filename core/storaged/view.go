package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged/source"
)

// Phase is how far a host has come.
type Phase uint8

// Phases of an incarnation.
const (
	// PhaseNew: no boot input yet.
	PhaseNew Phase = iota
	// PhaseRunning: it obeys whoever has a session.
	PhaseRunning
	// PhaseHalted: it has stopped for good. This is a bug, of the host or of a store
	// that breaks its contract (C-4).
	PhaseHalted
)

// String is the phase's name.
func (p Phase) String() string {
	switch p {
	case PhaseNew:
		return "new"
	case PhaseRunning:
		return "running"
	case PhaseHalted:
		return "halted"
	}
	return "phase?"
}

// View is what cannot be seen of a host from outside: read-only, a few words, cheap
// to take after every step.
type View struct {
	Phase Phase
	Halt  core.Halt
	// Session is the highest that was accepted; Open says whether it lasts, Ready that
	// the host has reconciled with it and reports.
	Session     core.Session
	Open, Ready bool
	// Objects, OpenEffects and WaitingCommands count what is there and outstanding.
	Objects, OpenEffects, WaitingCommands int
	// Ignored counts messages and completions that meant nothing; ClockAlarms times at
	// which a chosen data time had to be bounded (C-55).
	Ignored, ClockAlarms uint64
}

// Condition is how far an object has come, in words that judges need.
type Condition uint8

// Conditions of an object.
const (
	// Starting: it finds out where to go on.
	Starting Condition = iota
	// Running: it reads and writes.
	Running
	// Fenced: another copy of the export has taken over; this one writes nothing.
	Fenced
	// Finished: everything is written and closed.
	Finished
	// Failed: a shard is gone for ever.
	Failed
	// Ending: it begins nothing new, and finds out what became of what it began.
	Ending
)

// String is the condition's name.
func (c Condition) String() string {
	switch c {
	case Starting:
		return "starting"
	case Running:
		return "running"
	case Fenced:
		return "fenced"
	case Finished:
		return "finished"
	case Failed:
		return "failed"
	case Ending:
		return "ending"
	}
	return "condition?"
}

// ObjectView is what a host knows of an ingestion or an export that it runs.
type ObjectView struct {
	ID        core.GlobalID
	Sink      bool
	Condition Condition
	// Frontier of an ingestion is its remap shard's upper as far as bindings are known,
	// that of an export its durable progress.
	Frontier frontier.Frontier
	// Bound is the offset that an ingestion knows to be bound at the last time before that.
	Bound source.Offset
	// AsOf is where an export starts if nothing is out yet.
	AsOf frontier.Frontier
	// Resume is the time that this run of an export reads from, or read from; minimum
	// until it has begun to.
	Resume frontier.Frontier
	// Reader is the leased reader of the remap shard or of the input, on Input, if
	// Reading; Since is where it stands.
	Reading bool
	Reader  persist.ReaderID
	Input   persist.ShardID
	Since   frontier.Frontier
	// Exports is how many collections an ingestion fills; ExportAt has them.
	Exports int
	// Buffered counts records that are not written everywhere yet.
	Buffered int
}

// ExportView is what a host knows of a collection that an ingestion fills.
type ExportView struct {
	ID   core.GlobalID
	Data persist.ShardID
	// Upper is the data shard's, if Known; Resume the one at which this run began.
	Upper, Resume frontier.Frontier
	Known, Ending bool
}

// View fills v with what cannot be seen from outside.
func (h *Host) View(v *View) {
	*v = View{
		Phase: h.phase, Halt: h.halted, Session: h.session.id, Open: h.session.open, Ready: h.session.ready,
		Objects: h.objects.Len(), OpenEffects: h.effects.Len(), WaitingCommands: h.early.Len() + h.inbox.Len(),
		Ignored: h.ignored, ClockAlarms: h.clock.alarms,
	}
}

// Kept counts everything that is kept in memory, reachable or not.
func (h *Host) Kept() int {
	return h.effects.Len() + h.lanes.Len() + h.timers.Len() + h.early.Len() + h.inbox.Len() +
		h.objects.Len() + h.byID.Len() + h.exports.Len() + h.byExport.Len() +
		h.chunks.Len() + h.bindings.Len() + h.statuses.Len() + h.leaving.Len()
}

// Touched is the number of objects whose view may have changed in the latest step,
// new ones and removed ones included, in a deterministic order.
func (h *Host) Touched() int { return len(h.touched) }

// TouchedAt fills v with the i-th of them; it reports false, with only the id set, if
// the host does not run it any more.
func (h *Host) TouchedAt(i int, v *ObjectView) bool {
	t := h.touched[i]
	o := h.objects.At(t.at)
	if o.serial != t.serial {
		*v = ObjectView{ID: t.id}
		return false
	}
	viewObject(o, v)
	return true
}

// Find fills v with the object of an id; it reports false if the host does not run it.
func (h *Host) Find(id core.GlobalID, v *ObjectView) bool {
	at, ok := h.byID.Get(key(id))
	if ok {
		viewObject(h.objects.At(at), v)
	}
	return ok
}

// Each calls f with every object, in the order of creation, until it returns false.
// The view is f's only until it returns.
func (h *Host) Each(f func(v *ObjectView) bool) {
	var v ObjectView
	for at := h.first; at != 0; at = h.objects.At(at).next {
		viewObject(h.objects.At(at), &v)
		if !f(&v) {
			return
		}
	}
}

// FindExport fills v with a collection that an ingestion fills; it reports false if
// the host fills none of that id.
func (h *Host) FindExport(id core.GlobalID, v *ExportView) bool {
	i, ok := h.byExport.Get(key(id))
	if ok {
		e := h.exports.At(i)
		*v = ExportView{ID: e.id, Data: e.data, Upper: e.upper, Resume: e.resumed, Known: e.known, Ending: e.ending}
	}
	return ok
}

func viewObject(o *object, v *ObjectView) {
	*v = ObjectView{
		ID: o.id, Sink: o.def.Kind == core.CommandCreateSink, Condition: conditionOf(o), Frontier: o.in.upper, Bound: o.in.bound,
		Reading: o.reading, Reader: o.reader, Input: o.input(), Since: o.since,
		Exports: int(o.exportCount), Buffered: int(o.in.buffered),
	}
	if v.Sink {
		v.Frontier, v.AsOf, v.Resume = o.out.progress, o.def.Sink.AsOf, o.out.resumed
	}
}

func conditionOf(o *object) Condition {
	switch {
	case o.ending:
		return Ending
	case o.stage == stageFinished:
		return Finished
	case o.stage == stageFailed:
		return Failed
	case o.stage == stageFenced:
		return Fenced
	case o.stage < stageRunning || o.stage == stageFencing || o.stage == stageInput:
		return Starting
	}
	return Running
}
