package storaged

import (
	"example.com/tidemark/core/clock"
	"example.com/tidemark/core/frontier"
)

// wallBound bounds the data times that the host chooses (C-55): its own wall clock,
// but at most what the controller's was in Hello, plus the monotonic time since,
// plus the skew that is allowed.
type wallBound struct {
	hello  clock.Wall
	at     clock.Instant
	known  bool
	alarms uint64
}

func (w *wallBound) learn(hello clock.Wall, now clock.Instant) {
	w.hello, w.at, w.known = hello, now, true
}

// bounded is the wall reading within its bound, and never before the epoch,
// whatever a broken clock says.
func (w *wallBound) bounded(now clock.Now, skew clock.Duration) clock.Wall {
	if !w.known {
		return 0
	}
	elapsed := clock.Duration(now.Mono - w.at)
	room := clock.Wall(elapsed.Milliseconds() + skew.Milliseconds())
	wall := max(now.Wall, 0)
	// Neither side can overflow: wall and room are not negative.
	if wall-room > w.hello {
		w.alarms++
		return max(w.hello+room, 0)
	}
	return wall
}

// present is the time that new data gets, if the upper allows it.
func (h *Host) present() frontier.Timestamp {
	return frontier.Timestamp(h.clock.bounded(h.now, h.settings.MaxClockSkew))
}
