package invariants

import (
	"slices"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
)

func (j *Judges) commanded(l *life, t *conversation, c *core.Command) {
	switch c.Kind {
	case core.CommandCreateSource:
		j.createdOnHost(l, t, c.Source.ID)
		j.sourceSent(l, t, &c.Source)
	case core.CommandCreateSink:
		j.createdOnHost(l, t, c.Sink.ID)
		j.sinkSent(l, t, &c.Sink)
	case core.CommandAllowCompaction:
		if c.Frontier.Empty {
			j.ranThere(l, t, c.ID)
		}
		j.compactionSent(l, t, c.ID, c.Frontier)
	case core.CommandStop:
		j.ranThere(l, t, c.ID)
		j.stopSent(l, t, c.ID)
	case core.CommandInitializationComplete:
		if t.complete {
			j.violate(s13, l.node, "host %v: the history is completed twice in a session", t.host)
		}
		t.complete = true
		j.historyComplete(l, t)
		j.formerTold(l, t)
		j.endsRepeated(l, t)
	case core.CommandUpdateConfiguration, core.CommandNone, core.CommandKindCount:
	}
}

func (j *Judges) createdOnHost(l *life, t *conversation, id core.GlobalID) {
	o := t.about(id)
	j.moveWaits(l, t, id)
	if o.created && !o.stopped || o.ended {
		j.violate(s13, l.node, "host %v: %v is created although the session was told of it (ended %v)", t.host, id, o.ended)
	}
	*o = heard{id: id, created: true, owed: o.owed}
	if !slices.Contains(t.ran, id) {
		t.ran = append(t.ran, id)
	}
	if i := slices.Index(t.silent, id); i >= 0 {
		t.silent = slices.Delete(t.silent, i, i+1)
	}
}

// compactionSent judges how far a host may compact, or that it is to end something.
func (j *Judges) compactionSent(l *life, t *conversation, id core.GlobalID, f frontier.Frontier) {
	o := t.about(id)
	slot := j.slotOf(id)
	switch {
	case o.ended:
		j.violate(s13, l.node, "host %v: %v was ended in this session, and more is said of it", t.host, id)
	case slot < 0 || !j.things[slot].knownTo(l.epoch) && j.exportOf(id, l.epoch) == nil:
		j.violate(s13, l.node, "host %v: something is said of %v, which is nothing that lives", t.host, id)
	case f.Empty:
		if !j.things[slot].droppedFor(l.epoch) {
			j.violate(s13, l.node, "host %v: %v is ended, which was not dropped", t.host, id)
		}
		if b := j.beliefAt(l.node, slot); b.opened && b.present && b.view.Phase == core.ShardOpen && !b.view.Since.Empty {
			j.violate(s13, l.node, "host %v: %v is ended, but something holds it at %v", t.host, id, b.view.Since)
		}
		o.ended = true
		return
	case !j.createdHere(t, slot):
		j.violate(s13, l.node, "host %v: %v may be compacted to %v, but the session does not know it", t.host, id, f)
	case before(f, o.compacted):
		j.violate(s3, l.node, "host %v: %v may be compacted to %v, after %v", t.host, id, f, o.compacted)
	}
	o.compacted = later(o.compacted, f)
	if slot < 0 {
		return
	}
	if b := j.beliefAt(l.node, slot); b.opened && !atMost(f, b.view.Since) {
		j.violate(s3, l.node, "host %v: %v may be compacted to %v, ahead of the advertised %v", t.host, id, f, b.view.Since)
	}
}

// createdHere reports that a session knows a collection: its ingestion was created.
func (j *Judges) createdHere(t *conversation, slot int32) bool {
	id := idOf(j, slot)
	if of := j.things[slot].description.Of; of != (core.GlobalID{}) {
		id = of
	}
	o := t.about(id)
	return o.created && !o.ended && !o.stopped
}

func (j *Judges) stopSent(l *life, t *conversation, id core.GlobalID) {
	o := t.about(id)
	slot := j.slotOf(id)
	if o.ended || o.stopped {
		j.violate(s13, l.node, "host %v: %v was ended in this session, and is stopped", t.host, id)
	}
	if slot < 0 || !j.things[slot].knownTo(l.epoch) && j.exportOf(id, l.epoch) == nil {
		j.violate(s13, l.node, "host %v: %v is stopped, which is nothing that lives", t.host, id)
	}
	o.stopped = true
}

// ranThere judges that an object which this controller made is ended on those hosts only that
// it told to run it: nothing is waited for from a host that never heard of it (C-35).
func (j *Judges) ranThere(l *life, t *conversation, id core.GlobalID) {
	slot := j.slotOf(id)
	if slot < 0 || slices.Contains(t.ran, id) {
		return
	}
	m := &j.things[slot]
	if e := j.exportAt(slot); e != nil && e.epoch == l.epoch || e == nil && m.created && m.createdEpoch == l.epoch && m.described && m.description.Ingestion != nil {
		j.violate(s13, l.node, "host %v: %v is ended there, which it was never told to run", t.host, id)
	}
}
