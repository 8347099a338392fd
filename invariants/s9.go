package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/persist"
)

func docS9() Doc {
	return Doc{
		Name: "S9", Title: "identity",
		Statement: "An id is bound to one shard and a shard to one id, durably and over all incarnations. What was dropped stays dropped: it is never used, created or forgotten as dropped again. What lives is not destroyed: it stays known, its shard is neither emptied nor closed unless a client asked for it, and a restart keeps its description, which is what clients are told. What was acknowledged as created or dropped is durably so. A dropped collection gets no new write, and no append waits for it. A drop and the listing of its shard for finalization are one transaction; a shard is closed and finalized only if it is listed, if nobody can read it, no live collection uses it for its status, and no host that its controller talks to may still write it, unless the end of what does was not confirmed for the writer grace; and the stash and the controller forget a dropped collection only when its shard is finalized.",
		Meaning:   "A collection comes back empty or with another's rows, a dropped one returns, or a live one disappears with its data.",
		Met:       "an incarnation took up a collection that an older one had made, a dropped id was named again, or a shard was finalized",
	}
}

// s9Moved judges what an incarnation binds an id to.
func (j *Judges) s9Moved(l *life, slot int32, b *belief, v *core.CollectionView) {
	j.checked[s9]++
	t := &j.things[slot]
	if v.Dropped && !t.droppedFor(l.epoch) {
		j.violate(s9, l.node, "%v is taken for dropped, but no transaction has dropped it", v.ID)
	}
	if !b.present && t.created && t.createdEpoch < l.epoch {
		j.met[s9]++
	}
	if b.present && b.view.Data == v.Data && b.view.Remap == v.Remap {
		if b.view.Dropped && !v.Dropped {
			j.violate(s9, l.node, "%v was dropped and is not any more", v.ID)
		}
		return
	}
	if b.present {
		j.violate(s9, l.node, "%v moved from shard %v to %v", v.ID, b.view.Data, v.Data)
		return
	}
	if noShard(v.Data) {
		j.violate(s9, l.node, "%v has no shard", v.ID)
		return
	}
	if t.created && (t.data != v.Data || t.remap != v.Remap) {
		j.violate(s9, l.node, "%v is used with shard %v, but the stash binds it to %v", v.ID, v.Data, t.data)
	}
	si := j.shardAt(v.Data)
	s := &j.shards[si]
	if s.slot >= 0 && s.slot != slot {
		j.violate(s9, l.node, "%v and %v share the shard %v", v.ID, idOf(j, s.slot), v.Data)
	}
	if t.shard >= 0 && t.shard != si {
		j.violate(s9, l.node, "%v was bound to shard %v and is now used with %v", v.ID, j.shards[t.shard].id, v.Data)
	}
	s.slot, t.shard = slot, si
}

// s9Opened judges what a collection is when its shard comes into use: until then
// the stash's entries may not all have been taken up.
func (j *Judges) s9Opened(l *life, slot int32, v *core.CollectionView) {
	t := &j.things[slot]
	if t.described && t.description.Kind != v.Kind {
		j.violate(s9, l.node, "%v is used as a %v, but it was created as a %v", v.ID, v.Kind, t.description.Kind)
	}
	if t.droppedFor(l.epoch) && t.droppedEpoch < l.epoch && !v.Dropped {
		j.violate(s9, l.node, "%v is used although it was durably dropped", v.ID)
	}
}

// s9Gone judges that only what was dropped disappears.
func (j *Judges) s9Gone(l *life, slot int32, b *belief) {
	j.checked[s9]++
	if t := &j.things[slot]; !t.droppedFor(l.epoch) {
		j.violate(s9, l.node, "%v has disappeared although it was never dropped", t.id)
	} else if t.stored&storedListing != 0 {
		j.violate(s9, l.node, "%v has disappeared although its shard is still to be finalized", t.id)
	} else {
		j.met[l2]++
	}
}

// s1Gone judges, when the step is over, that nothing held what has disappeared.
func (j *Judges) s1Gone(l *life, slot int32, b *belief) {
	if !b.gone || b.wasPhase != core.ShardOpen {
		return
	}
	if _, certain := j.holdsBack(b, l.mono); !certain.Empty {
		j.violate(s1, l.node, "%v has disappeared although something holds it at %v", idOf(j, slot), certain)
	}
}

// s9Issued judges that calls go to shards of collections only.
func (j *Judges) s9Issued(l *life, slot int32, c *persist.Call) {
	j.checked[s9]++
	if slot < 0 {
		j.violate(s9, l.node, "%v goes to shard %v, which is no collection's", c.Op, c.Shard)
	}
}

// s9Downgrade judges that a live collection's shard is not emptied.
func (j *Judges) s9Downgrade(l *life, slot int32, c *persist.Call) {
	t := &j.things[slot]
	if c.Since.Empty && !t.droppedFor(l.epoch) {
		j.violate(s9, l.node, "%v lives, and its shard's since is sent to empty", t.id)
	}
}

// s9Answered judges a success against what is durable: nothing dropped or unknown
// is used, and what is acknowledged is durable.
func (j *Judges) s9Answered(l *life, q *request, r *core.Response) {
	j.checked[s9]++
	if q.anyDropped {
		j.met[s9]++
	}
	if r.Err.Code != core.Ok {
		return
	}
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			return
		}
		if !usable(id) || q.r.Op == core.RequestRenewHold && q.r.Hold == 0 {
			continue
		}
		slot := j.slotOf(id)
		t := &j.things[slot]
		j.beliefAt(l.node, slot).servedStep = j.step
		if q.r.Op == core.RequestDrop {
			if t.knownTo(l.epoch) && !t.dropped {
				j.violate(s9, l.node, "the drop of %v is acknowledged and is not durable", id)
			}
			continue
		}
		if aboutHosts(q.r.Op) {
			j.s9Hosted(l, q, t)
			continue
		}
		if !t.knownTo(l.epoch) {
			j.violate(s9, l.node, "%v of %v is acknowledged, but the stash does not hold it", q.r.Op, id)
		}
	}
}

// s9Hosted judges a success about an export, or a move, against what is durable.
func (j *Judges) s9Hosted(l *life, q *request, t *thing) {
	e := j.exportOf(t.id, l.epoch)
	switch q.r.Op {
	case core.RequestCreateExports, core.RequestAlterExports, core.RequestExport:
		if e == nil {
			j.violate(s9, l.node, "%v of %v is acknowledged, but the stash does not hold it", q.r.Op, t.id)
		}
	case core.RequestAlter:
		if e == nil && !t.knownTo(l.epoch) {
			j.violate(s9, l.node, "%v of %v is acknowledged, but the stash does not hold it", q.r.Op, t.id)
		}
	case core.RequestDropExports:
		if e != nil && !t.dropped {
			j.violate(s9, l.node, "the drop of export %v is acknowledged and is not durable", t.id)
		}
	default:
	}
}

// missingJustified reports that an id which a request names is unknown or dropped,
// or was when the request arrived.
func (j *Judges) missingJustified(l *life, q *request) bool {
	if q.anyMissing || q.anyDropped {
		return true
	}
	for k := 0; ; k++ {
		id, ok := namedID(&q.r, k)
		if !ok {
			return false
		}
		if !usable(id) {
			return true
		}
		t := &j.things[j.slotOf(id)]
		if !t.knownTo(l.epoch) || t.droppedFor(l.epoch) {
			return true
		}
		if b := j.beliefAt(l.node, j.slotOf(id)); !b.present {
			// What is durable is not known before its transaction's answer is.
			return true
		}
	}
}
