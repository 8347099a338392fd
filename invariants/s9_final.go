package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/stash"
)

// What of an id is in the stash, beside that it was dropped.
const (
	storedShards uint8 = 1 << iota
	storedDescription
	storedPolicy
	// storedListing: its shard is in the list of those to finalize.
	storedListing
	// storedExport and storedStart: what the stash holds of an export.
	storedExport
	storedStart
)

// storedAs is the mark of an entry of an id, 0 if it is none of those.
func storedAs(c stash.Collection) uint8 {
	switch c {
	case stash.CollectionMetadata:
		return storedShards
	case stash.CollectionDescriptions:
		return storedDescription
	case stash.CollectionPolicies:
		return storedPolicy
	case stash.CollectionFinalize:
		return storedListing
	case stash.CollectionExports:
		return storedExport
	case stash.CollectionExportAsOf:
		return storedStart
	default:
		return 0
	}
}

// ownerOf is the id that an entry of the stash is about. An entry of the list of
// shards to finalize names it when it is written; when it is deleted, the shard
// does.
func (j *Judges) ownerOf(w *stash.Write) (id core.GlobalID, ok bool) {
	if w.Collection != stash.CollectionFinalize {
		return idOfKey(w.Key)
	}
	shard, ok := shardOfKey(w.Key)
	if w.Kind != stash.WriteDelete {
		if id, named := listedOf(w.Value); !named || !ok || j.slotOf(id) < 0 || noShard(shard) || j.things[j.slotOf(id)].remap != shard {
			return id, named
		}
		return remapID(shard), true
	}
	i := j.shardIndex.find(shard.Hi, shard.Lo)
	if !ok || i < 0 || j.shards[i].slot < 0 {
		return id, false
	}
	return idOf(j, j.shards[i].slot), true
}

// s9Listed judges an entry of the list of shards to finalize: only drops write it.
func (j *Judges) s9Listed(l *life, t *thing, w *stash.Write) {
	shard, ok := shardOfKey(w.Key)
	if !ok || !t.created || shard != t.data {
		j.violate(s9, l.node, "the stash lists %s as the shard of %v to be finalized, which is %v", w.Key, t.id, t.data)
	} else if !t.dropped {
		j.violate(s9, l.node, "the stash lists the shard of %v to be finalized, which was not dropped", t.id)
	}
}

// s9Deleted judges that the stash forgets nothing of an id before its shard is
// finalized.
func (j *Judges) s9Deleted(l *life, t *thing, w *stash.Write) {
	s := j.shardOfThing(t)
	if w.Collection == stash.CollectionExports || w.Collection == stash.CollectionExportAsOf {
		if !t.dropped {
			j.violate(s9, l.node, "the stash forgets export %v, which was not dropped", t.id)
		}
		return
	}
	if !t.dropped || s == nil || !s.now.Finalized {
		j.violate(s9, l.node, "the stash forgets what %v holds of %v, whose shard is not finalized", w.Collection, t.id)
	}
}

// s9Transaction judges, when all writes of a transaction are taken up, that it
// lists the shards of what it drops.
func (j *Judges) s9Transaction(l *life, c *stash.Call) {
	for i := range c.Writes {
		w := &c.Writes[i]
		if w.Collection != stash.CollectionDropped || w.Kind == stash.WriteDelete {
			continue
		}
		id, ok := idOfKey(w.Key)
		if !ok {
			continue
		}
		t := &j.things[j.slotAt(id)]
		if t.export != 0 {
			continue
		}
		if t.stored&storedListing == 0 {
			j.violate(s9, l.node, "%v is dropped in a transaction that does not list its shard to be finalized", id)
		}
		if !noShard(t.remap) && j.things[j.slotAt(remapID(t.remap))].stored&storedListing == 0 {
			j.violate(s9, l.node, "%v is dropped in a transaction that does not list its remap shard to be finalized", id)
		}
	}
}

