package invariants

import (
	"example.com/tidemark/core/clock"
)

// Bounds on how late a controller may notice that a hold has lapsed: it may be
// woken late, and after a pause it takes up first what came before the wake. Within
// graceOfWakes it is woken; a step as old as settledFor shows that it was running
// then, and has taken up since whatever had waited for it.
const (
	graceOfWakes = 30 * clock.Second
	settledFor   = clock.Second
)

// marks are two instants at which a controller was seen running, settledFor or more
// apart: the older is always at least so long ago.
type marks struct{ older, newer clock.Instant }

func (m *marks) see(now clock.Instant) {
	if now >= m.newer+span(settledFor) {
		m.older, m.newer = m.newer, now
	}
}

// lapsedLongAgo reports that a hold must have ended: its lease ran out so long ago
// that no late wake and no pause excuses it.
func (l *life) lapsedLongAgo(h *hold) bool {
	return l.seen.older >= h.lapses+span(graceOfWakes)
}

// s8Outlived judges that a hold which a success is about has not lapsed long ago. In the
// time after boot a renewal brings such a one back (C-48).
func (j *Judges) s8Outlived(l *life, q *request, h *hold) {
	j.checked[s8]++
	if l.mono >= l.graceLast && l.lapsedLongAgo(h) {
		j.violate(s8, l.node, "%v: %v of hold %d of owner %d succeeds at %d µs, but it was not renewed and lapsed at %d µs",
			idOf(j, h.slot), q.r.Op, h.id, h.owner, l.mono, h.lapses)
	}
}
