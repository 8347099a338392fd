package invariants

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
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
