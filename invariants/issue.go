package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

func span(d clock.Duration) clock.Instant { return clock.Instant(d) }

// third is how old a proof of leadership may be when a hold is granted (C-48).
func third(l *life) clock.Instant { return span(l.config.HoldLease / 3) }

// issued judges a call as it leaves a controller.
func (j *Judges) issued(o *Observation) {
	l := j.lifeOf(o.Incarnation)
	if l == nil || o.Effect == nil {
		return
	}
	j.active = true
	if !l.ended {
		l.mono = o.Now.Mono
	}
	e := o.Effect
	if l.halted {
		j.violate(s12, l.node, "a halted controller sent a call")
	}
	if j.staleStep == j.step && !l.ended {
		j.s13StaleIssued(l, e)
	}
	if (e.Kind == core.EffectHost || e.Kind == core.EffectOrchestrator) && !l.ended {
		j.s12Outside(l, o.Incarnation, e)
	}
	if e.Kind == core.EffectHost && !l.ended {
		j.s13Issued(l, o.Incarnation, e)
	}
	if (e.Kind == core.EffectHost || e.Kind == core.EffectOrchestrator) && !l.ended {
		j.outsideIssued(l, o.Incarnation, e)
	}
	if e.Kind != core.EffectPersist && e.Kind != core.EffectStash {
		return
	}
	j.s12Issued(l, o)
	j.s12Formed(l, e)
	if l.ended {
		return
	}
	f := j.newFlight(o.Incarnation, e.ID)
	f.issued = l.mono
	if e.Kind == core.EffectStash {
		f.stash, f.stashOp = true, e.Stash.Op
		f.deadline = l.mono + span(l.config.StashDeadline)
		j.tried(l, &l.stash, persist.OpNone, e.ID, persist.ReaderID{}, f.deadline)
		j.stashIssued(l, &e.Stash)
		return
	}
	c := &e.Persist
	f.op = c.Op
	f.deadline = l.mono + span(l.config.PersistDeadline)
	if c.Op == persist.OpSnapshot {
		f.deadline = l.mono + span(l.config.ReadDeadline)
	}
	si := j.shardIndex.find(c.Shard.Hi, c.Shard.Lo)
	if si >= 0 {
		f.slot = j.shards[si].slot
	}
	j.s9Issued(l, f.slot, c)
	j.s7Issued(l, c)
	if f.slot < 0 {
		return
	}
	found := len(j.violations)
	j.readIssued(l, f, c)
	j.persistIssued(l, f, si, c)
	if len(j.violations) == found {
		j.s12Retried(l, f, c) // else it is no repetition
	}
}

func (j *Judges) persistIssued(l *life, f *flight, si int32, c *persist.Call) {
	switch c.Op {
	case persist.OpCompareAndAppend:
		f.batch = j.s5Issued(l, f.life, f.slot, si, c)
		f.token = c.Token
	case persist.OpCompareAndDowngradeSince:
		j.s1Issued(l, f.slot, c)
		j.s3Issued(l, f.slot, c)
		j.s9Downgrade(l, f.slot, c)
	case persist.OpFinalize:
		j.s9FinalIssued(l, f.slot, &j.shards[si])
	default:
	}
}

func (j *Judges) stashIssued(l *life, c *stash.Call) {
	if c.Op == stash.OpTakeOver {
		l.nonce = c.Nonce
	} else if l.maybeKnown {
		l.known = true
	}
	j.s7StashIssued(l, c)
	j.controlSent(l, c)
	if len(j.hosting.exports) > 0 {
		j.recordsSent(l, c)
	}
}

