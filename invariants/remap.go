package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

// A remap shard is a thing of its own here, as a controller has a collection of its
// own for it: of a kind that no request names, and under a name made of its shard.

// remapID names a remap shard among the ids.
func remapID(s persist.ShardID) core.GlobalID {
	return core.GlobalID{N: (s.Lo^s.Hi)>>2 | 1<<60}
}

func isRemap(id core.GlobalID) bool { return id.Kind == core.IDNone }

// numbered is a controller's own number of a remap shard's collection.
type numbered struct {
	n    uint64
	slot int32
}

// renamed gives what is observed of a remap shard's collection the name that it has
// here.
func (j *Judges) renamed(o *Observation) *Observation {
	if o.Collection == nil || !isRemap(o.Collection.ID) {
		return o
	}
	l := j.lifeOf(o.Incarnation)
	if l == nil || l.ended {
		return o
	}
	k := j.nodeAt(o.Node)
	if k.remapLife != k.life {
		k.remaps, k.remapLife = k.remaps[:0], k.life
	}
	j.alias, j.aliasView = *o, *o.Collection
	j.alias.Kind, j.alias.Collection = Moved, &j.aliasView
	for i := range k.remaps {
		if k.remaps[i].n == o.Collection.ID.N {
			j.aliasView.ID = idOf(j, k.remaps[i].slot)
			return &j.alias
		}
	}
	j.aliasView.ID = remapID(o.Collection.Data)
	k.remaps = append(k.remaps, numbered{o.Collection.ID.N, j.slotAt(j.aliasView.ID)})
	return &j.alias
}

// bindRemap takes up the remap shard of an ingestion that becomes durable.
func (j *Judges) bindRemap(l *life, main int32) {
	shard := j.things[main].remap
	if noShard(shard) {
		return
	}
	slot := j.slotAt(remapID(shard))
	t := &j.things[slot]
	t.created, t.createdEpoch, t.data, t.of = true, l.epoch, shard, main
	t.description, t.described = core.Description{Kind: core.KindRemap, Of: j.things[main].id}, true
}

// dropRemap takes up that an ingestion is durably dropped.
func (j *Judges) dropRemap(l *life, t *thing) {
	if noShard(t.remap) {
		return
	}
	r := &j.things[j.slotAt(remapID(t.remap))]
	r.dropped, r.droppedEpoch, r.droppedStep = true, l.epoch, j.step
}

// remapReach is how far the since of a remap shard may go (C-37): not beyond what any
// live collection that its ingestion fills still needs of it, as far as those are
// durable. With none of them alive it may go away.
func (j *Judges) remapReach(slot int32) frontier.Frontier {
	meet, live := empty(), false
	main := &j.things[j.things[slot].of]
	for i := range main.outputs() {
		s := j.slotOf(main.outputs()[i].ID)
		if s < 0 || j.things[s].dropped || !j.things[s].created {
			continue
		}
		live = true
		data := j.shardIndex.find(j.things[s].data.Hi, j.things[s].data.Lo)
		if data < 0 {
			return frontier.Frontier{}
		}
		if !j.shards[data].now.Finalized {
			meet = earlier(meet, j.shards[data].now.Upper)
		}
	}
	if live && meet.Empty {
		// What is closed does not count, but lives: nothing is to go away.
		return at(1<<64 - 1)
	}
	return back(meet, 1)
}

// outputs are what an ingestion fills.
func (t *thing) outputs() []core.Output {
	if t.description.Ingestion == nil {
		return nil
	}
	return t.description.Ingestion.Outputs
}

// hosted reports a collection that a storage host writes.
func (t *thing) hosted() bool {
	switch t.description.Kind {
	case core.KindIngestion, core.KindSubsource, core.KindRemap:
		return t.described
	default:
		return false
	}
}
