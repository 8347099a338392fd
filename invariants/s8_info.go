package invariants

import (
	"example.com/tidemark/core"
)

// s8InfoReads compares the snapshots that a client is told of with those that are
// open, and judges that the list is in order and names nothing twice.
func (j *Judges) s8InfoReads(l *life, b *belief, info *core.CollectionInfo) {
	for i := range info.Holds {
		h := &info.Holds[i]
		if h.Kind < core.HoldNamed || h.Kind > core.HoldToken || h.Count < 1 || h.Count != 1 && h.Kind != core.HoldCounted {
			j.violate(s8, l.node, "%v: a client is told of a hold of kind %d with count %d", info.ID, h.Kind, h.Count)
		}
		if i > 0 && !holdBefore(&info.Holds[i-1], h) {
			j.violate(s8, l.node, "%v: a client is told of its holds out of order, or of one twice", info.ID)
		}
		if h.Kind == core.HoldSnapshot && h.Request != 0 && !j.opensAt(b, h) {
			j.violate(s8, l.node, "%v: a client is told of a snapshot at %d for request %d, which is not open", info.ID, h.Time, h.Request)
		}
	}
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		if q := &j.requests[i]; q.admitted && !toldOf(info, q) {
			j.violate(s8, l.node, "%v: a client is not told of the snapshot at %d for request %d", info.ID, q.r.AsOf, q.r.ID)
		}
	}
}

func (j *Judges) opensAt(b *belief, h *core.Hold) bool {
	for i := b.snapshots; i >= 0; i = j.requests[i].nextSnapshot {
		if q := &j.requests[i]; q.r.ID == h.Request && q.r.AsOf == h.Time {
			return true
		}
	}
	return false
}

func toldOf(info *core.CollectionInfo, q *request) bool {
	for i := range info.Holds {
		if h := &info.Holds[i]; h.Kind == core.HoldSnapshot && h.Request == q.r.ID && h.Time == q.r.AsOf {
			return true
		}
	}
	return false
}

// holdBefore reports that a comes before b: by kind, owner, id, time, request and
// dependant.
// Reads that nobody waits for any more may look alike.
func holdBefore(a, b *core.Hold) bool {
	x := [...]uint64{uint64(a.Kind), uint64(a.Owner), uint64(a.Hold), uint64(a.Time), uint64(a.Request), uint64(a.By.Kind), a.By.N}
	y := [...]uint64{uint64(b.Kind), uint64(b.Owner), uint64(b.Hold), uint64(b.Time), uint64(b.Request), uint64(b.By.Kind), b.By.N}
	for i := range x {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return a.Kind == core.HoldSnapshot && a.Request == 0
}
