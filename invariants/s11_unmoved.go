package invariants

import (
	"slices"

	"example.com/tidemark/core"
)

// s11Unmoved judges that the step in which a request arrived and was refused for
// certain has moved nothing that it names, unless another request names it too that is
// open, or was served in this step before.
func (j *Judges) s11Unmoved(l *life, q *request, e *core.Error) {
	if !e.Definite || q.step != j.step || e.Code == core.Halted {
		return
	}
	for i := range j.dirty {
		p := j.dirty[i]
		if int(p.node) != l.node {
			continue
		}
		b := j.beliefAt(l.node, p.slot)
		if b.movedStep != j.step || b.servedStep == j.step || !b.present || !mentions(&q.r, b.view.ID) {
			continue
		}
		if what := changed(j.viewBefore(b), &b.view); what != "" && !j.othersName(q, b.view.ID) {
			j.violate(s11, l.node, "%v (request %d) is refused as %v, but the %s of %v changed", q.r.Op, q.r.ID, e.Code, what, b.view.ID)
		}
	}
}

// othersName reports that another open request names an id: it may have waited, and
// gone on in this step.
func (j *Judges) othersName(q *request, id core.GlobalID) bool {
	for i := range j.requests {
		if o := &j.requests[i]; o.used && o.life == q.life && o.serial != q.serial && mentions(&o.r, id) {
			return true
		}
	}
	return false
}

// changed says what of a collection is another than before. A
// since may move in any step, once C-48's time is over.
func changed(a, b *core.CollectionView) string {
	switch {
	case a.Upper != b.Upper:
		return "upper"
	case a.Phase != b.Phase || a.Dropped != b.Dropped:
		return "life"
	case a.NamedHolds != b.NamedHolds || a.CountedHolds != b.CountedHolds || a.Snapshots != b.Snapshots:
		return "number of holds"
	case a.QueuedAppends != b.QueuedAppends:
		return "queue"
	case !slices.Equal(a.Policy.Nodes, b.Policy.Nodes):
		return "policy"
	}
	return ""
}
