package invariants

import "example.com/tidemark/core"

// s9AppendSent judges that nothing new is written to a collection that was dropped:
// only the write that was out may be repeated (C-28).
func (j *Judges) s9AppendSent(l *life, slot int32) {
	if b := j.beliefAt(l.node, slot); b.present && b.view.Dropped {
		j.violate(s9, l.node, "%v was dropped, and a new write is sent to its shard", idOf(j, slot))
	}
}

// s9DropSettled judges that an applied drop leaves no append waiting but those of
// the write that is out.
func (j *Judges) s9DropSettled(l *life, slot int32, b *belief) {
	if !b.present || !b.view.Dropped || b.view.Phase != core.ShardOpen {
		return
	}
	if b.view.QueuedAppends > 0 {
		j.violate(s9, l.node, "%v was dropped, and %d appends that were not sent go on waiting", idOf(j, slot), b.view.QueuedAppends)
	}
}
