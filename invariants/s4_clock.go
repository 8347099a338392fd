package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// reading is a time of the stash server and when the controller learned it.
type reading struct {
	server clock.Wall
	at     clock.Instant
}

// learnedClock is which of the server's times a controller may go by. A completion
// that came late may have been taken or ignored, so there is a least and a greatest
// one; sure: it has one for certain, maybe: it can have one.
type learnedClock struct {
	low, high   reading
	sure, maybe bool
	// peak is the latest that the server's clock was ever put, as an origin.
	peak int64
}

// origin orders readings by where they put the server's clock, in microseconds.
func (r reading) origin() int64 { return int64(r.server)*1000 - int64(r.at) }

// room is the greatest time that a reading allows now.
func (r reading) room(now clock.Instant, skew clock.Duration) int64 {
	return int64(r.server) + int64(now-r.at)/1000 + int64(skew)/1000
}

func (c *learnedClock) learn(server clock.Wall, now clock.Instant, late bool) {
	r := reading{server, now}
	if o := r.origin(); !c.maybe || o > c.peak {
		c.peak = o
	}
	if !late || !c.maybe {
		c.low, c.high = r, r
	} else if r.origin() < c.low.origin() {
		c.low = r
	} else if r.origin() > c.high.origin() {
		c.high = r
	}
	c.sure, c.maybe = c.sure || !late, true
}

// present is the range in which a controller's bounded clock reads now (C-55).
func (l *life) present() (low, high frontier.Timestamp) {
	c, wall := &l.clock, max(int64(l.wall), 0)
	if c.maybe {
		high = frontier.Timestamp(min(wall, max(c.high.room(l.mono, l.config.MaxClockSkew), 0)))
	}
	if c.sure {
		low = frontier.Timestamp(min(wall, max(c.low.room(l.mono, l.config.MaxClockSkew), 0)))
	}
	return low, high
}

// mostPresent is the latest that its bounded clock can ever have read.
func (l *life) mostPresent() frontier.Timestamp {
	if !l.clock.maybe {
		return 0
	}
	room := (l.clock.peak+int64(l.mono))/1000 + int64(l.config.MaxClockSkew)/1000 + 1
	return frontier.Timestamp(max(min(int64(l.wallPeak), room), 0))
}

// s4Clock judges the time that an answer offers (C-55): the controller's wall clock,
// but never beyond what the stash server's time, the time since and the allowed skew
// add up to.
func (j *Judges) s4Clock(l *life, o *Observation) {
	j.checked[s4]++
	r := o.Response
	if !l.clock.sure && r.Clock == 0 {
		return
	}
	if low, high := l.present(); r.Clock < low || r.Clock > high {
		j.violateClock(l, r, low, high)
	}
}

func (j *Judges) violateClock(l *life, r *core.Response, low, high frontier.Timestamp) {
	j.violate(s4, l.node, "request %d is offered the time %d; the wall clock is at %d, and the stash server's time allows %d to %d",
		r.Request, r.Clock, l.wall, low, high)
}

// s4Hello judges the time that a host is told, which bounds the times that it chooses:
// it is bounded as what clients are offered is (C-55).
func (j *Judges) s4Hello(l *life, c *core.HostCall) {
	j.checked[s4]++
	if low, high := l.present(); frontier.Timestamp(max(c.Wall, 0)) < low || frontier.Timestamp(max(c.Wall, 0)) > high {
		j.violate(s4, l.node, "host %v is told the time %d; the wall clock is at %d, and the stash server's time allows %d to %d", c.Host, c.Wall, l.wall, low, high)
	}
}
