package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// A lane is one line of work towards one thing outside: at most one effect of it
// is out at a time. While one is out, its timer is the effect's deadline (C-93);
// otherwise it is the instant at which the lane wants to be looked at again.
type lane struct {
	// effect that is out; 0: none.
	effect core.EffectID
	// ref is the effect's entry in Host.lanes.
	ref uint32
	// timer's handle; 0: not armed.
	timer uint32
	// tries counts failures since the last success; nothing is sent before retryAt.
	tries   uint32
	retryAt clock.Instant
}

// laneKind says whose lane it is, and orders timers at the same instant.
type laneKind uint8

const (
	laneNone laneKind = iota
	// laneMain of an ingestion goes to its remap shard, that of an export to the
	// external system and to the input's shard.
	laneMain
	// laneBeat renews the lease of an object's reader.
	laneBeat
	lanePoll
	laneConfirm
	// laneData of an ingestion's export goes to its data shard.
	laneData
	laneStatus
	laneLeave
	timerMore
	laneKinds
)

// laneRef finds the lane of an open effect: kind, and the position of its owner.
type laneRef struct {
	kind  laneKind
	owner uint32
}

// lane is the lane that a reference means, with the object that it works for; none
// works for a reader that leaves.
func (h *Host) lane(ref laneRef) (l *lane, object uint32) {
	switch ref.kind {
	case laneMain:
		return &h.objects.At(ref.owner).main, ref.owner
	case laneBeat:
		return &h.objects.At(ref.owner).beat, ref.owner
	case lanePoll:
		return &h.objects.At(ref.owner).poll, ref.owner
	case laneConfirm:
		return &h.objects.At(ref.owner).confirm, ref.owner
	case laneStatus:
		return &h.objects.At(ref.owner).status, ref.owner
	case laneData:
		e := h.exports.At(ref.owner)
		return &e.write, e.object
	case laneLeave:
		return &h.leaving.At(ref.owner).lane, 0
	case laneNone, timerMore, laneKinds:
	}
	return nil, 0
}

// issue opens an effect on an idle lane, with a deadline, and returns it to be
// filled.
func (h *Host) issue(l *lane, ref laneRef, key uint64, kind EffectKind, deadline clock.Duration) *Effect {
	h.nextEffect++
	l.effect = h.nextEffect
	l.ref = h.lanes.New()
	*h.lanes.At(l.ref) = ref
	h.effects.Put(uint64(l.effect), l.ref)
	h.arm(&l.timer, ref.kind, ref.owner, key, h.now.Mono.Add(deadline))
	e := h.emit(kind)
	e.ID = l.effect
	return e
}

// call issues a persist call on a lane.
func (h *Host) call(l *lane, ref laneRef, key uint64, op persist.Op, shard persist.ShardID) *persist.Call {
	deadline := h.settings.PersistDeadline
	if op == persist.OpSnapshot || op == persist.OpListen {
		deadline = h.settings.ReadDeadline
	}
	c := &h.issue(l, ref, key, EffectPersist, deadline).Persist
	c.Op, c.Shard = op, shard
	return c
}

// settleLane forgets the effect that is out, because it completed or its deadline
// passed; a completion that comes later matches nothing.
func (h *Host) settleLane(l *lane) {
	if l.effect != 0 {
		h.effects.Delete(uint64(l.effect))
		h.lanes.Release(l.ref)
		l.effect, l.ref = 0, 0
	}
	h.disarm(&l.timer)
}

// failed notes a failure and sets the backoff.
func (h *Host) failed(l *lane) {
	l.tries++
	l.retryAt = h.now.Mono.Add(h.backoff(l.tries, h.nextEffect))
}

// pause keeps a lane quiet for a while, without a failure.
func (h *Host) pause(l *lane, d clock.Duration) {
	l.tries, l.retryAt = 0, h.now.Mono.Add(d)
}

// succeeded ends a row of failures.
func (l *lane) succeeded() { l.tries, l.retryAt = 0, 0 }

// ready reports whether the lane may send now. If it must wait, its timer is
// armed; if an effect is out, it is not ready.
func (h *Host) ready(l *lane, ref laneRef, key uint64) bool {
	if l.effect != 0 {
		return false
	}
	if l.retryAt > h.now.Mono {
		h.arm(&l.timer, ref.kind, ref.owner, key, l.retryAt)
		return false
	}
	return true
}

func (h *Host) arm(handle *uint32, kind laneKind, owner uint32, key uint64, at clock.Instant) {
	if *handle != 0 && h.timers.At(*handle) == int64(at) {
		return
	}
	*handle = h.timers.Set(*handle, flat.Timer{At: int64(at), Kind: uint8(kind), Key: key, Ref: owner})
}

func (h *Host) disarm(handle *uint32) {
	h.timers.Remove(*handle)
	*handle = 0
}

