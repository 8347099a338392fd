package shard

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/digest"
	"example.com/tidemark/core/flat"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
)

// Machine makes calls of all shards that one process uses. The zero value awaits
// its boot input. It belongs to one goroutine.
type Machine struct {
	booted  bool
	config  Config
	entropy [4]uint64
	// minted counts the names that were given out.
	minted uint64
	// serial counts the inputs.
	serial     uint64
	nextEffect EffectID

	// now and out are those of the step that runs.
	now clock.Now
	out *Effects

	slots   flat.Slab[slot]
	byShard flat.Index

	calls flat.Slab[call]

	flights  flat.Slab[flight]
	byEffect flat.Index
	timers   flat.Heap

	// merging and sweeping count what is under way.
	merging  uint32
	sweeping uint32
	// doomed are the blobs to be deleted, the next of them not before deleteAt.
	doomed   flat.Fifo[doomedBlob]
	deleteAt clock.Instant
	// lingering are the merges that wait for a commit.
	lingering flat.Fifo[lingering]
}

// Step takes one input at the present moment and appends the effects that follow to
// out. The input and the buffer belong to the caller.
func (m *Machine) Step(now clock.Now, in *Input, out *Effects) {
	m.now, m.out = now, out
	m.serial++
	switch {
	case in.Kind == InputBoot:
		m.boot(&in.Boot)
	case !m.booted:
		if in.Kind == InputCall {
			m.respond(in.ID, &persist.Result{Outcome: outcome.NotDone})
		}
	default:
		m.take(in)
	}
	m.out = nil
}

// take handles the inputs of a machine that runs.
func (m *Machine) take(in *Input) {
	switch in.Kind {
	case InputCall:
		m.accept(in.ID, &in.Call)
	case InputConsensusDone:
		if f, ok := m.land(in.Effect); ok {
			m.consensusDone(&f, &in.Consensus)
		}
	case InputBatchDone:
		if f, ok := m.land(in.Effect); ok {
			m.batchDone(&f, &in.Batch)
		}
	case InputCompact:
		at := m.slotOf(in.Call.Shard)
		m.slots.At(at).wanted = true
		m.advance(at)
	case InputWake:
	case InputNone, InputBoot, InputKindCount:
	}
	m.tick()
}

// boot starts the machine. With settings that cannot be used it stays as it is, and
// does nothing that it is asked.
func (m *Machine) boot(b *Boot) {
	if m.booted || !b.Config.Valid() {
		return
	}
	m.booted, m.config, m.entropy = true, b.Config, b.Entropy
}

// tick does what the time has come for.
func (m *Machine) tick() {
	for m.timers.Len() > 0 {
		t, _ := m.timers.Least()
		if clock.Instant(t.At) > m.now.Mono {
			break
		}
		f, ok := m.land(EffectID(t.Key))
		if !ok {
			break
		}
		m.overdue(&f)
	}
	m.stopLingering()
	m.deleteDoomed()
}

// NextWake is when the machine wants to be woken; Never if it waits for nothing.
func (m *Machine) NextWake() clock.Instant {
	wake := clock.Never
	if m.timers.Len() > 0 {
		t, _ := m.timers.Least()
		wake = clock.Instant(t.At)
	}
	if m.doomed.Len() > 0 {
		wake = min(wake, max(m.deleteAt, m.doomed.At(0).at))
	}
	if m.lingering.Len() > 0 {
		wake = min(wake, m.lingering.At(0).at)
	}
	return wake
}

// Idle reports whether every call is answered and nothing is under way below.
func (m *Machine) Idle() bool { return m.calls.Len() == 0 && m.flights.Len() == 0 }

// mint is a name that nobody else gives out.
func (m *Machine) mint() (hi, lo uint64) {
	m.minted++
	d := digest.New(domainName)
	for _, e := range m.entropy {
		d.U64(e)
	}
	d.U64(m.minted)
	sum := d.Sum()
	return sum.Hi, sum.Lo
}

// CopyFrom makes m an independent copy of src, reusing m's memory.
func (m *Machine) CopyFrom(src *Machine) {
	if m == src {
		return
	}
	m.booted, m.config, m.entropy, m.minted = src.booted, src.config, src.entropy, src.minted
	m.serial, m.nextEffect = src.serial, src.nextEffect
	m.now, m.out = clock.Now{}, nil
	m.slots.CopyFrom(&src.slots)
	for at := range m.slots.Span() {
		m.slots.At(at).own()
	}
	m.byShard.CopyFrom(&src.byShard)
	m.calls.CopyFrom(&src.calls)
	for at := range m.calls.Span() {
		m.calls.At(at).own()
	}
	m.flights.CopyFrom(&src.flights)
	m.byEffect.CopyFrom(&src.byEffect)
	m.timers.CopyFrom(&src.timers)
	m.merging, m.sweeping = src.merging, src.sweeping
	m.doomed.CopyFrom(&src.doomed)
	m.deleteAt = src.deleteAt
	m.lingering.CopyFrom(&src.lingering)
}

// respond answers a call.
func (m *Machine) respond(id CallID, r *persist.Result) {
	e := m.out.next()
	e.Kind, e.ID, e.Result = EffectRespond, id, *r
}

// report tells of a problem.
func (m *Machine) report(id persist.ShardID, key string, p Problem) {
	e := m.out.next()
	e.Kind, e.Shard, e.Key, e.Problem = EffectProblem, id, key, p
}