// completed takes up what a controller is told of the end of a call.
func (j *Judges) completed(o *Observation) {
	l := j.lifeOf(o.Incarnation)
	if l == nil || l.ended {
		return
	}
	j.active = true
	l.mono = o.Now.Mono
	j.hostCompleted(l, o)
	if o.Effect == nil {
		return
	}
	i := j.flightIndex.find(uint64(o.Incarnation), uint64(o.Effect.ID))
	if i < 0 {
		return
	}
	f := j.flights[i]
	j.freeFlightAt(i)
	// At its deadline or after it the controller may have given the call up.
	late := l.mono >= f.deadline
	if f.stash {
		j.stashCompleted(l, &f, o.StashResult, late)
		j.s12Woken(l, &l.stash, &f, o.Wake)
		return
	}
	if o.PersistResult != nil {
		j.beatsCompleted(l, &f, o.Incarnation, o.PersistResult.Outcome, late)
		j.persistCompleted(l, &f, o.PersistResult, late)
		if f.slot >= 0 {
			if b := j.beliefAt(l.node, f.slot); j.surelyRepeated(b, &f) {
				j.s12Woken(l, &b.tries[f.op], &f, o.Wake)
			}
		}
	}
}

func (j *Judges) stashCompleted(l *life, f *flight, r *stash.Result, late bool) {
	if r == nil || l.halted {
		return
	}
	j.ownStashTold(l)
	l.stash.ended(l, f.id, r.Outcome == outcome.NotDone || r.Outcome == outcome.Unknown, late)
	if late || r.Outcome != outcome.Done {
		l.trouble()
	}
	switch r.Outcome {
	case outcome.Done:
		if l.rehosted {
			l.rehosted = false
			j.unpacedHosts()
		}
		l.clock.learn(r.ServerTime, l.mono, late)
		l.provedAt, l.provedTold, l.proved = max(l.provedAt, f.issued), l.mono, true
		if !late {
			l.provedSurely = max(l.provedSurely, f.issued)
		}
		if f.stashOp == stash.OpTakeOver && !l.known {
			j.tookOver(l, late)
		}
	case outcome.Fenced:
		l.fence = true
		l.mustHalt = l.mustHalt || !late
	default:
	}
}

// tookOver notes that the controller learns of its take-over: C-48's time begins.
func (j *Judges) tookOver(l *life, late bool) {
	l.known = !late
	l.graceLast = l.mono + span(l.config.HoldLease) + span(l.config.ClockMargin)
	if !l.maybeKnown {
		l.graceEnds = l.graceLast
	}
	l.maybeKnown = late
}

func (j *Judges) persistCompleted(l *life, f *flight, r *persist.Result, late bool) {
	replaced := r.Outcome == outcome.Fenced || f.op == persist.OpOpenCritical && r.Outcome == outcome.Done && r.Opaque.Epoch >= l.epoch && r.Opaque != l.opaque
	l.fence = l.fence || replaced
	if f.slot < 0 {
		return // judges of a journal know nothing of a collection whose create nobody saw end
	}
	b := j.beliefAt(l.node, f.slot)
	if f.op <= persist.OpListen {
		b.tries[f.op].ended(l, f.id, fails(f.op, r.Outcome) || j.lostClosing(f, r), late)
	}
	j.readCompleted(l, f, r, late)
	switch f.op {
	case persist.OpCompareAndAppend:
		j.s5Completed(f, r, late)
	case persist.OpCompareAndDowngradeSince:
		b.downgradeOK = b.downgradeOK || r.Outcome == outcome.Done && !late && b.downgradeAt == f.issued
	default:
	}
	l.mustHalt = l.mustHalt || replaced && !late && b.present && b.view.Phase != core.ShardFailed
	if !late {
		j.l6Learned(l, f, b, r)
	}
}

// hostCompleted takes up what a controller is told of a call to a host or to the
// orchestrator: a newer epoch halts it.
func (j *Judges) hostCompleted(l *life, o *Observation) {
	h := o.Hosted
	if h == nil {
		return
	}
	j.s12OutsideEnded(l, o)
	j.s13Connected(o)
	inTime := j.outsideEnded(l, o)
	if r := h.HostResult; r != nil && r.Outcome == outcome.Fenced {
		l.fence, j.topEpoch = true, max(j.topEpoch, r.Epoch)
		l.mustHalt = l.mustHalt || inTime
	}
	if r := h.OrchestratorResult; r != nil && r.Outcome == outcome.Fenced {
		l.fence, j.topEpoch = true, max(j.topEpoch, r.Epoch)
		l.mustHalt = l.mustHalt || inTime
	}
}
