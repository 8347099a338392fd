package invariants

import (
	"slices"

	"example.com/tidemark/core"
)

// s11Unmoved judges that the step in which a request arrived and was refused for
// certain has moved nothing that it names. What others waited for may go on in the
// same step, and move what they name.
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
		if b.movedStep != j.step || !b.present || !mentions(&q.r, b.view.ID) {
			continue
		}
		if what := changed(&b.was, &b.view); what != "" {
			j.violate(s11, l.node, "%v (request %d) is refused as %v, but the %s of %v changed", q.r.Op, q.r.ID, e.Code, what, b.view.ID)
		}
	}
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
