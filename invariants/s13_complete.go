package invariants

import "example.com/tidemark/core"

// historyComplete judges that a history has everything that is to run on its host:
// what is left out would be dropped there (H-2).
func (j *Judges) historyComplete(l *life, t *conversation) {
	for i := range j.things {
		m := &j.things[i]
		if !m.knownTo(l.epoch) || m.dropped || m.moved() || m.description.Ingestion == nil || hostNamed(m.description.Ingestion.Host, m.id) != t.host {
			continue
		}
		if o := t.about(m.id); o.created || o.stopped && j.lostShard(m) {
			continue
		}
		if b := j.beliefAt(l.node, int32(i)); b.since < t.step && j.runnable(l, int32(i)) {
			j.violate(s13, l.node, "host %v: its history is complete without ingestion %v", t.host, m.id)
		}
	}
	for i := range j.exports {
		e := &j.exports[i]
		id := idOf(j, e.slot)
		if e.epoch > l.epoch || e.epoch == l.epoch && (e.ackStep == 0 || e.ackStep >= t.step) || j.things[e.slot].dropped || !sameExport(&e.desc, &e.was) || hostNamed(e.desc.Host, id) != t.host {
			continue
		}
		from := j.slotOf(e.desc.From)
		if from < 0 {
			continue
		}
		if b := j.beliefAt(l.node, from); b.present && b.view.Phase != core.ShardFailed && !b.view.Since.Empty && !t.about(id).created {
			j.violate(s13, l.node, "host %v: its history is complete without export %v", t.host, id)
		}
	}
}

// runnable reports that all shards of an ingestion are in use, or are still to be
// opened, so that its host is to run it.
func (j *Judges) runnable(l *life, slot int32) bool {
	open := func(id core.GlobalID) bool {
		s := j.slotOf(id)
		if s < 0 {
			return false
		}
		b := j.beliefAt(l.node, s)
		if !b.present {
			return j.things[s].dropped
		}
		return b.view.Dropped || b.view.Phase != core.ShardFailed
	}
	g := j.things[slot].description.Ingestion
	for _, out := range g.Outputs {
		if !open(out.ID) {
			return false
		}
	}
	for _, id := range g.Imports {
		if s := j.slotOf(id); s < 0 || j.beliefAt(l.node, s).view.Phase == core.ShardFailed || !j.beliefAt(l.node, s).present {
			return false
		}
	}
	return open(remapID(j.things[slot].remap))
}

// lostShard reports that a shard which an ingestion fills can never be used. Until it was
// dropped the ingestion could not run, and what may still run of it has to end first.
func (j *Judges) lostShard(m *thing) bool {
	for _, out := range m.description.Ingestion.Outputs {
		if s := j.slotOf(out.ID); s >= 0 && j.things[s].shard >= 0 && j.shards[j.things[s].shard].now.Finalized {
			return true
		}
	}
	return false
}

// endsRepeated judges that a history tells what the session before it told to end, and
// the host has not confirmed, to end again (H-6); for as long as nobody may have given
// up, or stopped the process. What belongs to an ingestion and is no object of its own
// is left to its definition.
func (j *Judges) endsRepeated(l *life, t *conversation) {
	grace := span(min(l.config.DropGrace, l.config.WriterGrace))
	for i := range t.due {
		d := &t.due[i]
		if l.mono >= d.begun+grace || j.ingestionNamed(d.id) < 0 && j.sinkNamed(d.id) < 0 {
			continue
		}
		if o := t.about(d.id); !o.ended && !o.stopped && !o.created {
			j.violate(s13, l.node, "host %v: it was told to end %v and has not confirmed it, and the next history does not say so", t.host, d.id)
		}
	}
}
