package invariants

import (
	"fmt"
	"strings"

	"example.com/tidemark/core"
)

// l2Exports says which dropped exports have not come to their end: their entries are
// gone from the stash. That they run nowhere is L4's.
func (j *Judges) l2Exports(out *strings.Builder, _ int64) int {
	n := 0
	for i := range j.hosting.exports {
		e := &j.hosting.exports[i]
		if !e.dropped {
			continue
		}
		j.checked[l2]++
		if !e.described && !e.started {
			continue
		}
		if n++; n == 1 {
			fmt.Fprintf(out, "%v was dropped, but the stash still has its description or its as_of", e.id)
		}
	}
	return n
}

// exportOver takes up that the only host where a dropped export ever was to run has
// confirmed all the ends that it was told of: the controller knows that it has ended.
func (j *Judges) exportOver(l *life, incarnation uint32, t *conversation, id core.GlobalID) {
	e := j.exportAt(j.slotOf(id))
	if e == nil || e.over == incarnation || e.epoch != l.epoch || len(e.former) > 0 || !j.things[e.slot].dropped || hostNamed(e.desc.Host, id) != t.host || !j.sinkStored(id) {
		return
	}
	e.over = incarnation
	l.over++
}

// exportForgotten takes up that the stash has forgotten an export.
func (j *Judges) exportForgotten(slot int32) {
	e := j.exportAt(slot)
	if e == nil || e.over == 0 {
		return
	}
	if l := j.lifeOf(e.over); l != nil && !l.ended {
		l.over--
	}
	e.over = 0
}
