package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/stash"
)

// stashApplied takes up a transaction that took effect.
func (j *Judges) stashApplied(o *Observation) {
	j.active = true
	caller := j.lifeOf(o.Incarnation)
	if o.Node == Foreign {
		caller = nil
	}
	j.s7StashApplied(caller, o)
	j.stashEpoch = max(j.stashEpoch, o.EpochAfter)
	j.topEpoch = max(j.topEpoch, o.EpochAfter)
	c := o.StashCall
	if o.StashResult.Outcome != outcome.Done || caller == nil {
		return
	}
	switch c.Op {
	case stash.OpTakeOver:
		if caller.epoch == 0 || o.EpochAfter != o.EpochBefore {
			caller.epoch = o.StashResult.Epoch
		}
	case stash.OpCommit:
		if len(c.Writes) == 0 || j.txns.has(c.Txn.Hi, c.Txn.Lo) {
			return
		}
		j.txns.add(c.Txn.Hi, c.Txn.Lo)
		for i := range c.Writes {
			j.stashWrite(caller, o, &c.Writes[i])
			j.hostedWrite(caller, &c.Writes[i])
		}
		j.s9Transaction(caller, c)
		j.s14Bound(caller, c)
	default:
	}
}

// stashWrite takes up one durable change and judges it.
func (j *Judges) stashWrite(l *life, o *Observation, w *stash.Write) {
	j.checked[s9]++
	id, ok := j.ownerOf(w)
	if !ok {
		j.violate(s9, l.node, "the stash gets an entry %q that names no id", w.Key)
		return
	}
	slot := j.slotAt(id)
	t := &j.things[slot]
	if mark := storedAs(w.Collection); mark != 0 && w.Kind == stash.WriteDelete {
		j.s9Deleted(l, t, w)
		if w.Collection == stash.CollectionExports {
			j.exportForgotten(slot)
		}
		if mark == storedShards {
			j.met[l7]++
		}
		t.stored &^= mark
		return
	} else if mark != 0 {
		t.stored |= mark
	}
	switch w.Collection {
	case stash.CollectionMetadata:
		j.bind(l, o, t, w)
		j.bindRemap(l, slot)
	case stash.CollectionDescriptions:
		j.describe(l, o.Incarnation, t, w)
	case stash.CollectionPolicies:
		j.s11PolicyWritten(l, t, slot, w)
	case stash.CollectionFinalize:
		j.s9Listed(l, t, w)
	case stash.CollectionExports, stash.CollectionExportAsOf:
		j.exportWritten(l, o.Incarnation, slot, w)
	case stash.CollectionDropped:
		if w.Kind == stash.WriteDelete {
			j.violate(s9, l.node, "the stash forgets that %v was dropped", id)
			return
		}
		if !t.dropped {
			t.dropped, t.droppedEpoch, t.droppedStep = true, l.epoch, j.step
			j.dropRemap(l, t)
			t = &j.things[slot]
			j.dropEnds(l, o.Incarnation, t)
			j.s11DropWritten(l, o.Incarnation, t)
		}
	default:
	}
}

// bind takes up the shards of an id: the first binding stays.
func (j *Judges) bind(l *life, o *Observation, t *thing, w *stash.Write) {
	data, remap, ok := shardsOf(w.Value)
	switch {
	case !ok:
		j.violate(s9, l.node, "the stash gets shards of %v that cannot be read", t.id)
		return
	case t.created:
		if w.Kind == stash.WriteUpsert && (data != t.data || remap != t.remap) {
			j.violate(s9, l.node, "the stash binds %v to shard %v instead of %v", t.id, data, t.data)
		}
		return
	}
	if si := j.shardAt(data); j.shards[si].slot >= 0 {
		j.violate(s9, l.node, "the stash binds %v to %v, which is %v's shard", t.id, data, idOf(j, j.shards[si].slot))
	}
	t.created, t.createdEpoch, t.data, t.remap = true, l.epoch, data, remap
	j.s11CreateWritten(l, o.Incarnation, t)
}

// describe takes up a description: it does not change.
func (j *Judges) describe(l *life, incarnation uint32, t *thing, w *stash.Write) {
	d, ok := descriptionOf(w.Value)
	if !ok {
		j.violate(s9, l.node, "the stash gets a description of %v that cannot be read", t.id)
		return
	}
	if t.described {
		if w.Kind == stash.WriteUpsert && !sameDescription(&d, &t.description) {
			j.redescribed(l, incarnation, t, &d, formerOf(w.Value, 8))
		}
		return
	}
	t.description, t.described = d, true
	j.s11Described(l, incarnation, t)
}

// redescribed judges that nothing of a description changes but where an ingestion
// runs (C-27).
func (j *Judges) redescribed(l *life, incarnation uint32, t *thing, d *core.Description, former []core.HostConfig) {
	if d.Ingestion == nil || t.description.Ingestion == nil {
		j.violate(s9, l.node, "the stash gets another description of %v", t.id)
		return
	}
	moved := *t.description.Ingestion
	moved.Host = d.Ingestion.Host
	as := t.description
	as.Ingestion = &moved
	if !sameDescription(d, &as) {
		j.violate(s9, l.node, "the stash gets another description of %v", t.id)
		return
	}
	j.formerEnds(incarnation, t.id, t.former)
	j.endBegins(l, incarnation, t.id, hostNamed(t.description.Ingestion.Host, t.id), true)
	j.formerKept(l, incarnation, t.id, d.Ingestion.Host, former)
	t.was, t.movedEpoch, t.writtenEpoch, t.former = t.description.Ingestion.Host, 0, l.epoch, former
	t.description = as
	j.moveAsked(l, incarnation, t.id, moved.Host, core.RequestAlter)
}
