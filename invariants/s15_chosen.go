package invariants

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/core/storaged/source"
)

// The times at which a process binds what it has polled, and what it takes for bound (H-11,
// H-12).

// bindingsKnown is what a run of an ingestion knows of its bindings, and has asked for.
type bindingsKnown struct {
	// of is the place of the ingestion, and one more.
	of int32
	// last is the latest durable binding that it can know, and one more; upper up to where
	// that was looked for.
	last  int32
	upper frontier.Frontier
	// token is of the latest append of bindings. at is when that was sent first, before
	// when the one before it was.
	token      persist.Token
	at, before clock.Instant
}

// s15Knows judges that what a run takes for bound is what is durably bound.
func (j *Judges) s15Knows(v *HostObservation, r *hostedRun) {
	h, k := &j.hosting, &r.knows
	if v.Object.Condition == storaged.Ending {
		k.token, k.at, k.before = persist.Token{}, 0, 0
	}
	if v.Object.Condition != storaged.Running || v.Object.Frontier == (frontier.Frontier{}) {
		return
	}
	if k.of == 0 {
		if k.of = j.ingestionNamed(r.id) + 1; k.of == 0 {
			return
		}
	}
	f := &h.ingestions[k.of-1]
	if f.strayed {
		return
	}
	j.checked[s15]++
	if now := j.shards[f.remap].now.Upper; !atMost(v.Object.Frontier, now) {
		j.violate(s15, Foreign, "process %d of %v knows what is bound for %v up to %v, but that is complete up to %v only", v.Process, v.Host, r.id, v.Object.Frontier, now)
		f.strayed = true
		return
	}
	if bound := j.boundBefore(f, k, v.Object.Frontier); bound != v.Object.Bound {
		j.violate(s15, Foreign, "process %d of %v takes offset %d for what is bound for %v up to %v; it is %d", v.Process, v.Host, v.Object.Bound, r.id, v.Object.Frontier, bound)
		f.strayed = true
	}
}

// boundBefore is the offset that is durably bound at the last time before an upper.
func (j *Judges) boundBefore(f *filling, k *bindingsKnown, upper frontier.Frontier) source.Offset {
	h := &j.hosting
	if f.lastBinding >= 0 && before(at(h.bindings[f.lastBinding].time), upper) {
		return f.bound
	}
	if before(upper, k.upper) {
		k.last = 0
	}
	k.upper = upper
	for {
		next := f.firstBinding
		if k.last > 0 {
			next = h.bindings[k.last-1].next
		}
		if next < 0 || !before(at(h.bindings[next].time), upper) {
			break
		}
		k.last = next + 1
	}
	if k.last == 0 {
		return 0
	}
	return h.bindings[k.last-1].offset
}

// s15Chosen judges the times that a process chooses for bindings: not later than its
// bounded clock, or than what is there already, and there no more often than it may.
func (j *Judges) s15Chosen(o *Observation) {
	v := o.Hosted
	c := &v.Effect.Persist
	if v.Effect.Kind != storaged.EffectPersist || c.Op != persist.OpCompareAndAppend || c.Expected.Empty {
		return
	}
	i := j.hosting.ingestionOf.find(c.Shard.Hi, c.Shard.Lo)
	if i < 0 {
		return
	}
	p, f := j.processOf(v), &j.hosting.ingestions[i]
	last := frontier.Timestamp(0)
	for k := f.first; k < f.last; k++ {
		last = max(last, j.shards[j.hosting.outputs[k].shard].now.Upper.T)
	}
	j.checked[s15]++
	if len(c.Updates) == 0 && !c.Upper.Empty && (c.Upper.T > max(p.clock.peak, last)+1 || c.Expected.T > p.clock.peak) {
		j.violate(s15, Foreign, "process %d of %v lets the times of %v advance from %v to %v; its clock is at %d at most", v.Process, v.Host, idOf(j, f.slot), c.Expected, c.Upper, p.clock.peak)
	}
	for k := range c.Updates {
		if t := c.Updates[k].Time; t > max(p.clock.peak, last, c.Expected.T) {
			j.violate(s15, Foreign, "process %d of %v binds records of %v to %d; its clock is at %d at most, the shard complete up to %v", v.Process, v.Host, idOf(j, f.slot), t, p.clock.peak, c.Expected)
			return
		}
	}
	j.s15Paced(o, p, f, c)
}

// s15Paced judges how often times advance that are ahead of the clock. An append may be
// made a while before it is sent first, but not before the one before it was decided.
func (j *Judges) s15Paced(o *Observation, p *process, f *filling, c *persist.Call) {
	k := &j.runAt(o.Hosted.Process, idOf(j, f.slot)).knows
	if k.token == c.Token {
		return
	}
	k.token = c.Token
	ahead := c.Expected.T > p.clock.peak
	if ahead && k.before != 0 && o.Now.Mono < k.before+span(p.advanceEvery) {
		j.violate(s15, Foreign, "process %d of %v binds records of %v ahead of its clock, which is at %d at most, for the third time within %d µs: up to %v",
			o.Hosted.Process, o.Hosted.Host, idOf(j, f.slot), p.clock.peak, o.Now.Mono-k.before, c.Upper)
	}
	k.before, k.at = k.at, max(o.Now.Mono, 1)
}
