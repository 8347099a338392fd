package shardtrial

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/sim/shardstack"
)

// event is a call of a store that takes effect, or that is answered.
type event struct {
	at      clock.Instant
	serial  uint64
	applies bool
	call    *below
	// as is what is reported; none: what came of it.
	as outcome.Outcome
}

// below is a call that a machine has made of a store.
type below struct {
	machine   int
	life      uint32
	number    uint32
	effect    shard.Effect
	consensus consensus.Result
	batch     shard.BatchResult
	// events are those to come; then it is memory.
	events int
}

// fly draws what becomes of a call of a store.
func (t *Trial) fly(i int, e *shard.Effect) {
	c := t.newBelow()
	c.machine, c.life, c.number, c.effect = i, t.machines[i].life, t.machines[i].number, *e
	d := &t.dice
	took := clock.Instant(d.N(5000) + 1)
	lands := t.mono + clock.Instant(d.N(int(took)))
	applies, answers, as := true, true, outcome.None
	if d.N(1000) < t.permille {
		switch d.N(6) {
		case 0:
			as = outcome.Unknown
		case 1:
			as, applies = outcome.Unknown, false
		case 2:
			as, lands = outcome.Unknown, t.mono+took+clock.Instant(d.N(200_000))
		case 3:
			as, applies = outcome.NotDone, false
		case 4:
			answers, applies = false, d.N(2) == 0
		default:
			took *= 30 // later than the deadline, perhaps
		}
	}
	if applies {
		t.push(event{at: lands, applies: true, call: c})
	}
	if answers {
		t.push(event{at: t.mono + took, call: c, as: as})
	}
}

func (t *Trial) push(e event) {
	t.serial++
	e.serial = t.serial
	e.call.events++
	t.events = append(t.events, e)
}

func (t *Trial) newBelow() *below {
	n := len(t.spare)
	if n == 0 {
		return &below{}
	}
	c := t.spare[n-1]
	t.spare = t.spare[:n-1]
	*c = below{}
	return c
}

// next lets the next thing happen that is due by then; it reports whether there was one.
func (t *Trial) next(until clock.Instant) bool {
	first := -1
	for i := range t.events {
		e := &t.events[i]
		if first < 0 || e.at < t.events[first].at || e.at == t.events[first].at && e.serial < t.events[first].serial {
			first = i
		}
	}
	wakes, at := -1, clock.Never
	for i := range t.machines {
		m := &t.machines[i]
		if w := m.core.NextWake(); w != clock.Never && w+m.born < at {
			wakes, at = i, w+m.born
		}
	}
	switch {
	case wakes >= 0 && at <= until && (first < 0 || at < t.events[first].at):
		t.mono = max(t.mono, at)
		t.input = shard.Input{Kind: shard.InputWake}
		t.step(wakes)
	case first >= 0 && t.events[first].at <= until:
		e := t.events[first]
		t.events[first] = t.events[len(t.events)-1]
		t.events = t.events[:len(t.events)-1]
		t.mono = max(t.mono, e.at)
		t.happen(&e)
		if e.call.events--; e.call.events == 0 {
			t.spare = append(t.spare, e.call)
		}
	default:
		return false
	}
	return true
}

func (t *Trial) happen(e *event) {
	c := e.call
	if e.applies {
		t.apply(c)
		return
	}
	if t.machines[c.machine].life != c.life {
		return
	}
	t.input = shard.Input{Kind: shard.InputConsensusDone, Effect: c.effect.Effect, Consensus: c.consensus, Batch: c.batch}
	if e.as != outcome.None {
		t.input.Consensus, t.input.Batch = consensus.Result{Outcome: e.as}, shard.BatchResult{Outcome: e.as}
	}
	if c.effect.Kind == shard.EffectBatch {
		t.input.Kind = shard.InputBatchDone
	}
	t.step(c.machine)
}

// apply lets a call of a store take effect, whatever became of the machine.
func (t *Trial) apply(c *below) {
	if c.effect.Kind == shard.EffectBatch {
		shardstack.ApplyBatch(&t.blobs, &c.effect.Batch, &c.batch)
		t.applied(c)
		return
	}
	if !c.effect.Consensus.Valid() {
		t.fail("%v: a malformed call of the consensus store: %v", c.effect.Shard, c.effect.Consensus.Op)
		return
	}
	t.consensus.HideHead(t.dice.N(4) == 0)
	t.consensus.Apply(&c.effect.Consensus, &c.consensus)
	t.applied(c)
	if c.effect.Consensus.Op == consensus.OpCompareAndSet && c.consensus.Outcome == outcome.Done {
		t.committed(t.groundOf(c.effect.Shard), &c.effect)
	}
}

// applied tells the watcher that a call took effect.
func (t *Trial) applied(c *below) {
	if t.Watcher != nil {
		in := shard.Input{Effect: c.effect.Effect, Consensus: c.consensus, Batch: c.batch}
		t.Watcher.Applied(Machine{t.mono, c.machine, c.number}, &c.effect, &in)
	}
}
