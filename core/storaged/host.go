package storaged

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/relation"
)

// Host is one incarnation's state. The zero value awaits its boot input.
type Host struct {
	phase    Phase
	halted   core.Halt
	entropy  [4]uint64
	settings core.HostSettings

	// now, cause and out are those of the step that runs.
	now   clock.Now
	cause core.Cause
	out   *Effects
	// mark is how many effects there were before this step; forgotten: a halt has
	// emptied the state.
	mark      int
	forgotten bool

	// nextEffect and nextSerial are the last ids given out.
	nextEffect core.EffectID
	nextSerial uint64

	// effects finds the lane of an open effect; lanes says which one it is.
	effects flat.Index
	lanes   flat.Slab[laneRef]
	timers  flat.Heap

	session session
	clock   wallBound
	// early are the commands of a session that has not said InitializationComplete;
	// they change nothing if it never does (H-2).
	early flat.Fifo[core.Command]
	// inbox are the commands to be applied, in order. round counts the reconciliations
	// begun; walk and telling are where the two walks over all objects have come to.
	inbox         flat.Fifo[order]
	round         uint64
	walk, telling uint32
	// walkFor is the serial of the session that the walk reconciles for.
	walkFor uint64
	// more is the timer of work that one step left to the next.
	more uint32

	objects flat.Slab[object]
	byID    flat.Index
	// first and last are the ends of the list of objects, in the order of creation.
	first, last uint32
	// replacing counts the objects that wait to begin anew with another definition.
	replacing int

	exports  flat.Slab[export]
	byExport flat.Index
	chunks   flat.Slab[chunk]
	bindings flat.Slab[binding]
	statuses flat.Slab[statusRow]
	// leaving are readers to be closed, of objects that do not need them any more.
	leaving                   flat.Slab[leavingReader]
	firstLeaving, lastLeaving uint32

	// touched lists the objects to settle at the end of the step, and remains until
	// the next one.
	touched []touchedObject
	// uppers and dropped are what the step reports at its end.
	uppers  []core.UpperReport
	dropped []core.GlobalID
	ignored uint64

	updates    flat.Arena[relation.Update]
	reports    flat.Arena[core.UpperReport]
	ids        flat.Arena[core.GlobalID]
	exportList flat.Arena[core.SourceExport]
	// scratch buffers hold nothing between steps.
	scratch struct {
		updates []relation.Update
		bytes   []byte
	}

	// sum is the sum of the digests of the objects that are hashed; dirty lists those
	// that are not.
	sum   digest.Sum
	dirty []touchedObject
}

// touchedObject remembers the serial, because the position may be released.
type touchedObject struct {
	at     uint32
	serial uint64
	id     core.GlobalID
}

// Step takes one input at the present moment and appends the effects that follow
// to out. The input and the buffer belong to the caller.
func (h *Host) Step(now clock.Now, in *Input, out *Effects) {
	h.begin(now, in.Cause, out)
	switch {
	case in.Kind == InputBoot:
		h.boot(&in.Boot)
	case h.phase != PhaseRunning:
		h.ignored++
	default:
		h.take(in)
	}
	h.finish()
}

// take handles the inputs of a running host.
func (h *Host) take(in *Input) {
	switch in.Kind {
	case InputHello:
		h.hello(&in.Hello)
	case InputCommand:
		h.command(in.Session, &in.Command)
	case InputSessionLost:
		h.sessionLost(in.Session)
	case InputPersistDone:
		h.persistDone(in.Effect, &in.Persist)
	case InputSourceDone:
		h.sourceDone(in.Effect, &in.Source)
	case InputSinkDone:
		h.sinkDone(in.Effect, &in.Sink)
	case InputWake:
		h.wake()
	case InputNone, InputBoot, InputKindCount:
		h.ignored++
	default:
		h.ignored++
	}
}

// boot starts the machine; settings that cannot be used halt it.
func (h *Host) boot(b *Boot) {
	if h.phase != PhaseNew {
		h.ignored++
		return
	}
	h.phase = PhaseRunning
	h.entropy = b.Entropy
	if !validSettings(&b.Settings) {
		h.halt(core.HaltContract, "settings at boot", uint64(b.Settings.BackoffMin), uint64(b.Settings.BackoffMax))
		return
	}
	h.settings = b.Settings
}

// begin takes the readings of the clocks; the monotonic one cannot go back.
func (h *Host) begin(now clock.Now, cause core.Cause, out *Effects) {
	h.now.Wall = now.Wall
	h.now.Mono = max(h.now.Mono, now.Mono)
	h.cause, h.out, h.mark = cause, out, out.Len()
	h.touched = h.touched[:0]
}

// finish derives what follows from the step's net result (C-9): commands are
// applied, the objects that were touched are settled, and what came of it is
// reported at once.
func (h *Host) finish() {
	if h.phase == PhaseRunning {
		h.applyOrders()
		for i := 0; i < len(h.touched) && h.phase == PhaseRunning; i++ {
			h.settle(h.touched[i].at)
		}
		h.report()
	}
	if h.phase == PhaseHalted && !h.forgotten {
		h.forget()
	}
	h.uppers, h.dropped = h.uppers[:0], h.dropped[:0]
	h.out = nil
}

// NextWake is the instant at which the host next wants an InputWake, or
// clock.Never. Waking it late, early or twice is harmless.
func (h *Host) NextWake() clock.Instant {
	if h.timers.Len() == 0 {
		return clock.Never
	}
	t, _ := h.timers.Least()
	return clock.Instant(t.At)
}

// touch marks an object to be settled at the end of the step.
func (h *Host) touch(at uint32) {
	o := h.objects.At(at)
	o.cause = h.cause
	if o.touched {
		return
	}
	o.touched = true
	h.unhash(at)
	h.touched = append(h.touched, touchedObject{at, o.serial, o.id})
}

// maxSpan keeps sums of instants and spans far from overflow.
const maxSpan = 366 * 24 * clock.Hour

// validSettings reports whether every span is usable.
func validSettings(s *core.HostSettings) bool {
	for _, d := range [...]clock.Duration{
		s.ReaderLease, s.Heartbeat, s.BackoffMin, s.BackoffMax, s.PersistDeadline, s.ReadDeadline, s.AdvanceEvery,
	} {
		if d <= 0 || d > maxSpan {
			return false
		}
	}
	return s.MaxClockSkew >= 0 && s.MaxClockSkew <= maxSpan &&
		s.BackoffMin <= s.BackoffMax && s.Heartbeat < s.ReaderLease
}