// s9Closing judges a write to a dropped collection that no client asked for: the one
// that closes a shard which is listed, which nobody can read any more, and which no
// live collection uses for its status (C-29).
func (j *Judges) s9Closing(l *life, slot int32, s *shard) {
	t := &j.things[slot]
	j.s9Ending(l, t, s, "closed")
	if !s.now.Since.Empty {
		j.violate(s9, l.node, "%v is being closed, but its shard can be read from %v on", t.id, s.now.Since)
	}
	if user := j.userOf(l, t.id); user >= 0 {
		j.violate(s9, l.node, "%v is being closed, but %v lives and has it for its status", t.id, idOf(j, user))
	}
	j.s9StillFilled(l, slot, s)
}

// lostClosing reports the end of a write that was to close a shard and lost its race:
// it is made again, like one that failed, after a backoff.
func (j *Judges) lostClosing(f *flight, r *persist.Result) bool {
	if f.batch < 0 || r.Outcome != outcome.Mismatch {
		return false
	}
	b := &j.batches[f.batch]
	return b.used && b.token == f.token && b.closing
}

// s9FinalIssued judges a call that finalizes a shard as it is sent.
func (j *Judges) s9FinalIssued(l *life, slot int32, s *shard) {
	t := &j.things[slot]
	j.s9Ending(l, t, s, "finalized")
	if !s.now.Since.Empty || !s.now.Upper.Empty {
		j.violate(s9, l.node, "%v is to be finalized, but its shard is in use: since %v, upper %v", t.id, s.now.Since, s.now.Upper)
	}
}

// s9Ending judges that only what was dropped is taken to its end, only from the
// list, and that nothing holds it.
func (j *Judges) s9Ending(l *life, t *thing, s *shard, how string) {
	j.checked[s9]++
	switch {
	case !t.droppedFor(l.epoch):
		j.violate(s9, l.node, "%v is being %s, but it was not dropped", t.id, how)
	case t.stored&storedListing == 0 && !s.now.Finalized:
		j.violate(s9, l.node, "%v is being %s, but its shard is not in the list of those to finalize", t.id, how)
	}
}

// s9Finalized judges a shard that has just been finalized.
func (j *Judges) s9Finalized(caller *life, si int32, o *Observation) {
	if o.PersistCall.Op != persist.OpFinalize || o.PersistResult.Outcome != outcome.Done || o.Before.Finalized {
		return
	}
	j.checked[s9]++
	j.met[s9]++
	s := &j.shards[si]
	s.ended = true
	switch {
	case caller == nil || s.slot < 0:
		j.violate(s9, o.Node, "shard %v, which is no collection's, is finalized", s.id)
	case !j.things[s.slot].dropped || j.things[s.slot].stored&storedListing == 0:
		j.violate(s9, o.Node, "the shard of %v is finalized, which is not listed for it", idOf(j, s.slot))
	case !o.Before.Since.Empty || !o.Before.Upper.Empty:
		j.violate(s9, o.Node, "the shard of %v is finalized while it is in use: since %v, upper %v", idOf(j, s.slot), o.Before.Since, o.Before.Upper)
	}
}

// userOf is the place of a live collection whose status collection the id is, or -1.
func (j *Judges) userOf(l *life, id core.GlobalID) int32 {
	for i := range j.things {
		if t := &j.things[i]; t.described && t.description.Status == id && t.knownTo(l.epoch) && !t.droppedFor(l.epoch) {
			return int32(i)
		}
	}
	for i := range j.exports {
		if e := &j.exports[i]; e.desc.Status == id && e.epoch <= l.epoch && !j.things[e.slot].droppedFor(l.epoch) {
			return e.slot
		}
	}
	return -1
}

// mayStillWriteStatus reports that something whose status collection the id is was
// dropped, but its host may not have ended it yet.
func (j *Judges) mayStillWriteStatus(l *life, id core.GlobalID) bool {
	for i := range j.things {
		t := &j.things[i]
		if t.described && t.description.Status == id && t.description.Kind == core.KindIngestion && j.beliefAt(l.node, int32(i)).present {
			return true
		}
	}
	for i := range j.exports {
		if e := &j.exports[i]; e.desc.Status == id && j.things[e.slot].stored&storedExport != 0 {
			return true
		}
	}
	return false
}

// shardOfThing is the shard that the stash binds an id to, or nil.
func (j *Judges) shardOfThing(t *thing) *shard {
	if !t.created {
		return nil
	}
	if i := j.shardIndex.find(t.data.Hi, t.data.Lo); i >= 0 {
		return &j.shards[i]
	}
	return nil
}
