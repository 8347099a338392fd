package core

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// A lane is one line of work towards one thing outside: at most one effect of it
// is out at a time. While one is out, its timer is the effect's deadline (C-93);
// otherwise it is the instant at which the lane wants to be looked at again.
type lane struct {
	// effect that is out; 0: none.
	effect EffectID
	// ref is the effect's entry in Controller.lanes.
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
	laneStash
	laneOpen
	laneSince
	laneWrite
	laneFetch
	laneRead
	laneBeat
	timerDeadline
	timerHold
	timerGrace
	timerSweep
	timerTick
	laneFinal
	laneService
	laneServices
	laneConnect
	timerMove
	timerGiveUp
	timerToken
)

// laneRef finds the lane of an open effect: kind, and the position of its owner.
type laneRef struct {
	kind  laneKind
	owner uint32
}

// issue opens an effect on an idle lane, with a deadline, and returns it to be
// filled.
func (c *Controller) issue(l *lane, kind laneKind, owner uint32, key uint64, deadline clock.Duration) *Effect {
	c.nextEffect++
	l.effect = c.nextEffect
	l.ref = c.lanes.New()
	*c.lanes.At(l.ref) = laneRef{kind, owner}
	c.effects.Put(uint64(l.effect), l.ref)
	c.arm(&l.timer, kind, owner, key, c.now.Mono.Add(deadline))
	e := c.out.next()
	e.ID, e.Cause = l.effect, c.cause
	return e
}

// call issues a persist call on a lane.
func (c *Controller) call(l *lane, kind laneKind, owner uint32, key uint64, deadline clock.Duration) *persist.Call {
	e := c.issue(l, kind, owner, key, deadline)
	e.Kind = EffectPersist
	return &e.Persist
}

// settleLane forgets the effect that is out, because it completed or its deadline
// passed; a completion that comes later matches nothing.
func (c *Controller) settleLane(l *lane) {
	if l.effect != 0 {
		c.effects.Delete(uint64(l.effect))
		c.lanes.Release(l.ref)
		l.effect, l.ref = 0, 0
	}
	c.disarm(&l.timer)
}

// failed notes a failure and sets the backoff.
func (c *Controller) failed(l *lane) {
	l.tries++
	l.retryAt = c.now.Mono.Add(c.backoff(l.tries, c.nextEffect))
}

// succeeded ends a row of failures.
func (l *lane) succeeded() { l.tries, l.retryAt = 0, 0 }

// ready reports whether the lane may send now. If it must wait, its timer is
// armed; if an effect is out, it is not ready.
func (c *Controller) ready(l *lane, kind laneKind, owner uint32, key uint64, notBefore clock.Instant) bool {
	if l.effect != 0 {
		return false
	}
	at := max(l.retryAt, notBefore)
	if at > c.now.Mono {
		c.arm(&l.timer, kind, owner, key, at)
		return false
	}
	return true
}

func (c *Controller) arm(handle *uint32, kind laneKind, owner uint32, key uint64, at clock.Instant) {
	if *handle != 0 && c.timers.At(*handle) == int64(at) {
		return
	}
	*handle = c.timers.Set(*handle, flat.Timer{At: int64(at), Kind: uint8(kind), Key: key, Ref: owner})
}

func (c *Controller) disarm(handle *uint32) {
	c.timers.Remove(*handle)
	*handle = 0
}

// persistDone takes the completion of a persist call to the lane that waits for it.
func (c *Controller) persistDone(id EffectID, res *persist.Result) {
	ref, ok := c.effects.Get(uint64(id))
	if !ok || c.phase != PhaseRunning {
		c.ignored++
		return
	}
	c.persistEnded(*c.lanes.At(ref), res)
}

// persistEnded is shared by completions and passed deadlines.
func (c *Controller) persistEnded(l laneRef, res *persist.Result) {
	switch l.kind {
	case laneOpen:
		c.opened(l.owner, res)
	case laneSince:
		c.sinceMoved(l.owner, res)
	case laneWrite:
		c.written(l.owner, res)
	case laneFetch:
		c.fetched(l.owner, res)
	case laneRead:
		c.read(l.owner, res)
	case laneBeat:
		c.beaten(l.owner, res)
	case laneFinal:
		c.finalStep(l.owner, res)
	case laneNone, laneStash, laneService, laneServices, laneConnect, timerDeadline, timerHold,
		timerGrace, timerSweep, timerTick, timerMove, timerGiveUp, timerToken:
		c.ignored++
	}
}

// maxTimersPerStep bounds the work of one wake; the rest follows at the next one. So
// does the rest of a walk over all collections.
const maxTimersPerStep = 1024

// wake fires the timers that are due.
func (c *Controller) wake() {
	for n := 0; n < maxTimersPerStep && c.phase != PhaseHalted && c.timers.Len() > 0; n++ {
		t, _ := c.timers.Least()
		if t.At > int64(c.now.Mono) {
			return
		}
		c.cause = c.timerCause(laneKind(t.Kind), clock.Instant(t.At), t.Key)
		kind := laneKind(t.Kind)
		c.fire(kind, t.Ref)
		if c.sweep.timer != 0 && (kind == timerSweep || kind == timerGrace) {
			return
		}
	}
}

// timerCause is the cause of what a timer leads to: its kind, what it is for, and
// the instant it was set for.
func (c *Controller) timerCause(kind laneKind, at clock.Instant, key uint64) Cause {
	return Cause(c.derive(purposeCause, uint64(kind)<<56^uint64(at), key).Lo)
}

// fire handles one due timer. Whoever handles it disarms or re-arms it.
func (c *Controller) fire(kind laneKind, owner uint32) {
	switch kind {
	case laneStash:
		c.stashTimer()
	case laneOpen, laneSince, laneWrite, laneFetch, laneFinal:
		c.touch(owner)
		c.laneTimer(c.collections.At(owner).lane(kind), laneRef{kind, owner})
	case laneRead:
		s := c.snapshots.At(owner)
		c.touch(s.collection)
		c.laneTimer(&s.main, laneRef{kind, owner})
	case laneBeat:
		s := c.snapshots.At(owner)
		c.touch(s.collection)
		c.laneTimer(&s.beat, laneRef{kind, owner})
	case timerDeadline:
		c.deadline(owner)
	case timerHold:
		c.lapse(owner)
	case timerGrace:
		c.endGrace()
	case timerSweep:
		c.sweepOn()
	case timerTick:
		c.tick()
	case laneService, laneServices, laneConnect:
		c.hostTimer(kind, owner)
	case timerMove:
		c.disarm(&c.objects.At(owner).timer)
		c.touchObject(owner)
	case timerGiveUp:
		c.giveUpOn(owner)
	case timerToken:
		c.tokenLapses(owner)
	case laneNone:
	}
}

// laneTimer: if an effect is out, its deadline has passed and its outcome is
// unknown (C-93); otherwise the lane only wanted to be looked at.
func (c *Controller) laneTimer(l *lane, ref laneRef) {
	if l.effect == 0 {
		c.disarm(&l.timer)
		return
	}
	unknown := persist.Result{Outcome: outcome.Unknown}
	c.persistEnded(ref, &unknown)
}
