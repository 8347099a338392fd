package invariants

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/storaged"
)

// hostClock is what a process may go by when it chooses data times (C-55): its wall clock,
// but at most what its session's Hello said, what has passed since, and the allowed skew.
type hostClock struct {
	hello clock.Wall
	mono  clock.Instant
	known bool
	// peak is the latest that it could ever choose.
	peak frontier.Timestamp
}

// greeted takes up a Hello that was accepted.
func (c *hostClock) greeted(hello clock.Wall, now clock.Now) {
	c.hello, c.mono, c.known = hello, now.Mono, true
}

// reads takes up what the process is told of the time.
func (c *hostClock) reads(now clock.Now, skew clock.Duration) {
	if !c.known || now.Wall <= 0 {
		return
	}
	wall := min(now.Wall, c.hello+clock.Wall((int64(now.Mono-c.mono)+int64(skew))/1000+1))
	c.peak = max(c.peak, frontier.Timestamp(max(wall, 0)))
}

// hostTime takes up the clock of the process that an observation is about.
func (j *Judges) hostTime(o *Observation) {
	p := j.processOf(o.Hosted)
	if o.Kind == HostIssued && o.Hosted.Effect.Kind == storaged.EffectAccept {
		p.clock.greeted(p.hello, o.Now)
	}
	for i := range j.nodes {
		if l := j.lifeOf(j.nodes[i].life); l != nil {
			p.clock.reads(o.Now, l.config.MaxClockSkew)
			return
		}
	}
}

// s15Chosen judges the times that a process chooses for bindings: not later than its
// bounded clock, or than what is there already (H-11).
func (j *Judges) s15Chosen(v *HostObservation) {
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
	if len(c.Updates) == 0 && !c.Upper.Empty && c.Upper.T > max(p.clock.peak, last)+1 {
		j.violate(s15, Foreign, "process %d of %v lets the times of %v advance to %v; its clock is at %d at most", v.Process, v.Host, idOf(j, f.slot), c.Upper, p.clock.peak)
	}
	for k := range c.Updates {
		if t := c.Updates[k].Time; t > max(p.clock.peak, last, c.Expected.T) {
			j.violate(s15, Foreign, "process %d of %v binds records of %v to %d; its clock is at %d at most, the shard complete up to %v", v.Process, v.Host, idOf(j, f.slot), t, p.clock.peak, c.Expected)
			return
		}
	}
}