// outcomes is the result of a call of any kind; the others are zero.
type outcomes struct {
	persist *persist.Result
	source  *source.Result
	sink    *sink.Result
}

func (h *Host) persistDone(id core.EffectID, res *persist.Result) {
	h.done(id, &outcomes{persist: res})
}

func (h *Host) sourceDone(id core.EffectID, res *source.Result) {
	h.done(id, &outcomes{source: res})
}

func (h *Host) sinkDone(id core.EffectID, res *sink.Result) {
	h.done(id, &outcomes{sink: res})
}

// done takes a completion to the lane that waits for it. One of another kind than
// the call was answers nothing.
func (h *Host) done(id core.EffectID, res *outcomes) {
	at, ok := h.effects.Get(uint64(id))
	if !ok {
		h.ignored++
		return
	}
	ref := *h.lanes.At(at)
	if h.expects(ref) != kindOf(res) {
		h.ignored++
		return
	}
	h.ended(ref, res)
}

func kindOf(res *outcomes) EffectKind {
	switch {
	case res.persist != nil:
		return EffectPersist
	case res.source != nil:
		return EffectSource
	}
	return EffectSink
}

// expects is the kind of the call that is out on a lane.
func (h *Host) expects(ref laneRef) EffectKind {
	switch ref.kind {
	case lanePoll, laneConfirm:
		return EffectSource
	case laneMain:
		if o := h.objects.At(ref.owner); o.def.Kind == core.CommandCreateSink && o.stage.external() {
			return EffectSink
		}
	default:
	}
	return EffectPersist
}

// ended is shared by completions and passed deadlines.
func (h *Host) ended(ref laneRef, res *outcomes) {
	l, object := h.lane(ref)
	h.settleLane(l)
	if object != 0 {
		h.touch(object)
	}
	switch ref.kind {
	case laneMain:
		h.mainEnded(ref.owner, res)
	case laneBeat:
		h.beaten(ref.owner, res.persist)
	case lanePoll:
		h.polled(ref.owner, res.source)
	case laneConfirm:
		h.confirmed(ref.owner, res.source)
	case laneData:
		h.dataEnded(ref.owner, res.persist)
	case laneStatus:
		h.statusEnded(ref.owner, res.persist)
	case laneLeave:
		h.left(ref.owner, res.persist)
	case laneNone, timerMore, laneKinds:
	}
}

// mainEnded tells the two kinds of objects apart.
func (h *Host) mainEnded(at uint32, res *outcomes) {
	switch {
	case h.objects.At(at).def.Kind == core.CommandCreateSource:
		h.remapEnded(at, res.persist)
	case res.sink != nil:
		h.sinkEnded(at, res.sink)
	default:
		h.inputEnded(at, res.persist)
	}
}

// unknown is the result of a call that did not end before its deadline (C-93).
func (h *Host) unknown(ref laneRef) {
	switch h.expects(ref) {
	case EffectSource:
		h.ended(ref, &outcomes{source: &source.Result{Outcome: outcome.Unknown}})
	case EffectSink:
		h.ended(ref, &outcomes{sink: &sink.Result{Outcome: outcome.Unknown}})
	default:
		h.ended(ref, &outcomes{persist: &persist.Result{Outcome: outcome.Unknown}})
	}
}

// maxTimersPerStep bounds the work of one wake; the rest follows at the next one.
const maxTimersPerStep = 1024

// wake fires the timers that are due. What they lead to is decided at the end of
// the step, when the objects that they touched are settled.
func (h *Host) wake() {
	for n := 0; n < maxTimersPerStep && h.phase == PhaseRunning && h.timers.Len() > 0; n++ {
		t, _ := h.timers.Least()
		if t.At > int64(h.now.Mono) {
			return
		}
		ref := laneRef{laneKind(t.Kind), t.Ref}
		h.cause = h.timerCause(ref.kind, clock.Instant(t.At), t.Key)
		h.fire(ref)
	}
}

// fire handles one due timer: if an effect is out, its deadline has passed and its
// outcome is unknown; otherwise the lane only wanted to be looked at.
func (h *Host) fire(ref laneRef) {
	if ref.kind == timerMore {
		h.disarm(&h.more)
		return
	}
	l, object := h.lane(ref)
	if l.effect != 0 {
		h.unknown(ref)
		return
	}
	h.disarm(&l.timer)
	if object != 0 {
		h.touch(object)
		return
	}
	h.driveLeaving(ref.owner)
}

// timerCause is the cause of what a timer leads to: its kind, what it is for, and
// the instant it was set for.
func (h *Host) timerCause(kind laneKind, at clock.Instant, key uint64) core.Cause {
	return core.Cause(h.derive(purposeCause, uint64(kind)<<56^uint64(at), key).Lo)
}
