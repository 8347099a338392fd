package core

import "example.com/tidemark/core/clock"

// wallBound bounds the data times that the controller chooses (C-55): its own wall
// clock, but at most what the stash server's clock said last, plus the monotonic
// time since, plus the skew that is allowed.
type wallBound struct {
	server clock.Wall
	at     clock.Instant
	known  bool
	alarms uint64
}

func (w *wallBound) learn(server clock.Wall, now clock.Instant) {
	w.server, w.at, w.known = server, now, true
}

// bounded is the wall reading within its bound, for a time that is chosen.
func (w *wallBound) bounded(now clock.Now, skew clock.Duration) clock.Wall {
	wall, over := w.within(now, skew)
	if over {
		w.alarms++
	}
	return wall
}

// within is the wall reading within its bound, and never before the epoch, whatever
// a broken clock says; over if it lies beyond the bound.
func (w *wallBound) within(now clock.Now, skew clock.Duration) (bounded clock.Wall, over bool) {
	if !w.known {
		return 0, false
	}
	elapsed := clock.Duration(now.Mono - w.at)
	room := clock.Wall(elapsed.Milliseconds() + skew.Milliseconds())
	wall := max(now.Wall, 0)
	// Neither side can overflow: wall and room are not negative.
	if wall-room > w.server {
		return max(w.server+room, 0), true
	}
	return wall, false
}
