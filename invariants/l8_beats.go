package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// A controller that reads renews its reader's lease every Heartbeat, whatever else it does
// (C-91). When it is woken, nothing that is due may be left.

// beats are those of one reader of a controller.
type beats struct {
	opening, reading, beat core.EffectID // the latest of each
	// due is when the next one is to be sent; 0: that is not known, or one is out.
	due clock.Instant
	// deadline is when the one that is out is given up.
	deadline clock.Instant
	slot     int32
	missed   uint8
}

// mostMissed is how many wakes may pass before a beat is sent that is due: one wake does
// not do everything if much is due at once.
const mostMissed = 4

// beatIssued takes up a call of a controller with one of its readers.
func (j *Judges) beatIssued(l *life, r *lease, e *core.Effect) {
	switch b := &r.beats; e.Persist.Op {
	case persist.OpOpenLeasedReader:
		*b = beats{opening: e.ID}
	case persist.OpSnapshot:
		b.reading = e.ID
	case persist.OpHeartbeat:
		b.beat, b.due, b.missed = e.ID, 0, 0
		b.deadline = l.mono + span(l.config.PersistDeadline)
	default:
	}
}

// beatsCompleted takes up how such a call ended, as the controller is told. One that succeeds
// after its deadline counts, unless the controller was woken in between and gave it up.
func (j *Judges) beatsCompleted(l *life, f *flight, incarnation uint32, o outcome.Outcome, late bool) {
	if f.op != persist.OpOpenLeasedReader && f.op != persist.OpSnapshot && f.op != persist.OpHeartbeat {
		return
	}
	for i := range j.hosting.leases {
		r := &j.hosting.leases[i]
		if !r.used || r.life != incarnation || r.process != 0 {
			continue
		}
		switch b := &r.beats; f.id {
		case b.opening:
			b.slot = f.slot
			if b.opening = 0; o == outcome.Done && !late {
				b.due = l.mono + span(l.config.Heartbeat)
			}
		case b.reading:
			if late || o == outcome.LeaseExpired || o == outcome.Invalid {
				*b = beats{} // it goes on with another reader
			}
		case b.beat:
			b.beat = 0
			b.due = l.mono + span(l.config.Heartbeat)
			if o == outcome.NotDone || o == outcome.Unknown {
				b.due = l.mono + span(l.config.BackoffMax)
			}
		}
	}
}

// l8Beats judges, when a step is over in which a controller was woken, that the beats that
// are due were sent.
func (j *Judges) l8Beats(incarnation uint32, l *life) {
	if l.wokeStep != j.step || l.halted {
		return
	}
	for i := range j.hosting.leases {
		r := &j.hosting.leases[i]
		b := &r.beats
		if !r.used || r.life != incarnation || r.process != 0 || b.due == 0 && b.beat == 0 {
			continue
		}
		if b.beat != 0 && l.mono >= b.deadline {
			b.beat, b.due = 0, l.mono+span(l.config.BackoffMax)
		}
		if b.due == 0 || l.mono < b.due || b.slot < 0 {
			continue
		}
		if v := j.beliefAt(l.node, b.slot); !v.present || v.view.Phase != core.ShardOpen {
			continue
		}
		j.checked[l8]++
		if b.missed++; b.missed > mostMissed {
			j.violate(l8, l.node, "the reader %x of %v was to be renewed at %d µs, and is not although the controller was woken %d times since, at %d µs last",
				r.reader.Lo, r.shard, b.due, b.missed, l.mono)
			b.missed = 0
		}
	}
}
