package invariants

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
)

// moved takes up what an incarnation now believes of a collection.
func (j *Judges) moved(o *Observation) {
	l := j.lifeOf(o.Incarnation)
	if l == nil || l.ended || o.Collection == nil {
		return
	}
	j.active = true
	l.mono = o.Now.Mono
	v := o.Collection
	slot := j.slotAt(v.ID)
	b := j.beliefAt(o.Node, slot)
	if o.Gone {
		j.s9Gone(l, slot, b)
		b.present, b.opened, b.gone = false, false, true
		b.view = core.CollectionView{ID: v.ID, Dropped: true}
		j.touch(o.Node, slot, b)
		return
	}
	j.moving(b)
	j.s13Stale(l, v)
	opening := v.Phase == core.ShardOpen && !b.opened
	j.s9Moved(l, slot, b, v)
	if b.present {
		j.s3Moved(l, slot, b, v)
		j.s4Moved(l, slot, b, v, opening)
		j.s11Moved(l, slot, b, v)
	} else {
		j.s4Moved(l, slot, b, v, opening)
		j.s11Installed(l, slot, b, v)
	}
	if opening {
		b.opened, l.running = true, true
		b.allowed = v.Implied
		j.s2Opened(l, slot, b, v)
		j.s7Opened(l, slot, v)
		j.s9Opened(l, slot, v)
		j.s11Opened(l, slot, b, v)
	} else if b.opened {
		j.s1Moved(l, slot, b, v)
	}
	if !b.present {
		b.present, b.since = true, j.step
	}
	j.prompt = j.prompt || b.view.Phase != v.Phase
	b.view = *v
	j.touch(o.Node, slot, b)
}

// dataShard is the shard of a collection, or nil while none is known.
func (j *Judges) dataShard(slot int32) *shard {
	if i := j.things[slot].shard; i >= 0 {
		return &j.shards[i]
	}
	return nil
}

func idOf(j *Judges, slot int32) core.GlobalID { return j.things[slot].id }

func noShard(s persist.ShardID) bool { return s == persist.ShardID{} }

func empty() frontier.Frontier { return frontier.Frontier{Empty: true} }
